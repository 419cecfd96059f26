/**
 * Compresses bodies of requests, one after the other, with one state and in the same memory: fresh megabytes for each request
 * would make the garbage collector go through everything several times a second.
 */
import { constants, createGzip, type Gzip, type ZlibReset } from 'node:zlib';

/** Records are much alike: the fastest level saves most of what slower ones do. */
const gzipOptions = { level: 1, chunkSize: 256 * 1024 } as const;

export class Compressor {
  /** All of zlib's deflating streams can be reset; the types know of some. */
  readonly #gzip = createGzip(gzipOptions) as Gzip & ZlibReset;
  #chunks: Buffer[] = [];
  #memory = Buffer.alloc(0);

  constructor() {
    this.#gzip.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** What was given out before is not used any more. It grows up to the longest body. */
  readonly memory = (bytes: number): Buffer => {
    if (this.#memory.length < bytes) this.#memory = Buffer.allocUnsafeSlow(bytes);
    return this.#memory.subarray(0, bytes);
  };

  /** To be called again only when it has resolved. The pieces are not read after that. */
  compress(pieces: readonly Uint8Array[]): Promise<Uint8Array> {
    const gzip = this.#gzip;
    for (const piece of pieces) gzip.write(piece);
    return new Promise((resolve, reject) => {
      gzip.once('error', reject);
      gzip.flush(constants.Z_FINISH, () => {
        gzip.off('error', reject);
        const chunks = this.#chunks;
        this.#chunks = [];
        gzip.reset();
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      });
    });
  }

  close(): void {
    this.#gzip.close();
  }
}
