/** Gzip (RFC 1952), of any number of members, inflated as a stream by zlib. */
import type { Gunzip } from 'node:zlib';
import { SourceError } from '../source.js';
import type { Input } from './input.js';
import { streamInput } from './stream-input.js';

/** ID1, ID2 and the only compression method there is. */
export const gzipMagic = Uint8Array.of(0x1f, 0x8b, 8);

/** Compressed bytes read at a time, and inflated bytes held at the most beside one output chunk. */
const chunkBytes = 65_536;

/** CRC-32 and length, at a member's end. */
const trailerBytes = 8;

/**
 * What `packed` inflates to. Memory is bounded however well it was compressed: nothing more is inflated while a chunk
 * waits to be read. Where the data break off or are damaged, everything inflated before comes first, then a SourceError.
 */
export function gunzipInput(packed: Input): Input {
  // Loaded only for a gzipped file: see native-notes/start-up.md.
  const { createGunzip } = process.getBuiltinModule('node:zlib');
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  const inflated = streamInput(packed.name, gunzip);
  let started = false;
  return {
    name: packed.name,
    async read(into) {
      if (!started) {
        started = true;
        void feed(packed, gunzip);
      }
      try {
        return await inflated.read(into);
      } catch (error) {
        throw inflatingError(packed.name, gunzip, error as Error);
      }
    },
    close() {
      inflated.close();
      packed.close();
    },
  };
}

/** Never rejects: what goes wrong surfaces where `gunzip` is read. */
async function feed(packed: Input, gunzip: Gunzip): Promise<void> {
  const chunk = new Uint8Array(chunkBytes);
  try {
    for (let filled = await packed.read(chunk); filled > 0; filled = await packed.read(chunk)) {
      // zlib drops what a failing write had already inflated. So a trailer goes in by itself: a wrong checksum at
      // the end then costs no data.
      const split = Math.max(filled - trailerBytes, 0);
      await write(gunzip, chunk.subarray(0, split));
      await write(gunzip, chunk.subarray(split, filled));
      if (gunzip.destroyed) return;
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error as Error);
  }
}

/** Resolves once zlib has taken all of `bytes` and its output has been read, or has failed. */
const write = (gunzip: Gunzip, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => gunzip.write(bytes, () => resolve()));

function inflatingError(name: string, gunzip: Gunzip, error: NodeJS.ErrnoException): Error {
  if (error instanceof SourceError) return error;
  const cause =
    error.code === 'Z_BUF_ERROR'
      ? 'its gzip data end too early'
      : `its gzip data are damaged (${error.message})`;
  return new SourceError(
    'input',
    `${name}: ${cause} after ${gunzip.bytesWritten} compressed bytes; everything before was read; copy the file again or test it with gzip -t`,
    { cause: error },
  );
}
