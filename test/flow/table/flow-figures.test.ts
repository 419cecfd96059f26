import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlowHealth } from '../../../src/flow/health/flow-health.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { FlowTable } from '../../../src/flow/table/flow-table.js';
import { type FigureName, figureNames, SYN_ACK_SEEN, SYN_SEEN, Tally } from '../../../src/flow/tally.js';
import { PROTOCOL_TCP } from '../../../src/packet/numbers.js';
import type { Packet } from '../../../src/packet/packet.js';
import { keyOf, packetOf, tableAndRows, testSeed } from '../../support/flows.js';
import { seededRandom } from '../../support/random.js';

/** The names of a Tally's values that each figure asks for. */
const valuesOfFigure: Readonly<Record<FigureName, readonly (keyof Tally)[]>> = {
  ipBytes: ['ipBytes'],
  wireBytes: ['wireBytes'],
  times: ['firstUs', 'lastUs'],
  tcpFlags: ['tcpFlags'],
  trafficClass: ['trafficClass'],
  ttl: ['lowestTtl', 'highestTtl'],
  vlan: ['outerVlan', 'innerVlan', 'vlanMixed'],
  tunnel: ['tunnel', 'tunnelId'],
  mplsLabel: ['mplsLabel'],
  interface: ['interface', 'interfaceMixed'],
  packetType: ['packetType'],
  macs: ['sourceMac', 'targetMac'],
  icmp: ['icmpType', 'icmpCode'],
  health: ['health'],
};

const all: ReadonlySet<FigureName> = new Set(figureNames);

/** What a flow of these packets is to be told as, each value worked out by itself. */
function tallyOf(packets: readonly Packet[], asked: ReadonlySet<FigureName>): Tally {
  const first = packets[0]!;
  const sum = (bytes: (packet: Packet) => number) =>
    packets.reduce((total, packet) => total + (bytes(packet) < 0 ? Number.NaN : bytes(packet)), 0);
  const times = packets.map(({ timestampUs }) => timestampUs);
  const ttls = packets.map(({ ttl }) => ttl).filter((ttl) => ttl >= 0);
  const told: Partial<Tally> = {
    ipBytes: sum(({ ipBytes }) => ipBytes),
    wireBytes: sum(({ wireBytes }) => wireBytes),
    firstUs: times.reduce((least, us) => Math.min(least, us)),
    lastUs: times.reduce((most, us) => Math.max(most, us)),
    tcpFlags: flagsOf(packets),
    trafficClass: first.trafficClass,
    lowestTtl: ttls.length === 0 ? -1 : Math.min(...ttls),
    highestTtl: ttls.length === 0 ? -1 : Math.max(...ttls),
    outerVlan: first.outerVlan,
    innerVlan: first.innerVlan,
    vlanMixed: packets.some(
      ({ outerVlan, innerVlan }) => outerVlan !== first.outerVlan || innerVlan !== first.innerVlan,
    ),
    tunnel: first.tunnel,
    tunnelId: first.tunnel < 0 ? -1 : first.tunnelId,
    mplsLabel: first.mplsLabel,
    interface: first.interface,
    interfaceMixed: packets.some((packet) => packet.interface !== first.interface),
    packetType: first.packetType,
    sourceMac: first.sourceMac,
    targetMac: first.targetMac,
    icmpType: first.icmpType,
    icmpCode: first.icmpCode,
    // Of packets that are no segment nothing is told; health-rows.test.ts has the others.
    health: new FlowHealth(),
  };
  const tally = Object.assign(new Tally(), {
    packets: packets.length,
    payloadBytes: packets.reduce((total, { payloadBytes }) => total + payloadBytes, 0),
  });
  for (const figure of asked) {
    for (const value of valuesOfFigure[figure]) Object.assign(tally, { [value]: told[value] });
  }
  return tally;
}

