/** The files that runs lie in, one after the other: how they are called, and what is in each. */
import { closeSync, constants, fstatSync, ftruncateSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { openOwnFile } from './own-file.js';
import { type Amount, later, type Point } from './point.js';
import { findHeader, findRuns, headerBytes, type RunHeader, readHeader } from './stored-run.js';

export interface Segment {
  readonly number: number;
  /** Begins each of its runs. */
  readonly mark: number;
  readonly path: string;
  /** Bytes of whole runs. */
  bytes: number;
  readonly start: Point;
  end: Point;
  /** What of it is not settled. */
  readonly left: { records: number; packets: number };
  /** It is not in the folder any more. */
  isGone: boolean;
}

/** About how many segments a full spool has, within the limits of a segment's size. */
const leastSegmentBytes = 64 * 1024;
const mostSegmentBytes = 64 * 1024 * 1024;
const segmentsInAll = 64;

/** Bytes of a segment, but for one with a single run. */
export const segmentBytesOf = (mostBytes: number): number =>
  Math.min(mostSegmentBytes, Math.max(leastSegmentBytes, Math.floor(mostBytes / segmentsInAll)));

const fileName = /^(\d{12})-([0-9a-f]{8})\.runs$/;

export function newSegment(folder: string, number: number, mark: number, start: Point): Segment {
  const name = `${String(number).padStart(12, '0')}-${mark.toString(16).padStart(8, '0')}.runs`;
  const left = { records: 0, packets: 0 };
  return { number, mark, path: join(folder, name), bytes: 0, start, end: start, left, isGone: false };
}

interface FoundFile {
  readonly number: number;
  readonly mark: number;
  readonly path: string;
  bytes: number;
  /** Its first whole header; undefined where there is none. */
  readonly first: RunHeader | undefined;
}

export interface FoundSegments {
  readonly segments: Segment[];
  /** Files without any run. */
  readonly empty: readonly string[];
  /** Bytes at the end of the last segment that are not a run or the beginning of one. */
  readonly oddBytes: number;
}

/**
 * The segments of an earlier process in a folder, in order; `left` is for the caller to count. A run that it had no time to
 * write whole is cut off. Throws where a file cannot be read.
 */
export function findSegments(folder: string): FoundSegments {
  const files = readdirSync(folder)
    .sort()
    .flatMap((name) => firstLook(folder, name) ?? []);
  const found = files.filter(({ first }) => first !== undefined);
  const segments: Segment[] = [];
  let oddBytes = 0;
  found.forEach(({ number, mark, path, bytes, first }, i) => {
    const next = found[i + 1]?.first?.start;
    const last = next === undefined ? cutLast(path, mark) : undefined;
    oddBytes += last?.oddBytes ?? 0;
    const start = later(first!.start, segments.at(-1)?.end ?? first!.start);
    segments.push({
      ...newSegment(folder, number, mark, start),
      path,
      bytes: last?.bytes ?? bytes,
      end: later(start, next ?? last?.end ?? start),
    });
  });
  const empty = files.filter(({ first }) => first === undefined).map(({ path }) => path);
  return { segments, empty, oddBytes };
}

function firstLook(folder: string, name: string): FoundFile | undefined {
  const [, digits, hex] = fileName.exec(name) ?? [];
  if (digits === undefined || hex === undefined) return undefined;
  const path = join(folder, name);
  const mark = Number.parseInt(hex, 16);
  return withFile(path, constants.O_RDONLY, (descriptor, bytes) => {
    const head = readPart(descriptor, 0, Math.min(bytes, headerBytes));
    const first = readHeader(head, 0, mark) ?? firstHeader(readPart(descriptor, 0, bytes), mark);
    return { number: Number(digits), mark, path, bytes, first };
  });
}

function firstHeader(bytes: Buffer, mark: number): RunHeader | undefined {
  for (let at = findHeader(bytes, 0, mark); at >= 0; at = findHeader(bytes, at + 1, mark)) {
    const header = readHeader(bytes, at, mark);
    if (header !== undefined) return header;
  }
  return undefined;
}

/** Looks for the end of the last whole run, and cuts off what follows. */
function cutLast(path: string, mark: number): { bytes: number; oddBytes: number; end: Point | undefined } {
  return withFile(path, constants.O_RDWR, (descriptor, fileBytes) => {
    const bytes = readPart(descriptor, 0, fileBytes);
    const { at, end } = endOfRuns(bytes, mark);
    if (at < fileBytes) ftruncateSync(descriptor, at);
    return { bytes: at, end, oddBytes: isTorn(bytes.subarray(at), mark) ? 0 : fileBytes - at };
  });
}

function endOfRuns(bytes: Buffer, mark: number): { at: number; end: Point | undefined } {
  let at = 0;
  let end: Point | undefined;
  for (let from = 0; from >= 0 && from < bytes.length; ) {
    const header = readHeader(bytes, from, mark);
    const next = header === undefined ? 0 : from + headerBytes + header.payloadBytes;
    if (header === undefined || next > bytes.length) {
      from = findHeader(bytes, from + 1, mark);
    } else {
      from = next;
      at = next;
      end = header.end;
    }
  }
  return { at, end };
}

/** Whether it is nothing but the beginning of a run. */
function isTorn(bytes: Buffer, mark: number): boolean {
  if (bytes.length < headerBytes) return true;
  return readHeader(bytes, 0, mark) !== undefined && findRuns(bytes, mark, true).runs.length === 0;
}

function withFile<T>(path: string, flags: number, use: (descriptor: number, bytes: number) => T): T {
  const descriptor = openOwnFile(path, flags);
  try {
    return use(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

function readPart(descriptor: number, from: number, bytes: number): Buffer {
  const part = Buffer.allocUnsafe(bytes);
  let filled = 0;
  while (filled < bytes) {
    const read = readSync(descriptor, part, filled, bytes - filled, from + filled);
    if (read === 0) break;
    filled += read;
  }
  return part.subarray(0, filled);
}

export const amountOf = (segments: readonly Segment[]): Amount =>
  segments.reduce(
    (sum, { left }) => ({ records: sum.records + left.records, packets: sum.packets + left.packets }),
    { records: 0, packets: 0 },
  );
