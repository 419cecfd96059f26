/**
 * A process of its own: reads windows of so many flows, half of them the ways back of the others, and prints what CPU time a flow
 * takes, {"rowNs":N,"reverseNs":N,"firstNs":N,"laterNs":N}: to read it by itself; to look up its way back; and how much more
 * than to read it takes to tell it as a half of a conversation, in the window where that begins and in a later one.
 *
 *     node pairing.js FAMILY FLOWS
 */
import {
  ConversationKnowledge,
  conversationFigures,
} from '../src/flow/conversations/conversation-knowledge.js';
import { ConversationReader } from '../src/flow/conversations/conversation-reader.js';
import { nothingKnown } from '../src/flow/conversations/guessed-roles.js';
import type { ClosedWindow } from '../src/flow/open-windows.js';
import { FlowReading } from '../src/flow/reading.js';
import { FlowTable } from '../src/flow/table/flow-table.js';
import { END, ReaderWalk, rowReader, type Walk } from '../src/flow/walk.js';
import { hashSeed } from '../src/packet/hash.js';
import { Packet } from '../src/packet/packet.js';

export interface PairingCost {
  readonly rowNs: number;
  readonly reverseNs: number;
  readonly firstNs: number;
  readonly laterNs: number;
}

const seed = hashSeed([1, 2, 3, 4]);
/** Odd, so that it reaches every flow before one comes again; large, so that no way back lies near its flow. */
const stride = 618_033_989;
const rounds = 9;

/** Half of the flows from clients, then the ways back in another order: no look-up finds what the last one has loaded. */
function windowOf(family: 4 | 6, flows: number): ClosedWindow {
  const table = new FlowTable(flows, seed, new Set(conversationFigures));
  const packet = new Packet();
  packet.family = family;
  packet.protocol = 17;
  packet.hasPorts = 1;
  packet.payloadBytes = 100;
  const half = flows / 2;
  for (let i = 0; i < half; i++) {
    packet.source0 = 0x0a000000 + i;
    packet.source3 = i;
    packet.target0 = 0x0b000000;
    packet.target3 = 7;
    packet.ports = 0x3500_0000 | (i & 0xffff);
    table.add(packet);
  }
  for (let i = 0, flow = 0; i < half; i++, flow = (flow + stride) % half) {
    packet.source0 = 0x0b000000;
    packet.source3 = 7;
    packet.target0 = 0x0a000000 + flow;
    packet.target3 = flow;
    packet.ports = (flow << 16) | 0x3500;
    table.add(packet);
  }
  table.apply();
  return { startUs: 0, endUs: 1, table };
}

/** CPU in microseconds: others may have the processor meanwhile. */
function costOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function walk(one: Walk, reading: FlowReading): void {
  while (one.step(reading) !== END);
}

function measure(family: 4 | 6, flows: number): PairingCost {
  const window = windowOf(family, flows);
  const reading = new FlowReading();
  let found = 0;
  const lookUpAll = () => {
    for (let position = 0; position < flows; position++) found += window.table.reverseOf(position);
  };
  const costs = Array.from({ length: rounds }, () => {
    const knowledge = new ConversationKnowledge(seed, nothingKnown);
    const conversations = (one: ClosedWindow) =>
      new ReaderWalk(new ConversationReader(one, { biflow: true, knowledge }));
    const rowNs = costOf(() => walk(new ReaderWalk(rowReader(window.table)), reading));
    const reverseNs = costOf(lookUpAll);
    const firstNs = costOf(() => walk(conversations(window), reading));
    const laterNs = costOf(() => walk(conversations({ ...window }), reading));
    return { rowNs, reverseNs, firstNs, laterNs };
  });
  if (found <= 0) throw new Error('no flow has a way back');
  const perFlow = (value: (cost: PairingCost) => number) =>
    (1e3 * costs.map(value).toSorted((one, other) => one - other)[rounds >> 1]!) / flows;
  return {
    rowNs: perFlow(({ rowNs }) => rowNs),
    reverseNs: perFlow(({ reverseNs }) => reverseNs),
    firstNs: perFlow(({ firstNs, rowNs }) => firstNs - rowNs),
    laterNs: perFlow(({ laterNs, rowNs }) => laterNs - rowNs),
  };
}

const [family, flows] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(measure(family === '6' ? 6 : 4, Number(flows)))}\n`);
