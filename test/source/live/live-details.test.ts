/** What live frames tell beside their flow, on real interfaces: which one captured them, which way they went, tags and addresses. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LocalAddresses } from '../../../src/enrich/local-addresses.js';
import { Locality } from '../../../src/enrich/locality.js';
import type { FlowTable } from '../../../src/flow/table/flow-table.js';
import type { FigureName } from '../../../src/flow/tally.js';
import { steadyMs } from '../../../src/host/clock.js';
import { formatIPv4 } from '../../../src/packet/address.js';
import { FlowRecord } from '../../../src/record/record.js';
import { LiveIntake } from '../../../src/run/intake.js';
import { AutoEngine } from '../../../src/source/live/auto.js';
import { batchEngine } from '../../../src/source/live/batch.js';
import { capEngine } from '../../../src/source/live/cap.js';
import { HostInterfaces } from '../../../src/source/live/interfaces/host-interfaces.js';
import type { LiveEngine } from '../../../src/source/live/live.js';
import { openLive } from '../../../src/source/live/live-source.js';
import { FlowSums } from '../../support/flow-sums.js';
import { newTable } from '../../support/flows.js';
import { frame } from '../../support/frames.js';
import { liveClocks, liveOptions } from '../../support/live.js';
import { sendFrames } from '../../support/send-frames.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, sendTraffic, type Veth } from '../../support/veth.js';

/** Other tests send as well: a port that is this file's. */
const port = randomInt(30_000, 32_000);
const filter = `udp port ${port}`;
const figures: ReadonlySet<FigureName> = new Set([
  'ipBytes',
  'vlan',
  'interface',
  'packetType',
  'macs',
  'ttl',
]);
const silent = { line: () => undefined, limited: () => undefined };

/**
 * Captures what the filter `taken` takes on these interfaces, an engine for each, until so many packets of what `send` sends
 * are there; then the records of all flows, a line each.
 */
async function captured(
  engine: () => LiveEngine,
  names: readonly string[],
  packets: number,
  taken: string,
  send: () => Promise<void>,
): Promise<string[]> {
  const open = (name: string) =>
    openLive(engine(), liveOptions({ interface: name, filter: taken }), silent, liveClocks);
  const interfaces = new HostInterfaces();
  interfaces.open();
  const locality = new Locality(interfaces, new LocalAddresses(steadyMs));
  const records: string[] = [];
  const intake = new LiveIntake(await Promise.all(names.map(open)), 'stamps', {
    intervalUs: 3_600_000_000,
    nowUs: () => Date.now() * 1_000,
    nowMs: steadyMs,
    interfaces,
    emptyTable: () => newTable(100, figures),
    windowClosed: ({ table }) => {
      records.push(...recordsOf(table, locality));
      return undefined;
    },
    breathe: () => undefined,
    failed: (error) => assert.fail(error),
  });
  const ended = intake.run();
  await send();
  await until(`${packets} packets are there`, () => intake.packetsOpen >= packets);
  intake.stop();
  await ended;
  locality.close();
  return records.sort();
}

function recordsOf(table: FlowTable, locality: Locality): string[] {
  const record = new FlowRecord();
  return Array.from({ length: table.size }, (_, position) => {
    table.read(position, record);
    locality.enrich(record);
    const { key, forward, direction, interfaceName, interfaceIndex } = record;
    const { packets, interfaceMixed, outerVlan, innerVlan, packetType, sourceMac, targetMac } = forward;
    const ends = `${formatIPv4(key.source0)} > ${formatIPv4(key.target0)}`;
    const where = `${interfaceName} ${interfaceIndex}${interfaceMixed ? ' and others' : ''}`;
    const link = `vlans ${outerVlan} ${innerVlan}, type ${packetType}, ${mac(sourceMac)} > ${mac(targetMac)}`;
    return `${ends}: ${packets} ${direction} on ${where}, ${link}`;
  });
}

const mac = (address: number): string =>
  address < 0
    ? 'none'
    : address
        .toString(16)
        .padStart(12, '0')
        .replace(/..(?=.)/g, '$&:');

/** The address or the index of an interface, of this namespace or the veth's. */
const macOf = (words: readonly string[], name: string): string =>
  JSON.parse(execFileSync('ip', [...words, '-j', 'link', 'show', 'dev', name], { encoding: 'utf8' }))[0]
    .address;
const indexOf = (name: string): number => Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));

const toHost = (veth: Veth, target = veth.hostIPv4) =>
  sendTraffic(veth, {
    datagrams: [{ target, targetPort: port, sourcePort: 5001, count: 3, payloadBytes: 10 }],
  });

async function toPeer(veth: Veth): Promise<void> {
  const socket = createSocket('udp4');
  for (let count = 0; count < 3; count++)
    await new Promise((resolve) => socket.send('x', port, veth.peerIPv4, resolve));
  socket.close();
}

const engines = [
  { name: 'cap', engine: () => capEngine },
  { name: 'batch', engine: () => batchEngine },
  { name: 'auto', engine: () => new AutoEngine() },
];

