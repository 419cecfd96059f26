/** Tables of flows that a test states, and of random ones. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseAddress } from '../../../src/packet/address.js';
import type { EncodedRecords } from '../../../src/record/encoded-records.js';
import { FlowRecord } from '../../../src/record/record.js';
import { TableView } from '../../../src/view/terminal/table.js';

export const window = { startUs: 1_473_377_300_000_000, endUs: 1_473_377_320_000_123 };

export interface Flow {
  readonly source: string;
  readonly target: string;
  readonly ports?: readonly [number, number];
  readonly protocol: number;
  readonly count: number;
  readonly length: number;
  /** Of reverse DNS. */
  readonly names?: readonly [string | null, string | null];
  /** What the connection asked its target for, and what its source had looked up. */
  readonly asked?: readonly [serverName: string | null, lookedUp: string | null];
  readonly label?: readonly ['outgoing' | 'incoming', string];
  /** What stands in the source's address's place. */
  readonly sourceFold?: string;
  readonly overflow?: true;
  /** How many it tells together; 0 where nobody counted them. */
  readonly flows?: number;
}

function recordOf(flow: Flow): FlowRecord {
  const record = new FlowRecord();
  const source = parseAddress(flow.source)!;
  const target = parseAddress(flow.target)!;
  record.key.family = source.family;
  [record.key.source0, record.key.source1, record.key.source2, record.key.source3] = fourWords(source.words);
  [record.key.target0, record.key.target1, record.key.target2, record.key.target3] = fourWords(target.words);
  if (flow.ports !== undefined) {
    const ports = new DataView(new ArrayBuffer(4));
    ports.setUint16(0, flow.ports[0]);
    ports.setUint16(2, flow.ports[1]);
    record.key.ports = ports.getInt32(0, true);
    record.key.hasPorts = 1;
  }
  record.key.protocol = flow.protocol;
  record.forward.packets = flow.count;
  record.forward.payloadBytes = flow.length;
  [record.sourcePtr, record.targetPtr] = flow.names ?? [null, null];
  [record.serverName, record.targetDns] = flow.asked ?? [null, null];
  if (flow.label !== undefined) [record.packetFlow, record.service] = flow.label;
  record.sourceFold = flow.sourceFold ?? null;
  record.rest = flow.overflow ?? false;
  record.flows = flow.flows ?? 1;
  return record;
}

function fourWords(words: Int32Array): [number, number, number, number] {
  return [words[0]!, words[1]!, words[2]!, words[3]!];
}

/** The lines of a window's table, without the empty one that comes first and the end of the last. */
export function table(
  flows: readonly Flow[],
  columns: number,
  rows: number,
  colour = false,
  times = window,
): string[] {
  const handedOn: EncodedRecords[] = [];
  const view = new TableView({
    terminal: { columns, rows },
    colour,
    handOn: (records) => handedOn.push(records),
  });
  view.openWindow(times);
  for (const flow of flows) view.take(recordOf(flow));
  view.closeWindow();
  const [{ bytes, ends, packetSums }] = handedOn as [EncodedRecords];
  const packets = flows.reduce((sum, { count }) => sum + count, 0);
  assert.deepEqual([packetSums.at(-1), ends.at(-1), view.packetsHeld], [packets, bytes.length, 0]);
  const lines = Buffer.from(bytes).toString().split('\n');
  assert.deepEqual([lines[0], lines.at(-1)], ['', '']);
  return lines.slice(1, -1);
}

/** Flows between such addresses, with such names, and labels of such services. */
export function flowsOf(
  addresses: fc.Arbitrary<[string, string]>,
  name: fc.Arbitrary<string>,
  service: fc.Arbitrary<string>,
): fc.Arbitrary<Flow> {
  const flow = fc.record(
    {
      addresses,
      ports: fc.tuple(fc.nat(65_535), fc.nat(65_535)),
      protocol: fc.nat(255),
      count: fc.integer({ min: 1, max: 2 ** 40 }),
      length: fc.nat({ max: 2 ** 40 }),
      names: fc.tuple(fc.option(name), fc.option(name)),
      label: fc.tuple(fc.constantFrom('outgoing' as const, 'incoming' as const), service),
    },
    { requiredKeys: ['addresses', 'protocol', 'count', 'length'] },
  );
  return flow.map(({ addresses: [source, target], ...rest }) => ({ ...rest, source, target }));
}
