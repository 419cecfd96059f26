/**
 * Records as they lie on disk, one run behind the other:
 *
 *      0  uint32   "PQR1"                           40  float64  packets of all records before it
 *      4  uint32   the segment's mark               48  float64  its packets
 *      8  uint32   CRC-32 of bytes 12 to 72         56  float64  start of its window, microseconds
 *     12  uint32   CRC-32 of what follows 72        64  float64  number of its first record
 *     16  uint32   bytes that follow 72             72  float64  packets up to and including each record
 *     20  uint32   records                              float64  number of each record, if flag 2
 *     24  uint16   bytes of the agent's name            uint32   where each record ends
 *     26  uint16   flags: 1 named, 2 numbered           the agent's name
 *     28  uint32   0                                    the records
 *     32  float64  ordinal of its first record
 *
 * Numbers in the header are little-endian, those in the tables have this machine's byte order. Each segment has a random
 * mark, which keeps the contents of a record from looking like a header.
 */
import { crc32 } from 'node:zlib';
import type { EncodedRecords, RecordOrigin } from '../../record/encoded-records.js';
import { packetsOf } from '../record-run.js';
import { type Amount, isCount, isPoint, moved, type Point } from './point.js';

export const headerBytes = 72;
const magic = 0x3152_5150;
const named = 1;
const numbered = 2;
const doubleBytes = Float64Array.BYTES_PER_ELEMENT;
const endBytes = Uint32Array.BYTES_PER_ELEMENT;
/** No run is longer: it is split before it is written. */
const mostPayloadBytes = 64 * 1024 * 1024;
const longestAgentBytes = 1_024;

/** What a good header says. */
export interface RunHeader {
  readonly payloadCrc: number;
  readonly payloadBytes: number;
  readonly records: number;
  readonly agentBytes: number;
  readonly flags: number;
  readonly windowStartUs: number;
  readonly firstNumber: number;
  readonly start: Point;
  readonly end: Point;
}

/** A run with its header, which `seal` completes, in memory of its own. */
export function layOut(encoded: EncodedRecords, first: number, next: number): Buffer {
  const { ends, packetSums, origin } = encoded;
  const records = next - first;
  const start = first === 0 ? 0 : ends[first - 1]!;
  const agent = Buffer.from(origin?.agent ?? '').subarray(0, longestAgentBytes);
  const doubles = origin?.numbers === undefined ? records : 2 * records;
  const tables = doubles * doubleBytes + records * endBytes;
  const payloadBytes = tables + agent.length + ends[next - 1]! - start;
  const run = Buffer.allocUnsafeSlow(headerBytes + payloadBytes);
  const sums = new Float64Array(run.buffer, headerBytes, doubles);
  const stored = new Uint32Array(run.buffer, headerBytes + doubles * doubleBytes, records);
  const before = first === 0 ? 0 : packetSums[first - 1]!;
  for (let i = 0; i < records; i++) {
    sums[i] = packetSums[first + i]! - before;
    stored[i] = ends[first + i]! - start;
  }
  if (origin?.numbers !== undefined) sums.set(origin.numbers.slice(first, next), records);
  run.set(agent, headerBytes + tables);
  run.set(encoded.bytes.subarray(start, ends[next - 1]!), headerBytes + tables + agent.length);
  run.writeUInt32LE(magic, 0);
  run.writeUInt32LE(crc32(run.subarray(headerBytes)), 12);
  run.writeUInt32LE(payloadBytes, 16);
  run.writeUInt32LE(records, 20);
  run.writeUInt16LE(agent.length, 24);
  run.writeUInt16LE((origin ? named : 0) + (origin?.numbers ? numbered : 0), 26);
  run.fill(0, 28, 48);
  run.writeDoubleLE(packetsOf(encoded, first, next), 48);
  run.writeDoubleLE(origin?.windowStartUs ?? 0, 56);
  run.writeDoubleLE((origin?.firstNumber ?? 0) + first, 64);
  return run;
}

/** What is in a run that was laid out. */
export const runAmount = (run: Buffer): Amount => ({
  records: run.readUInt32LE(20),
  packets: run.readDoubleLE(48),
});

/** The records of a run that was laid out and sealed, or not yet. */
export function runOf(run: Buffer): EncodedRecords {
  return recordsOf(headerIn(run), run)!;
}

/** Says where it lies: in which segment, and which records come before it. */
export function seal(run: Buffer, mark: number, start: Point): void {
  run.writeUInt32LE(mark, 4);
  run.writeDoubleLE(start.ordinal, 32);
  run.writeDoubleLE(start.packets, 40);
  run.writeUInt32LE(crc32(run.subarray(12, headerBytes)), 8);
}

/** The header that stands there whole; undefined where none does. */
export function readHeader(bytes: Buffer, at: number, mark: number): RunHeader | undefined {
  const header = bytes.subarray(at, at + headerBytes);
  if (header.length < headerBytes || header.readUInt32LE(0) !== magic || header.readUInt32LE(4) !== mark)
    return undefined;
  if (header.readUInt32LE(8) !== crc32(header.subarray(12))) return undefined;
  const found = headerIn(header);
  const { records, payloadBytes, start, end } = found;
  const isSane = records > 0 && payloadBytes <= mostPayloadBytes && isPoint(start) && isPoint(end);
  return isSane && end.packets >= start.packets ? found : undefined;
}