function flagsOf(packets: readonly Packet[]): number {
  const segments = packets.filter(
    ({ protocol, hasPorts, tcpFlags }) => protocol === PROTOCOL_TCP && hasPorts === 1 && tcpFlags >= 0,
  );
  if (segments.length === 0) return -1;
  return segments.reduce((union, { tcpFlags }) => {
    const kind = tcpFlags & 0x02 ? (tcpFlags & 0x10 ? SYN_ACK_SEEN : SYN_SEEN) : 0;
    return union | tcpFlags | kind;
  }, 0);
}

/** The table's records, in its order, beside those that its packets should give. `maxFlows` is of each IP version. */
function compare(packets: readonly Packet[], maxFlows: number, asked: ReadonlySet<FigureName>): void {
  const table = new FlowTable(maxFlows, testSeed, asked);
  const flows = { 4: new Map<string, Packet[]>(), 6: new Map<string, Packet[]>() };
  const overflows = new Map<string, Packet[]>();
  for (const packet of packets) {
    table.add(packet);
    const ofFamily = flows[packet.family];
    const key = keyOf(packet);
    const hasRoom = ofFamily.has(key) || ofFamily.size < maxFlows;
    const [group, name] = hasRoom ? [ofFamily, key] : [overflows, `* ${packet.protocol}`];
    const others = group.get(name);
    if (others === undefined) group.set(name, [packet]);
    else others.push(packet);
  }
  const expected = [...flows[4], ...flows[6], ...overflows].map(([key, own]) => [key, tallyOf(own, asked)]);
  assert.deepEqual(talliesOf(table), expected);
}

function talliesOf(table: FlowTable): (readonly [string, Tally])[] {
  table.apply();
  const reading = new FlowReading();
  return Array.from({ length: table.size }, (_, position) => {
    table.read(position, reading);
    const tally = new Tally();
    tally.become(reading.forward);
    return [reading.rest ? `* ${reading.key.protocol}` : keyOf(reading.key), tally];
  });
}

interface Traffic {
  readonly packets: number;
  readonly addresses: number;
  readonly families: readonly (4 | 6)[];
  /** Of so many values one is absent; 0 for none. */
  readonly oneAbsentOf: number;
}

/** Packets whose details are random, and mostly those of the packet before. */
function randomPackets(seed: number, { packets, addresses, families, oneAbsentOf }: Traffic): Packet[] {
  const random = seededRandom(seed);
  const below = (limit: number) => random() % limit;
  const maybe = (value: number) => (oneAbsentOf > 0 && below(oneAbsentOf) === 0 ? -1 : value);
  const mac = () => maybe(below(3) === 0 ? 2 ** 48 - 1 : random() * 2 ** 16 + below(2 ** 16));
  return Array.from({ length: packets }, () => {
    const hasPorts = below(4) === 0 ? 0 : 1;
    const tunnel = maybe(below(5));
    return packetOf({
      family: families[below(families.length)]!,
      source0: below(addresses),
      source3: below(2),
      target0: below(2),
      ports: hasPorts ? below(2) : 0,
      hasPorts,
      protocol: [1, PROTOCOL_TCP, 17][below(3)]!,
      payloadBytes: below(65_536),
      tcpFlags: below(3) === 0 ? below(256) : maybe(0x10),
      ipBytes: maybe(below(2 ** 30)),
      wireBytes: maybe(below(2 ** 31)),
      timestampUs: 1.7e15 + below(1e9),
      trafficClass: maybe(below(256)),
      ttl: maybe(below(256)),
      outerVlan: maybe(below(8) === 0 ? below(4096) : 7),
      innerVlan: maybe(below(8) === 0 ? below(4096) : 4095),
      tunnel,
      tunnelId: random(),
      mplsLabel: maybe(below(2 ** 20)),
      interface: maybe(below(8) === 0 ? below(2 ** 31 - 1) : 3),
      packetType: maybe(below(5)),
      sourceMac: mac(),
      targetMac: mac(),
      icmpType: maybe(below(256)),
      icmpCode: maybe(below(256)),
    });
  });
}

/** Any set of figures, each one as likely in it as not. */
function randomSet(random: () => number): Set<FigureName> {
  return new Set(figureNames.filter(() => random() % 2 === 0));
}

