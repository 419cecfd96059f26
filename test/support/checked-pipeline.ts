/**
 * Everything behind a source, from the decoder to the line of JSON, with what its parts promise checked on the way: each
 * frame is decoded alone and among other bytes, each window is summed a second time by plain means, each line is
 * parsed. An AssertionError names the promise that was broken.
 */
import assert from 'node:assert/strict';
import { FlowTable } from '../../src/flow/flow-table.js';
import { Meter } from '../../src/flow/meter.js';
import { type ClosedWindow, OpenWindows } from '../../src/flow/open-windows.js';
import { formatIPv4, formatIPv6 } from '../../src/packet/address.js';
import { protocolName } from '../../src/packet/numbers.js';
import { type LinkDecoder, type Outcome, outcomes, PACKET, type Packet } from '../../src/packet/packet.js';
import { createDrain } from '../../src/record/drain.js';
import { createJsonFormat } from '../../src/record/json.js';
import { type FieldName, fields } from '../../src/record/record.js';
import { type Slice, SlicePool } from '../../src/record/slices.js';
import { formatUtc } from '../../src/record/utc-time.js';
import { maximumFrameBytes } from '../../src/source/files/chunk.js';
import type { FrameReceiver } from '../../src/source/source.js';
import { decodeTwice } from './decode-twice.js';
import { testSeed } from './flows.js';

export interface CheckedPipelineOptions {
  readonly intervalUs: number;
  readonly maxFlows: number;
  /** Makes the source wait at each window's end, as a slow collector does. */
  readonly holds?: boolean;
}

interface Sums {
  count: number;
  length: number;
}

const pool = new SlicePool(createJsonFormat());

type JsonRecord = Readonly<Record<FieldName, string | number>>;

export class CheckedPipeline implements FrameReceiver {
  /** Lines of all windows that have closed. */
  readonly lines: string[] = [];
  /** Frames by what became of them, counted here. */
  readonly byOutcome: number[] = new Array(outcomes.length).fill(0);
  readonly #holds: boolean;
  readonly #windows: OpenWindows;
  readonly #meter: Meter;
  readonly #table: FlowTable;
  /** What each flow of the open window must add up to. */
  readonly #expected = new Map<string, Sums>();

