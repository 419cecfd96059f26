/** What a stranger sends: frames at a rate, and what may be seen of them. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { NameCounts } from '../../../support/name-counts.js';

/** Names of one kind. */
export const mostHeld = 65_536;

export interface Flood {
  readonly name: string;
  /** Made anew by each call, the same on each. */
  readonly frames: () => Iterable<Uint8Array>;
  readonly framesPerSecond: number;
  /** How often the frames go round. */
  readonly rounds?: number;
  /** What the counts have to say of it beside what holds for all. */
  readonly expects?: (counts: NameCounts, sent: Sent) => readonly (readonly [wrong: boolean, text: string])[];
  /** Names that records may show; default: any that is fit. */
  readonly shown?: RegExp;
}

export interface Sent {
  /** As many as were received. */
  readonly frames: number;
  readonly seconds: number;
  /** Whether frames came from a file, in which nothing is limited by time. */
  readonly isFile: boolean;
}

const startSeconds = 1_767_225_600; // 2026-01-01T00:00:00Z
const fileHeaderBytes = 24;
const recordHeadBytes = 16;
const chunkBytes = 1 << 20;

/** Writes them as a classic pcap file, in time as they would be sent. Returns how many there are. */
export function writeFlood(path: string, { frames, framesPerSecond }: Flood): number {
  const file = openSync(path, 'w');
  const chunk = Buffer.alloc(chunkBytes);
  chunk.writeUInt32LE(0xa1b2c3d4, 0);
  chunk.writeUInt16LE(2, 4);
  chunk.writeUInt16LE(4, 6);
  chunk.writeUInt32LE(262_144, 16);
  chunk.writeUInt32LE(1, 20);
  let at = fileHeaderBytes;
  let count = 0;
  for (const bytes of frames()) {
    if (at + recordHeadBytes + bytes.length > chunkBytes) {
      writeSync(file, chunk, 0, at);
      at = 0;
    }
    const timeUs = Math.floor((count++ * 1e6) / framesPerSecond);
    chunk.writeUInt32LE(startSeconds + Math.floor(timeUs / 1e6), at);
    chunk.writeUInt32LE(timeUs % 1e6, at + 4);
    chunk.writeUInt32LE(bytes.length, at + 8);
    chunk.writeUInt32LE(bytes.length, at + 12);
    chunk.set(bytes, at + recordHeadBytes);
    at += recordHeadBytes + bytes.length;
  }
  writeSync(file, chunk, 0, at);
  closeSync(file);
  return count;
}
