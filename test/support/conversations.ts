/** Keys, tallies and host knowledge for tests of conversations, made of few words. */
import {
  ConversationKnowledge,
  conversationFigures,
} from '../../src/flow/conversations/conversation-knowledge.js';
import { type HostKnowledge, nothingKnown } from '../../src/flow/conversations/guessed-roles.js';
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import type { FlowTable } from '../../src/flow/table/flow-table.js';
import { Tally } from '../../src/flow/tally.js';
import { parseAddress } from '../../src/packet/address.js';
import type { Packet } from '../../src/packet/packet.js';
import { newTable, packetOf, testSeed } from './flows.js';

const protocols = { icmp: 1, tcp: 6, udp: 17, gre: 47, icmp6: 58 } as const;
export type ProtocolWord = keyof typeof protocols;

/** "192.0.2.1 50000 > 192.0.2.2 443": a packet between these ends; without ports where none are named. */
export function between(ends: string, protocol: ProtocolWord = 'tcp', rest: Partial<Packet> = {}): Packet {
  const [[source, sourcePort], [target, targetPort]] = ends.split(' > ').map((end) => end.split(' ')) as [
    [string, string?],
    [string, string?],
  ];
  const [from, to] = [parseAddress(source)!, parseAddress(target)!];
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(Number(sourcePort ?? 0));
  bytes.writeUInt16BE(Number(targetPort ?? 0), 2);
  const word = (words: Int32Array, at: number) => words[at]!;
  return packetOf({
    source0: word(from.words, 0),
    source1: word(from.words, 1),
    source2: word(from.words, 2),
    source3: word(from.words, 3),
    target0: word(to.words, 0),
    target1: word(to.words, 1),
    target2: word(to.words, 2),
    target3: word(to.words, 3),
    family: from.family,
    protocol: protocols[protocol],
    ports: bytes.readInt32LE(),
    hasPorts: sourcePort === undefined ? 0 : 1,
    ...rest,
  });
}

export function tallyOf(values: Partial<Tally>): Tally {
  return Object.assign(new Tally(), { packets: 1, ...values });
}

/** A host that has these addresses, and these ports open, as "tcp 443". */
export function hostWith(addresses: readonly string[], ports: readonly string[]): HostKnowledge {
  const own = addresses.map((text) => parseAddress(text)!.words.join());
  return {
    isLocal4: (word) => own.includes([word, 0, 0, 0].join()),
    isLocal6: (...words) => own.includes(words.join()),
    listens: (protocol, port) => ports.includes(`${protocol === 6 ? 'tcp' : 'udp'} ${port}`),
    forget: () => undefined,
  };
}

export function knowledgeOf(
  host: HostKnowledge = nothingKnown,
  most?: number,
  seed = testSeed,
): ConversationKnowledge {
  return new ConversationKnowledge(seed, host, most);
}

/** An empty table with the figures that conversations need. */
export function conversationTable(maxFlows?: number): FlowTable {
  return newTable(maxFlows, new Set(conversationFigures));
}

/** A closed window with these packets, which by default counts what conversations need. */
export function windowWith(packets: readonly Packet[], table = conversationTable()): ClosedWindow {
  for (const packet of packets) table.add(packet);
  table.apply();
  return { startUs: 0, endUs: 20_000_000, table };
}