  constructor({ intervalUs, maxFlows, holds = false }: CheckedPipelineOptions) {
    this.#holds = holds;
    this.#table = new FlowTable(maxFlows, testSeed);
    this.#windows = new OpenWindows({
      emptyTable: () => this.#table,
      windowClosed: (window) => this.#windowClosed(window),
    });
    this.#meter = new Meter({
      clock: 'capture',
      intervalUs,
      nowUs: () => Number.NaN,
      windows: this.#windows,
      breathe: () => {},
    });
  }

  get windowEndUs(): number {
    return this.#meter.windowEndUs;
  }

  advance(timestampUs: number): Promise<void> | undefined {
    this.#meter.advance(timestampUs);
    this.#checkTime(timestampUs);
    return this.#holds ? Promise.resolve() : undefined;
  }

  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    this.#checkTime(timestampUs);
    if (capturedBytes > maximumFrameBytes) assert.fail(`a frame of ${capturedBytes} captured bytes`);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, capturedBytes);
    const { outcome, packet } = decodeTwice(decode, bytes, wireBytes);
    this.byOutcome[outcome]!++;
    if (outcome === PACKET) this.#expect(packet);
    this.#meter.frame(decode, view, offset, capturedBytes, wireBytes, timestampUs);
  }

  packet(packet: Packet, timestampUs: number): void {
    this.#checkTime(timestampUs);
    checkPayload(packet);
    this.byOutcome[PACKET]!++;
    this.#expect(packet);
    this.#meter.packet(packet, timestampUs);
  }

  undecoded(outcome: Outcome): void {
    this.byOutcome[outcome]!++;
    this.#meter.undecoded(outcome);
  }

  breathe(): void {
    assert.fail('a capture has no timers to serve');
  }

  /** Closes the last window and checks that everything is accounted for. */
  close(): void {
    this.#meter.close();
    assert.equal(this.#expected.size, 0, 'flows that were in no window');
    const { framesReceived, packetsAggregated, byOutcome } = this.#windows.counts;
    assert.equal(byOutcome[PACKET], 0, 'packets are counted apart');
    let frames = 0;
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const counted = outcome === PACKET ? packetsAggregated : byOutcome[outcome]!;
      assert.equal(counted, this.byOutcome[outcome], outcomes[outcome]);
      frames += counted;
    }
    assert.equal(framesReceived, frames, 'frames received');
  }

  #checkTime(timestampUs: number): void {
    if (!(timestampUs < this.#meter.windowEndUs)) assert.fail(`no window is open for ${timestampUs}`);
  }

  #expect(packet: Packet): void {
    const key = keyOf(packet);
    const sums = this.#expected.get(key);
    if (sums === undefined) {
      this.#expected.set(key, { count: 1, length: packet.payloadBytes });
      return;
    }
    sums.count++;
    sums.length += packet.payloadBytes;
  }

  #windowClosed(window: ClosedWindow): undefined {
    const drain = createDrain(
      window,
      () => {},
      [pool],
      () => 0,
    );
    const records: JsonRecord[] = [];
    for (
      let slices: readonly Slice[] | undefined = drain.next();
      slices !== undefined;
      slices = drain.next()
    ) {
      const slice = slices[0]!;
      let start = 0;
      let packets = 0;
      for (let i = 0; i < slice.records; i++) {
        const end = slice.ends[i]!;
        const line = Buffer.from(slice.bytes.buffer, slice.bytes.byteOffset + start, end - start).toString();
        const record = checkedRecord(line);
        this.lines.push(line);
        assert.equal(record.time, formatUtc(window.endUs), 'time of a record');
        packets += Number(record.count);
        assert.equal(slice.packetSums[i], packets, 'packets up to a record');
        records.push(record);
        start = end;
      }
      assert.equal(start, slice.bytes.length, 'bytes behind the last record');
      slice.recycle();
    }
    assert.equal(drain.packetsLeft(), 0, 'packets left behind');
    this.#compare(records);
    window.table.clear();
  }

  /** Flows that found room have a record of their own with all they sent; all others are summed by protocol. */
  #compare(records: readonly JsonRecord[]): void {
    const overflows = new Map<string, Sums>();
    for (const record of records) {
      const { count, length, type } = record as JsonRecord & Sums & { type: string };
      if (record.source_IP === '*') {
        overflows.set(type, { count, length });
        continue;
      }
      const key = keyOfRecord(record);
      const sums = this.#expected.get(key);
      if (count !== sums?.count || length !== sums.length) assert.deepEqual({ count, length }, sums, key);
      this.#expected.delete(key);
    }
    const spilled = new Map<string, Sums>();
    for (const [key, { count, length }] of this.#expected) {
      const type = key.slice(key.lastIndexOf('|') + 1);
      const sums = spilled.get(type) ?? { count: 0, length: 0 };
      spilled.set(type, { count: sums.count + count, length: sums.length + length });
    }
    assert.deepEqual(overflows, spilled, 'overflow records');
    this.#expected.clear();
  }
}

/** A line of output, which has to be exactly what JSON.stringify makes of the record, its fields in order. */
function checkedRecord(line: string): JsonRecord {
  const record = JSON.parse(line) as JsonRecord;
  assert.equal(`${JSON.stringify(record)}\n`, line, 'a line of JSON');
  assert.equal(Object.keys(record).join(), fieldNames, 'fields of a record');
  const { count, length } = record as JsonRecord & Sums;
  if (!(Number.isSafeInteger(count) && count > 0)) assert.fail(`a count of ${count}`);
  if (!(Number.isSafeInteger(length) && length >= 0)) assert.fail(`a length of ${length}`);
  return record;
}
const fieldNames = fields.join();

function checkPayload({ payloadBytes }: Packet): void {
  if (!(Number.isSafeInteger(payloadBytes) && payloadBytes >= 0))
    assert.fail(`a payload of ${payloadBytes} bytes`);
}

function keyOf(packet: Packet): string {
  const { family, hasPorts, ports, protocol } = packet;
  const isIPv4 = family === 4;
  const source = isIPv4
    ? formatIPv4(packet.source0)
    : formatIPv6(packet.source0, packet.source1, packet.source2, packet.source3);
  const target = isIPv4
    ? formatIPv4(packet.target0)
    : formatIPv6(packet.target0, packet.target1, packet.target2, packet.target3);
  const sourcePort = hasPorts ? ((ports & 0xff) << 8) | ((ports >>> 8) & 0xff) : '';
  const targetPort = hasPorts ? ((ports >>> 8) & 0xff00) | (ports >>> 24) : '';
  return `${source}|${sourcePort}|${target}|${targetPort}|${protocolName(protocol)}`;
}

const keyOfRecord = (record: JsonRecord): string =>
  `${record.source_IP}|${record.source_PORT}|${record.target_IP}|${record.target_PORT}|${record.type}`;
