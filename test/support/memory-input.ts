import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Input } from '../../src/source/files/input.js';

export interface MemoryInputOptions {
  readonly name?: string;
  /** Bytes of the reads, one after the other, repeated; default: as many as fit. */
  readonly readBytes?: readonly number[];
  /** Answers with promises that take a turn of the event loop, as a pipe does. */
  readonly late?: boolean;
}

/** An input over bytes at hand, which notes the largest buffer it was ever given. */
export interface MemoryInput extends Input {
  readonly largestBufferBytes: number;
}

export function memoryInput(bytes: Uint8Array, options: MemoryInputOptions = {}): MemoryInput {
  const { name = 'memory', readBytes = [Number.POSITIVE_INFINITY], late = false } = options;
  let offset = 0;
  let reads = 0;
  let largestBufferBytes = 0;

  function take(into: Uint8Array): number {
    largestBufferBytes = Math.max(largestBufferBytes, into.buffer.byteLength);
    if (into.length === 0) throw new Error('read without room for a byte');
    const wanted = readBytes[reads++ % readBytes.length]!;
    const piece = bytes.subarray(offset, offset + Math.min(wanted, into.length));
    into.set(piece);
    offset += piece.length;
    return piece.length;
  }

  return {
    name,
    get largestBufferBytes() {
      return largestBufferBytes;
    },
    read: (into) => (late ? eventLoopTurn().then(() => take(into)) : take(into)),
    close() {
      offset = bytes.length;
    },
  };
}
