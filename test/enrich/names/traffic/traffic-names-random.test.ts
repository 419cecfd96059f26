/** Names from the traffic beside plain maps that are told the same, on random traffic of few hosts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type TrafficNames,
  trafficNamesDefaults,
} from '../../../../src/enrich/names/traffic/traffic-names.js';
import type { FlowRecord } from '../../../../src/record/record.js';
import { seededRandom } from '../../../support/random.js';
import { KeptModel } from './kept-model.js';
import { namesIn, openNames, packetFrom, recordFrom, tcp, udp } from './traffic-rig.js';

const hosts = {
  4: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.1', '10.0.0.1', '127.0.0.1', '224.0.0.251'],
  6: ['2001:db8::1', '2001:db8::2', '2001:db8:1::1', 'fd00::1', '::1', '::ffff:192.0.2.1'],
} as const;
const isOneHost = (address: string): boolean => !['127.0.0.1', '224.0.0.251', '::1'].includes(address);
/** One that reads like IPv4 in an IPv6 packet is no host's. */
const isKnown = (address: string): boolean => !address.startsWith('::ffff:');
const ports = [443, 50_000];

interface Told {
  readonly server: string | null;
  readonly sourceDns: string | null;
  readonly targetDns: string | null;
}

class Model {
  readonly servers: KeptModel<string>;
  readonly pairs: KeptModel<string>;
  readonly latest: KeptModel<string>;
  /** Which end is a server name's client. */
  readonly #clients = new Map<string, string>();

  constructor(limits: typeof trafficNamesDefaults) {
    this.servers = new KeptModel(limits);
    this.pairs = new KeptModel(limits);
    this.latest = new KeptModel(limits);
  }

  asked(source: string, target: string, protocol: number, name: string | null, nowMs: number): void {
    const key = this.#connection(source, target, protocol);
    if (name === null) this.servers.names.delete(key);
    else this.servers.keep(key, name, 3_600, nowMs);
    this.#clients.set(key, source);
  }

  told(client: string, name: string, addresses: readonly string[], ttlSeconds: number, nowMs: number): void {
    for (const address of addresses.filter(isOneHost)) {
      // An answer that has an IPv4-mapped address sends its client to the IPv4 one.
      const host = address.replace('::ffff:', '');
      this.latest.keep(host, name, ttlSeconds, nowMs);
      if (isOneHost(client) && isKnown(client)) this.pairs.keep(`${client} ${host}`, name, ttlSeconds, nowMs);
    }
  }

  enrich(source: string, target: string, protocol: number, record: FlowRecord, nowMs: number): Told {
    const { rest, sourceFold, targetFold, sourcePortFolded, targetPortFolded, key } = record;
    if (rest) return { server: null, sourceDns: null, targetDns: null };
    const isOne = !sourcePortFolded && !targetPortFolded && sourceFold === null && targetFold === null;
    const connection = this.#connection(source, target, protocol);
    const name = isOne && key.hasPorts === 1 ? this.servers.show(connection, nowMs) : null;
    const serverOf = this.#clients.get(connection) === source ? 'target' : 'source';
    const [sourceHost, targetHost] = [source, target].map((end) => end.split(' ')[0]!) as [string, string];
    const hasSource = sourceFold === null && isKnown(sourceHost);
    const hasTarget = targetFold === null && isKnown(targetHost);
    const targetDns = hasTarget ? this.#lookedUp(hasSource ? sourceHost : null, targetHost, nowMs) : null;
    const sourceDns = hasSource ? this.#lookedUp(hasTarget ? targetHost : null, sourceHost, nowMs) : null;
    return { server: name === null ? null : `${serverOf} ${name}`, sourceDns, targetDns };
  }

  #lookedUp(client: string | null, address: string, nowMs: number): string | null {
    if (!this.latest.names.has(address)) return null;
    const told = client === null ? null : this.pairs.show(`${client} ${address}`, nowMs);
    if (told === null) return this.latest.show(address, nowMs);
    this.latest.use(address);
    return told;
  }

  #connection(source: string, target: string, protocol: number): string {
    return `${[source, target].sort().join(' ')} ${protocol}`;
  }
}

for (const { what, limits } of [
  { what: 'with room', limits: {} },
  { what: 'with few rows', limits: { mostNames: 20 } },
  { what: 'with little memory for text', limits: { mostTextBytes: 600 } },
]) {
  test(`records are told what plain maps tell, ${what}`, () => {
    const random = seededRandom(what.length);
    const pick = <T>(from: readonly T[]): T => from[random() % from.length]!;
    const all = { ...trafficNamesDefaults, ...limits };
    const { names, clock, told } = openNames({ limits });
    const model = new Model(all);
    let shown = 0;
    for (let step = 0; step < 30_000; step++) {
      clock.nowMs += random() % 10_000;
      const family = pick([4, 6] as const);
      const protocol = pick([tcp, udp]);
      const hasPorts = random() % 10 > 0;
      const end = () => `${pick(hosts[family])}${hasPorts ? ` ${pick(ports)}` : ''}`;
      const [source, target] = [end(), end()];
      if (source === target) continue;
      const name = `${'x'.repeat(random() % 60)}${random() % 50}.example`;
      const choice = random() % 10;
      if (choice < 3) {
        const asked = random() % 4 === 0 ? null : name;
        names.asked(packetFrom(source, target, protocol), asked);
        if (hasPorts) model.asked(source, target, protocol, asked, clock.nowMs);
      } else if (choice < 6) {
        const client = pick(hosts[family]);
        const addresses = Array.from({ length: random() % 4 }, () => pick(hosts[pick([4, 6] as const)]));
        const ttlSeconds = random() % 5_000;
        told(client, name, addresses, ttlSeconds, family);
        model.told(client, name, addresses, ttlSeconds, clock.nowMs);
      } else {
        const record = recordFrom(source, target, protocol);
        if (random() % 10 === 0) record.sourceFold = 'office';
        if (random() % 10 === 0) record.targetFold = 'office';
        if (hasPorts && random() % 10 === 0) record.sourcePortFolded = true;
        if (hasPorts && random() % 10 === 0) record.targetPortFolded = true;
        if (random() % 20 === 0) record.rest = true;
        const expected = model.enrich(source, target, protocol, record, clock.nowMs);
        assert.deepEqual(namesIn(names, record), expected, `${source} > ${target}`);
        if (expected.server !== null && expected.targetDns !== null) shown++;
      }
    }
    assert.ok(shown > 100, `${shown} records with both names`);
    assert.equal(names.counts.evicted, evictedOf(model));
    assert.equal(heldOf(names), heldIn(model, clock.nowMs));
  });
}

const evictedOf = ({ servers, pairs, latest }: Model): number =>
  servers.evicted + pairs.evicted + latest.evicted;
const heldIn = ({ servers, pairs, latest }: Model, nowMs: number): number =>
  servers.held(nowMs) + pairs.held(nowMs) + latest.held(nowMs);
const heldOf = (names: TrafficNames): number => Number(/(\d+) names held/.exec(names.inWords)![1]);
