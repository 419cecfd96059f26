import type { Readable } from 'node:stream';
import type { Input } from './input.js';

/**
 * An input over a stream: a pipe, a socket, a terminal, or inflated data. Bytes are handed on as soon as they are
 * there. Rejects with the stream's own error, after every byte that came before it.
 */
export function streamInput(name: string, stream: Readable): Input {
  let left: Uint8Array | null = null;
  let failure: Error | undefined;
  let over = false;
  let wake = () => {};

  stream.on('readable', () => wake());
  stream.on('end', () => finish());
  stream.on('close', () => finish());
  stream.on('error', (error: Error) => {
    failure = error;
    wake();
  });

  function finish(): void {
    over = true;
    wake();
  }

  /** Undefined where nothing is known yet. */
  function take(into: Uint8Array): number | undefined {
    left ??= stream.read() as Uint8Array | null;
    if (left) {
      const taken = Math.min(left.length, into.length);
      into.set(left.subarray(0, taken));
      left = taken < left.length ? left.subarray(taken) : null;
      return taken;
    }
    if (failure) throw failure;
    return over ? 0 : undefined;
  }

  async function wait(into: Uint8Array): Promise<number> {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      const taken = take(into);
      if (taken !== undefined) return taken;
    }
  }

  return {
    name,
    read: (into) => take(into) ?? wait(into),
    close() {
      left = null;
      stream.destroy();
    },
  };
}