describe('figures of flows', () => {
  test('are what a plain map makes of the same packets, whichever are asked for', () => {
    const random = seededRandom(5);
    const sets = [
      new Set<FigureName>(),
      ...figureNames.map((name) => new Set([name])),
      ...Array.from({ length: 40 }, () => randomSet(random)),
      all,
    ];
    for (const [seed, asked] of sets.entries()) {
      const addresses = [1, 20, 400][seed % 3]!;
      const oneAbsentOf = [0, 3, 1000][seed % 3]!;
      const packets = randomPackets(seed, { packets: 1_500, addresses, families: [4, 6], oneAbsentOf });
      compare(packets, 100_000, asked);
    }
  });

  test('are so where the table is full, in the sums by protocol', () => {
    const random = seededRandom(6);
    for (let seed = 0; seed < 40; seed++) {
      const family = seed % 2 === 0 ? 4 : 6;
      const oneAbsentOf = [0, 2, 100][seed % 3]!;
      const packets = randomPackets(seed, {
        packets: 2_000,
        addresses: 50,
        families: [family],
        oneAbsentOf,
      });
      compare(packets, 1 + (random() % 300), seed % 4 === 0 ? all : randomSet(random));
    }
  });

  test('are so in a table too large for the cache', () => {
    for (const family of [4, 6] as const) {
      compare(
        randomPackets(family, { packets: 80_000, addresses: 4_000, families: [family], oneAbsentOf: 50 }),
        200_000,
        all,
      );
    }
  });

  test('begin anew after clear', () => {
    const packets = randomPackets(1, { packets: 1_000, addresses: 9, families: [4, 6], oneAbsentOf: 9 });
    const table = new FlowTable(20, testSeed, all);
    const addAll = () => {
      for (const packet of packets) table.add(packet);
      return talliesOf(table);
    };
    const once = addAll();
    table.clear();
    assert.deepEqual(addAll(), once);
  });

  test('begin anew in the second record of a flow that has more packets than one can count', () => {
    for (const family of [4, 6] as const) {
      const [first, second, third] = [1, 2, 3].map((timestampUs) =>
        packetOf({ family, source0: 1, protocol: 17, timestampUs, ipBytes: 100, ttl: 60 + timestampUs }),
      );
      const { table, rows } = tableAndRows(first!, all);
      const countWord = 4;
      rows[countWord] = 0xffff_fffe;
      for (const packet of [second!, third!]) table.add(packet);
      const [full, other] = talliesOf(table).map(([, tally]) => tally);
      const fromPackets = tallyOf([first!, second!], all);
      fromPackets.packets = 0xffff_ffff;
      assert.deepEqual([full, other], [fromPackets, tallyOf([third!], all)]);
    }
  });

  test('of one record are not left in the next', () => {
    const table = new FlowTable(1, testSeed, all);
    table.add(packetOf({ source0: 1, ipBytes: 1, wireBytes: 1, timestampUs: 1, ttl: 1, outerVlan: 1 }));
    table.add(packetOf({ source0: 2, timestampUs: 2 }));
    const [flow, rest] = talliesOf(table).map(([, tally]) => tally);
    assert.deepEqual([flow!.ipBytes, flow!.lowestTtl, flow!.outerVlan], [1, 1, 1]);
    assert.deepEqual(rest, tallyOf([packetOf({ timestampUs: 2 })], all));
  });

  test('take 64 bytes a flow that packets change, 48 that the first one writes, and 32 of health', () => {
    const bytesOf = (asked: ReadonlySet<FigureName>) => {
      const table = new FlowTable(1_000, testSeed, asked);
      for (let source0 = 0; source0 < 100; source0++) table.add(packetOf({ source0 }));
      table.apply();
      return table.bytes;
    };
    const none = bytesOf(new Set());
    assert.equal(bytesOf(all) - none, 100 * (64 + 48 + 32));
    assert.equal(bytesOf(new Set(['health'])) - none, 100 * 32);
    assert.equal(bytesOf(new Set(['times', 'tcpFlags'])) - none, 100 * 32);
    assert.equal(bytesOf(new Set(['ipBytes'])) - none, 100 * 8);
  });
});