describe('live frames tell', { skip: noNetwork }, () => {
  for (const { name, engine } of engines) {
    test(`the interface, the way and both addresses, with ${name}`, async (context) => {
      const veth = openVeth();
      context.after(() => veth.close());
      const [host, peer] = [macOf([], veth.host), macOf(['-n', veth.namespace], veth.peer)];
      const records = await captured(engine, [veth.host], 6, filter, async () => {
        await toHost(veth);
        await toPeer(veth);
      });
      const on = `on ${veth.host} ${indexOf(veth.host)}, vlans -1 -1, type -1`;
      assert.deepEqual(
        records,
        [
          `${veth.hostIPv4} > ${veth.peerIPv4}: 3 egress ${on}, ${host} > ${peer}`,
          `${veth.peerIPv4} > ${veth.hostIPv4}: 3 ingress ${on}, ${peer} > ${host}`,
        ].sort(),
      );
    });

    test(`the VLAN tag that the kernel takes off, with ${name}`, async (context) => {
      const veth = openVeth();
      context.after(() => veth.close());
      const [host, peer] = [macOf([], veth.host), macOf(['-n', veth.namespace], veth.peer)];
      const tagged = (lastOctet: number, ...vlans: readonly number[]) =>
        vlans
          .reduce((start, id) => start.vlan(id), frame().ethernet({ source: peer, target: host }))
          .ipv4({ source: '198.51.100.1', target: `198.51.100.${lastOctet}` })
          .udp()
          .bytes();
      const records = await captured(engine, [veth.host], 2, 'vlan', async () =>
        sendFrames(veth.peer, [tagged(2, 77), tagged(3, 78, 79)], veth.namespace),
      );
      const on = `on ${veth.host} ${indexOf(veth.host)}`;
      assert.deepEqual(records, [
        `198.51.100.1 > 198.51.100.2: 1 passing ${on}, vlans 77 -1, type -1, ${peer} > ${host}`,
        `198.51.100.1 > 198.51.100.3: 1 passing ${on}, vlans 78 79, type -1, ${peer} > ${host}`,
      ]);
    });
  }

  for (const { name, engine } of engines) {
    test(`where they come from as soon as another interface is captured on, with ${name}`, async (context) => {
      const veths = [openVeth(), openVeth()] as const;
      context.after(() => veths.map((veth) => veth.close()));
      const [one, other] = veths;
      const capture = await engine().open(liveOptions({ interface: one.host, filter }), silent, liveClocks);
      context.after(() => capture.close());
      const receiver = new FlowSums();
      const events = { lost: () => undefined, interrupted: () => undefined };
      for (const veth of [one, other]) {
        capture.start(veth.host, receiver, events);
        const origin = { linkType: 1, interfaceName: veth.host };
        // auto begins with cap, which does not know when frames were captured.
        const stamps = name === 'batch' ? {} : { stampedOnArrival: true };
        assert.deepEqual(receiver.origins.at(-1), { ...origin, ...stamps });
      }
    });
  }

  test('which of several interfaces, and that it was not the only one', async (context) => {
    const veths = [openVeth(), openVeth()] as const;
    context.after(() => veths.map((veth) => veth.close()));
    const [one, other] = veths;
    const names = veths.map((veth) => veth.host);
    const same = frame().ethernet().ipv4({ source: '198.51.100.1', target: '198.51.100.2' });
    const alike = [same.udp({ targetPort: port }).bytes()];
    const records = await captured(
      () => batchEngine,
      names,
      8,
      filter,
      async () => {
        await toHost(one);
        await toHost(other);
        sendFrames(one.peer, alike, one.namespace);
        sendFrames(other.peer, alike, other.namespace);
      },
    );
    const told = veths.map(
      (veth) => `${veth.peerIPv4} > ${veth.hostIPv4}: 3 ingress on ${veth.host} ${indexOf(veth.host)}`,
    );
    const lines = records.map((record) => record.replace(/, vlans.*/, ''));
    assert.deepEqual(lines.slice(0, 2), [...told].sort());
    assert.match(lines[2]!, /^198\.51\.100\.1 > 198\.51\.100\.2: 2 passing on pa\w+ \d+ and others$/);
  });

  test('of a capture on all interfaces the one of each frame, if the header has it', async (context) => {
    const veth = openVeth();
    context.after(() => veth.close());
    const peer = macOf(['-n', veth.namespace], veth.peer);
    const host = macOf([], veth.host);
    const both = async () => {
      await toHost(veth);
      await toPeer(veth);
    };
    const expected = (where: string) =>
      [
        `${veth.hostIPv4} > ${veth.peerIPv4}: 3 egress on ${where}, vlans -1 -1, type 4, ${host} > none`,
        `${veth.peerIPv4} > ${veth.hostIPv4}: 3 ingress on ${where}, vlans -1 -1, type 0, ${peer} > none`,
      ].sort();
    assert.deepEqual(
      await captured(() => batchEngine, ['any'], 6, filter, both),
      expected(`${veth.host} ${indexOf(veth.host)}`),
    );
    assert.deepEqual(await captured(() => capEngine, ['any'], 6, filter, both), expected('null 0'));
  });
});
