/** What a record's bytes cost in each schema, beside JSON.stringify of the same object. */
import { connectionStates, outcomes } from '../../src/flow/health/connection-state.js';
import { HEALTH_TOLD } from '../../src/flow/health/flow-health.js';
import { Tally } from '../../src/flow/tally.js';
import { createJsonFormat } from '../../src/record/json.js';
import type { KnownOwner } from '../../src/record/owner.js';
import { FlowRecord, type RecordFormat } from '../../src/record/record.js';
import { schemaNamed } from '../../src/run/schemas.js';
import { schemaNames } from '../../src/settings/outputs/record-options.js';
import type { Bench, Section } from '../bench.js';
import { medianOfRuns, pairedRatio, short, table } from '../statistics.js';

const RECORDS = 2_000;
const OWNERS = 60;
/** Passes over all records before anything is measured, and in each measurement. */
const WARM_UP = 100;
const PASSES = 20;
const RUNS = 21;

const window = { startUs: 1_473_377_300e6, endUs: 1_473_377_320e6 };

export async function encoding(bench: Bench): Promise<Section> {
  const records = Array.from({ length: RECORDS }, (_, index) => recordAt(index));
  const healthy = Array.from({ length: RECORDS }, (_, index) => healthyAt(index));
  const owned = Array.from({ length: RECORDS }, (_, index) => ownedAt(index));
  const rows: string[][] = [];
  const ratios = new Map<string, number | undefined>();
  for (const name of schemaNames) {
    bench.say(`encoding: ${name}`);
    const { bytes, encodingNs, stringifyNs } = measure(await formatNamed(name), records);
    const withHealth = measure(await formatNamed(name), healthy);
    const withOwners = measure(await formatNamed(name), owned);
    const ratio = pairedRatio(encodingNs, stringifyNs);
    ratios.set(name, ratio);
    const figures = [bytes, medianOfRuns(encodingNs), medianOfRuns(stringifyNs), ratio];
    const more = [withHealth, withOwners].flatMap(({ bytes, encodingNs }) => [
      bytes,
      medianOfRuns(encodingNs),
    ]);
    rows.push([name, ...[...figures, ...more].map(short)]);
  }
  const plain = ['schema', 'bytes a record', 'ns a record', 'ns of JSON.stringify', 'ratio'];
  const head = [...plain, 'bytes with health', 'ns with health', 'bytes with an owner', 'ns with an owner'];
  return {
    title: 'Encoding',
    text: `CPU of one process for ${RECORDS} conversations of IPv4, half of them with a name; JSON.stringify is given objects that are there already, with all their texts. With health: TCP has been closed after a handshake, and one connection in ten has sent segments again; UDP was answered. With an owner: one end of each is of one of ${OWNERS} units and containers. Medians of ${RUNS} measurements in turn.\n\n${table(head, rows)}`,
    targets: [
      {
        promise: 'encoding a record of `full` against JSON.stringify of the same object',
        limit: 1 / 3,
        measured: ratios.get('full'),
        unit: '×',
      },
    ],
  };
}

async function formatNamed(name: string): Promise<RecordFormat> {
  const facts = {
    ...{ host: 'web-1.example', agent: 'web-1.example-1', version: '0.1.0', recordSettings: '' },
    ...{ tags: ['env:prod'], service: 'web', conversations: name !== 'legacy' },
  };
  const format = createJsonFormat({
    schema: await schemaNamed(name, { numbered: false, names: { chosen: false } }),
    facts,
    numbered: false,
  });
  format.openWindow(window);
  return format;
}

function measure(format: RecordFormat, records: readonly FlowRecord[]) {
  const room = Buffer.allocUnsafeSlow(format.maxRecordBytes * 2 + records.length * 8_192);
  const encode = () => {
    let end = 0;
    for (const record of records) end = format.encode(record, room, end);
    return end;
  };
  const end = encode();
  const lines = room.toString('utf8', 0, end).trimEnd().split('\n');
  const objects = lines.map((line) => JSON.parse(line) as object);
  const stringify = () => {
    for (const object of objects) JSON.stringify(object);
  };
  for (let pass = 0; pass < WARM_UP; pass++) {
    encode();
    stringify();
  }
  const encodingNs: number[] = [];
  const stringifyNs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    encodingNs.push(cpuNs(encode));
    stringifyNs.push(cpuNs(stringify));
  }
  return { bytes: end / records.length, encodingNs, stringifyNs };
}

