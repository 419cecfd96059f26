/**
 * Everything behind a source, from the decoder to the line of JSON, with what its parts promise checked on the way: each
 * frame is decoded alone and among other bytes, each window is summed a second time by plain means, each line is
 * parsed. An AssertionError names the promise that was broken.
 */
import assert from 'node:assert/strict';
import { CaptureMeter } from '../../src/flow/capture-meter.js';
import { CaptureWindows, mostOpenWindows } from '../../src/flow/capture-windows.js';
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { FlowReading } from '../../src/flow/reading.js';
import { FlowTable } from '../../src/flow/table/flow-table.js';
import { figureNames } from '../../src/flow/tally.js';
import { Turns } from '../../src/flow/turns.js';
import { windowAt } from '../../src/flow/window.js';
import { formatIPv4, formatIPv6 } from '../../src/packet/address.js';
import type { FrameOrigin } from '../../src/packet/details.js';
import { protocolName } from '../../src/packet/numbers.js';
import { type LinkDecoder, type Outcome, outcomes, PACKET, type Packet } from '../../src/packet/packet.js';
import { NO_ERROR } from '../../src/packet/quoted.js';
import { formatUtc } from '../../src/record/utc-time.js';
import { maximumFrameBytes } from '../../src/source/files/chunk.js';
import { FileInterfaces } from '../../src/source/files/file-interfaces.js';
import type { FrameReceiver } from '../../src/source/source.js';
import { decodeTwice } from './decode-twice.js';
import { drainOf, listingEncoder } from './drains.js';
import { testSeed } from './flows.js';
import { legacyFields, legacyFormat } from './formats.js';

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

const { encoder, handedOn } = listingEncoder(legacyFormat());

type JsonRecord = Readonly<Record<string, string | number>>;

export class CheckedPipeline implements FrameReceiver {
  /** Lines of all windows that have closed. */
  readonly lines: string[] = [];
  /** Frames by what became of them, counted here. */
  readonly byOutcome: number[] = new Array(outcomes.length).fill(0);
  readonly #holds: boolean;
  readonly #intervalUs: number;
  readonly #windows: CaptureWindows;
  readonly #meter: CaptureMeter;
  readonly #empty: FlowTable[] = [];
  /** That of the frames to come; no frame comes before it is known. */
  #linkType = Number.NaN;
  /** What each flow of each open window must add up to, by the window's start. */
  readonly #expected = new Map<number, Map<string, Sums>>();
  /** The last ICMP error that quoted a packet of a flow, where that was there before the error. */
  readonly #errors = new Map<number, Map<string, number>>();

