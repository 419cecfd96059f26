/** Windows of random conversations, and what walks with some settings tell of them, as plain values. */
import fc from 'fast-check';
import { ConversationKnowledge } from '../../src/flow/conversations/conversation-knowledge.js';
import { nothingKnown } from '../../src/flow/conversations/guessed-roles.js';
import type { FlowOwners, NamedNetworks } from '../../src/flow/folding/fold.js';
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { type EndOwner, FlowReading } from '../../src/flow/reading.js';
import type { FigureName } from '../../src/flow/tally.js';
import { END, READING, type Walk } from '../../src/flow/walk.js';
import type { WalkSettings } from '../../src/flow/walk-settings.js';
import { walkOf } from '../../src/flow/walks.js';
import { type Packet, sourcePortOf, targetPortOf } from '../../src/packet/packet.js';
import { newTable, packetOf, testSeed } from './flows.js';

/** Networks 0 and 1 hold the even and the odd addresses below 8. */
export const networks: NamedNetworks = {
  names: ['even', 'odd'],
  find4: (word) => (word < 8 ? word & 1 : -1),
  find6: (_word0, _word1, _word2, word3) => (word3 < 8 ? word3 & 1 : -1),
};

/** Those of `ownerOf`, by their numbers. */
export const owners: readonly EndOwner[] = ['', 'one', 'two', 'three'].map((name, number) => ({
  number,
  name,
}));

/** The owner of an end by its address and port, as on a host with the addresses below 6; the first of `owners` where nobody is. */
export function ownerOf(address: number, port: number, hasPorts: number): EndOwner {
  return owners[hasPorts === 1 && address < 6 ? 1 + ((address + port) % 3) : 0]!;
}

export const flowOwners: FlowOwners = {
  sourceOwner: ({ key: { family, source0, source3, ports, hasPorts } }) =>
    ownerOf(family === 4 ? source0 : source3, sourcePortOf(ports), hasPorts),
  targetOwner: ({ key: { family, target0, target3, ports, hasPorts } }) =>
    ownerOf(family === 4 ? target0 : target3, targetPortOf(ports), hasPorts),
};

/** Each flow by itself. */
export const allFlows: WalkSettings = {
  biflow: false,
  roles: false,
  groups: [],
  top: Number.POSITIVE_INFINITY,
  minBytes: 0,
  minPackets: 0,
};

/** Few ends, that groups have several flows; clients' ports are 49,153 and above, servers' 443. */
export const somePackets = fc.array(
  fc.record({
    family: fc.constantFrom(4 as const, 6 as const),
    source0: fc.nat(12),
    source3: fc.nat(12),
    target0: fc.nat(12),
    target3: fc.nat(12),
    ports: fc.constantFrom(0, 0xbb0101c0, 0xbb0102c0, 0xbb0103c0, 0x01c0bb01, 0x02c0bb01),
    hasPorts: fc.constantFrom(0 as const, 1 as const, 1 as const),
    protocol: fc.constantFrom(6, 17, 1, 47),
    payloadBytes: fc.nat(1500),
    ipBytes: fc.nat(1600),
    wireBytes: fc.nat(1700),
  }),
  { maxLength: 300 },
);

export const someSettings = fc.record({
  biflow: fc.boolean(),
  roles: fc.boolean(),
  groups: fc.subarray(['clients', 'networks', 'owner'] as const),
  top: fc.constantFrom(0, 1, 3, 10, Number.POSITIVE_INFINITY),
  minBytes: fc.constantFrom(0, 1000),
  minPackets: fc.constantFrom(0, 2),
});

const figures: ReadonlySet<FigureName> = new Set(['ipBytes', 'wireBytes', 'times', 'tcpFlags', 'icmp']);

/** In a table that may be too small. */
export function windowOfPackets(packets: readonly Partial<Packet>[], maxFlows = 1000): ClosedWindow {
  const table = newTable(maxFlows, figures);
  for (const { ports, hasPorts, ...packet } of packets)
    table.add(packetOf({ ...packet, hasPorts: hasPorts ?? 1, ports: hasPorts === 0 ? 0 : (ports ?? 0) }));
  table.apply();
  return { startUs: 0, endUs: 1, table };
}

export function walkOver(window: ClosedWindow, settings: WalkSettings, owners = flowOwners): Walk {
  const conversations = new ConversationKnowledge(testSeed, nothingKnown, 1000);
  return walkOf(window, settings, { conversations, networks, owners, seed: testSeed });
}

/** A reading as plain values, so that many can be kept and compared. */
export type ReadingValue = ReturnType<typeof plain>;

/**
 * All that `walk` tells. It never tells more than it says, nor says more than it said before. As in the program, somebody else
 * fills in owners of the readings that it has told.
 */
export function readingsOf(walk: Walk): ReadingValue[] {
  const reading = new FlowReading();
  const readings: ReadingValue[] = [];
  for (let most = walk.mostReadings; ; most = walk.mostReadings) {
    const step = walk.step(reading);
    if (step === READING) {
      readings.push(plain(reading));
      reading.sourceOwner = reading.targetOwner = somebody;
    }
    if (walk.mostReadings > most || readings.length > most) throw new Error(`more than ${most} readings`);
    if (step === END) return readings;
  }
}

const somebody: EndOwner = { number: 99, name: 'somebody' };

function plain(reading: FlowReading) {
  const { key, rest, flows, forward, reverse, client, sourceFold, targetFold } = reading;
  const { source0, source3, target0, target3, ports, hasPorts, family, protocol } = key;
  const ends = family === 4 ? [source0, target0] : [source0, source3, target0, target3];
  const folded = [reading.sourcePortFolded, reading.targetPortFolded, sourceFold, targetFold];
  const told = [family, ...ends, ports, hasPorts, protocol, client, ...folded].join(' ');
  const [fromClient, fromServer] = client === 'source' ? [forward, reverse] : [reverse, forward];
  return {
    name: rest ? `* ${protocol}` : told,
    ...{ rest, protocol, flows, decidedBy: reading.decidedBy },
    hasId: reading.idHigh !== 0 || reading.idLow !== 0,
    packets: forward.packets + reverse.packets,
    bytes: forward.payloadBytes + reverse.payloadBytes,
    fromClient: { ...fromClient },
    fromServer: { ...fromServer },
  };
}