/** A record's share of the CPU that `PASSES` passes take. */
function cpuNs(pass: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < PASSES; i++) pass();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / (PASSES * RECORDS);
}

function recordAt(index: number): FlowRecord {
  const record = new FlowRecord();
  const scattered = Math.imul(index, 0x9e37_79b1);
  const ends = { source0: scattered, target0: ~scattered, ports: Math.imul(scattered, 31), hasPorts: 1 };
  Object.assign(record.key, { ...ends, protocol: index % 3 === 0 ? 17 : 6 });
  Object.assign(record.forward, tallyAt(index));
  Object.assign(record.reverse, tallyAt(index + 7));
  Object.assign(record, { decidedBy: 'syn', flows: 2, idHigh: scattered, idLow: index + 1 });
  Object.assign(record, { interfaceName: 'eth0', interfaceIndex: 2, direction: 'ingress' });
  if (index % 2 === 0) record.sourcePtr = `client-${index}.example.org`;
  if (index % 10 === 0) Object.assign(record, { service: 'agents,api', packetFlow: 'outgoing' });
  return record;
}

function healthyAt(index: number): FlowRecord {
  const record = recordAt(index);
  const { key, forward, reverse, health } = record;
  const isTcp = key.protocol === 6;
  health.conversations = 1;
  if (isTcp) health.states[connectionStates.indexOf('SF')] = 1;
  health.outcomes[outcomes.indexOf(isTcp ? 'closed' : 'answered')] = 1;
  Object.assign(health, { responses: 1, responseUs: 1_000 + index * 37 });
  const sides = [forward.health, reverse.health];
  for (const side of sides) Object.assign(side, { marks: HEALTH_TOLD, syns: 1, fins: 1 });
  if (!isTcp) return record;
  Object.assign(health, { handshakes: 1, clientNetworkUs: 200 + index, serverNetworkUs: 20_000 + index });
  if (index % 10 === 0) Object.assign(reverse.health, { retransmitted: 3, retransmittedBytes: 4_344 });
  return record;
}

const containerId = '0123456789abcdef'.repeat(4);

/** Every other one is a container's. */
const owners = Array.from({ length: OWNERS }, (_, index): KnownOwner => {
  const number = index + 1;
  const isUnit = index % 2 === 0;
  const unit = isUnit ? `worker-${index}.service` : `docker-${containerId}.scope`;
  const name = isUnit ? unit : containerId.slice(0, 12);
  const process = { userId: isUnit ? 33 : 0, pid: index % 3 === 0 ? 1_000 + index : -1, command: 'nginx' };
  const group = { unit, container: isUnit ? null : containerId, pod: null, cgroup: `/system.slice/${unit}` };
  const owner = { number, kind: isUnit ? 'unit' : 'container', name, ...group, ...process } as const;
  return { number, name, owner, from: 'socket', reason: null };
});

const remote: KnownOwner = { number: 0, name: '', owner: null, from: 'none', reason: 'not-local' };

function ownedAt(index: number): FlowRecord {
  const known = owners[(Math.imul(index, 0x9e37_79b1) >>> 8) % OWNERS]!;
  return Object.assign(recordAt(index), { sourceOwner: known, targetOwner: remote });
}

function tallyAt(index: number): Tally {
  const packets = 1 + (index % 1_000);
  const firstUs = window.startUs + index * 997;
  return Object.assign(new Tally(), {
    ...{ packets, payloadBytes: packets * 512, ipBytes: packets * 564, wireBytes: packets * 578 },
    ...{ firstUs, lastUs: firstUs + packets * 1_000, tcpFlags: 0x1b, trafficClass: 0 },
    ...{ lowestTtl: 63, highestTtl: 64, interface: 1, sourceMac: 0x00_5e00_5300 + index },
  });
}