function headerIn(bytes: Buffer): RunHeader {
  const start = { ordinal: bytes.readDoubleLE(32), packets: bytes.readDoubleLE(40) };
  return {
    payloadCrc: bytes.readUInt32LE(12),
    payloadBytes: bytes.readUInt32LE(16),
    records: bytes.readUInt32LE(20),
    agentBytes: bytes.readUInt16LE(24),
    flags: bytes.readUInt16LE(26),
    windowStartUs: bytes.readDoubleLE(56),
    firstNumber: bytes.readDoubleLE(64),
    start,
    end: moved(start, runAmount(bytes)),
  };
}

/** Where the next header may stand, from there on; -1 where none begins. */
export function findHeader(bytes: Buffer, from: number, mark: number): number {
  const start = Buffer.alloc(8);
  start.writeUInt32LE(magic, 0);
  start.writeUInt32LE(mark, 4);
  return bytes.indexOf(start, from);
}

/** The records of a run that has memory of its own. Undefined where it contradicts itself. */
export function recordsOf(header: RunHeader, run: Buffer): EncodedRecords | undefined {
  const { records, flags, agentBytes, windowStartUs, firstNumber } = header;
  const doubles = (flags & numbered) === 0 ? records : 2 * records;
  const tables = doubles * doubleBytes + records * endBytes;
  const bytesAt = headerBytes + tables + agentBytes;
  if (bytesAt > run.length) return undefined;
  const sums = new Float64Array(run.buffer, run.byteOffset + headerBytes, doubles);
  const packetSums = sums.subarray(0, records);
  const ends = new Uint32Array(run.buffer, run.byteOffset + headerBytes + doubles * doubleBytes, records);
  const bytes = run.subarray(bytesAt);
  if (!areInOrder(ends, packetSums) || ends[records - 1] !== bytes.length) return undefined;
  if (packetSums[records - 1] !== header.end.packets - header.start.packets) return undefined;
  const origin: RecordOrigin | undefined =
    (flags & named) === 0
      ? undefined
      : {
          agent: run.toString('utf8', headerBytes + tables, bytesAt),
          windowStartUs,
          firstNumber,
          ...((flags & numbered) === 0 ? {} : { numbers: Array.from(sums.subarray(records)) }),
        };
  return { bytes, records, ends, packetSums, origin };
}

function areInOrder(ends: Uint32Array, packetSums: Float64Array): boolean {
  let end = 0;
  let packets = 0;
  for (let i = 0; i < ends.length; i++) {
    if (ends[i]! < end || !isCount(packetSums[i]!) || packetSums[i]! < packets) return false;
    end = ends[i]!;
    packets = packetSums[i]!;
  }
  return true;
}

/** Records from `first` up to, not including, `next`, without a copy of their bytes. */
export function partOf(encoded: EncodedRecords, first: number, next: number): EncodedRecords {
  const { bytes, ends, packetSums, origin, records } = encoded;
  if (first === 0 && next === records) return encoded;
  const start = first === 0 ? 0 : ends[first - 1]!;
  const before = first === 0 ? 0 : packetSums[first - 1]!;
  return {
    bytes: bytes.subarray(start, ends[next - 1]!),
    records: next - first,
    ends: ends.slice(first, next).map((end) => end - start),
    packetSums: packetSums.slice(first, next).map((sum) => sum - before),
    origin: origin && {
      ...origin,
      firstNumber: origin.firstNumber + first,
      ...(origin.numbers === undefined ? {} : { numbers: origin.numbers.slice(first, next) }),
    },
  };
}

/** A run that was found whole. */
export interface FoundRun {
  readonly header: RunHeader;
  readonly encoded: EncodedRecords;
}

export interface Found {
  readonly runs: readonly FoundRun[];
  /** How many bytes need not be looked at again. */
  readonly looked: number;
  /** How many bytes the run after them has; 0 if that is not known. */
  readonly neededBytes: number;
}

/**
 * Finds whole runs in a piece of a segment. Skips damage up to the next good header. `isEnd` says that nothing
 * follows the piece.
 */
export function findRuns(bytes: Buffer, mark: number, isEnd: boolean): Found {
  const runs: FoundRun[] = [];
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const header = readHeader(bytes, at, mark);
    const end = header === undefined ? 0 : at + headerBytes + header.payloadBytes;
    if (header !== undefined && end > bytes.length && !isEnd) {
      return { runs, looked: at, neededBytes: end - at };
    }
    if (header === undefined || end > bytes.length) {
      const next = findHeader(bytes, at + 1, mark);
      // The first bytes of a header may be the last ones here.
      at = next < 0 ? Math.max(at + 1, bytes.length - 7) : next;
      continue;
    }
    const run = wholeRun(header, bytes.subarray(at, end));
    if (run !== undefined) runs.push(run);
    at = end;
  }
  return { runs, looked: isEnd ? bytes.length : at, neededBytes: 0 };
}

function wholeRun(header: RunHeader, bytes: Buffer): FoundRun | undefined {
  if (crc32(bytes.subarray(headerBytes)) !== header.payloadCrc) return undefined;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  const encoded = recordsOf(header, own);
  return encoded && { header, encoded };
}