  constructor({ intervalUs, maxFlows, holds = false }: CheckedPipelineOptions) {
    this.#holds = holds;
    this.#intervalUs = intervalUs;
    this.#windows = new CaptureWindows({
      emptyTable: () => this.#empty.pop() ?? new FlowTable(maxFlows, testSeed, new Set(figureNames)),
      windowClosed: (window) => this.#windowClosed(window),
    });
    const turns = new Turns([false]);
    const interfaces = new FileInterfaces();
    this.#meter = new CaptureMeter({ intervalUs, windows: this.#windows, turns, position: 0, interfaces });
  }

  get windowStartUs(): number {
    return this.#meter.windowStartUs;
  }

  get windowEndUs(): number {
    return this.#meter.windowEndUs;
  }

  advance(timestampUs: number): Promise<void> | undefined {
    const held = this.#meter.advance(timestampUs);
    if (held === undefined) this.#checkTime(timestampUs);
    return held;
  }

  from(origin: FrameOrigin): void {
    this.#linkType = origin.linkType;
    this.#meter.from(origin);
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
    const { outcome, packet, error, quoted } = decodeTwice(decode, bytes, wireBytes, this.#linkType);
    this.byOutcome[outcome]!++;
    if (outcome === PACKET) this.#expect(packet, timestampUs);
    if (error !== NO_ERROR) this.#expectError(quoted, error, timestampUs);
    this.#meter.frame(decode, view, offset, capturedBytes, wireBytes, timestampUs);
  }

  packet(packet: Packet, timestampUs: number): void {
    this.#checkTime(timestampUs);
    checkPayload(packet);
    this.byOutcome[PACKET]!++;
    this.#expect(packet, timestampUs);
    this.#meter.packet(packet, timestampUs);
  }

  undecoded(outcome: Outcome): void {
    this.byOutcome[outcome]!++;
    this.#meter.undecoded(outcome);
  }

  breathe(): void {
    assert.fail('a capture has no timers to serve');
  }

  /** Closes the last windows and checks that everything is accounted for. */
  async close(): Promise<void> {
    this.#meter.end();
    await this.#windows.close();
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
    const { windowStartUs, windowEndUs } = this.#meter;
    if (timestampUs >= windowStartUs && timestampUs < windowEndUs) return;
    assert.fail(`the window of ${timestampUs} is not the one that is open`);
  }

  #expect(packet: Packet, timestampUs: number): void {
    const { startUs } = windowAt(timestampUs, this.#intervalUs);
    let flows = this.#expected.get(startUs);
    if (flows === undefined) {
      flows = new Map();
      this.#expected.set(startUs, flows);
      if (this.#expected.size > mostOpenWindows) assert.fail(`${this.#expected.size} windows are open`);
    }
    const key = keyOf(packet);
    const sums = flows.get(key);
    if (sums === undefined) {
      flows.set(key, { count: 1, length: packet.payloadBytes });
      return;
    }
    sums.count++;
    sums.length += packet.payloadBytes;
  }

  #expectError(quoted: Packet, error: number, timestampUs: number): void {
    const { startUs } = windowAt(timestampUs, this.#intervalUs);
    const key = keyOf(quoted);
    if (!this.#expected.get(startUs)!.has(key)) return;
    const errors = this.#errors.get(startUs) ?? new Map<string, number>();
    this.#errors.set(startUs, errors.set(key, error));
  }

  #windowClosed(window: ClosedWindow): Promise<void> | undefined {
    const drain = drainOf(window, encoder);
    const records: JsonRecord[] = [];
    while (drain.next());
    for (const { slice, recycle } of handedOn.splice(0)) {
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
      recycle();
    }
    assert.equal(drain.packetsLeft(), 0, 'packets left behind');
    compareErrors(window.table, this.#errors.get(window.startUs) ?? new Map());
    this.#errors.delete(window.startUs);
    compare(records, this.#expected.get(window.startUs) ?? new Map());
    this.#expected.delete(window.startUs);
    window.table.clear();
    this.#empty.push(window.table);
    return this.#holds ? Promise.resolve() : undefined;
  }
}

/** Flows that found room have a record of their own with all they sent; all others are summed by protocol. */
function compare(records: readonly JsonRecord[], expected: Map<string, Sums>): void {
  const overflows = new Map<string, Sums>();
  for (const record of records) {
    const { count, length, type } = record as JsonRecord & Sums & { type: string };
    if (record.source_IP === '*') {
      overflows.set(type, { count, length });
      continue;
    }
    const key = keyOfRecord(record);
    const sums = expected.get(key);
    if (count !== sums?.count || length !== sums.length) assert.deepEqual({ count, length }, sums, key);
    expected.delete(key);
  }
  const spilled = new Map<string, Sums>();
  for (const [key, { count, length }] of expected) {
    const type = key.slice(key.lastIndexOf('|') + 1);
    const sums = spilled.get(type) ?? { count: 0, length: 0 };
    spilled.set(type, { count: sums.count + count, length: sums.length + length });
  }
  assert.deepEqual(overflows, spilled, 'overflow records');
}

/** Flows that an ICMP error quoted know the last one, and no other flow knows any. */
function compareErrors(table: FlowTable, expected: ReadonlyMap<string, number>): void {
  for (let position = 0; position < table.size; position++) {
    table.read(position, reading);
    if (reading.rest) continue;
    const error = expected.get(keyOf(reading.key)) ?? NO_ERROR;
    const { icmpError } = reading.forward.health;
    if (icmpError !== error) assert.fail(`an ICMP error of ${icmpError} in place of ${error}`);
  }
}
const reading = new FlowReading();

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
const fieldNames = legacyFields.join();

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
