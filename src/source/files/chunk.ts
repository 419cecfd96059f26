/** What all binary formats share: one buffer, refilled from the input and parsed in place. */
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { steadyMs } from '../../host/clock.js';
import { type FrameReceiver, SourceError } from '../source.js';
import type { Input } from './input.js';

/**
 * Captured bytes that are looked at of one frame: libpcap's MAXIMUM_SNAPLEN. Only link types that never carry IP have
 * longer frames.
 */
export const maximumFrameBytes = 262_144;

/** The longest frame with its headers, and little more: a buffer that fits the second-level cache is read fastest. */
export const chunkBytes = maximumFrameBytes + 32_768;

/** Signals, timers and resolvers' answers wait no longer than this, and one chunk's work, while a file is read. */
const turnEveryMs = 8;

/** A stretch of the input. Its unread bytes are [start, end) of `bytes`. */
export class Chunk {
  readonly bytes = new Uint8Array(chunkBytes);
  readonly view = new DataView(this.bytes.buffer);
  /** Beyond `end` where bytes that have not come yet are to be skipped. */
  start = 0;
  end = 0;
  readonly #input: Input;
  /** Where in the input `bytes` begins. */
  #base = 0;

  constructor(input: Input) {
    this.#input = input;
  }

  /** Moves what is unread to the front and reads on behind it. Answers like `Input.read`. */
  fill(): number | Promise<number> {
    const dropped = Math.min(this.start, this.end);
    // While a long block comes in small pieces, it is where it belongs already.
    if (dropped > 0) this.bytes.copyWithin(0, dropped, this.end);
    this.#base += dropped;
    this.start -= dropped;
    this.end -= dropped;
    const count = this.#input.read(this.bytes.subarray(this.end));
    return typeof count === 'number' ? this.#extend(count) : count.then((late) => this.#extend(late));
  }

  /** Where in the input the unread bytes begin. */
  get offset(): number {
    return this.#base + this.start;
  }

  /** Drops what was read, after the input was told to go on at `offset`. */
  skipTo(offset: number): void {
    this.#base = offset;
    this.start = 0;
    this.end = 0;
  }

  /** For bytes at `index` that cannot be what they claim. */
  damaged(index: number, finding: string): SourceError {
    return this.#error(`is damaged at byte ${this.#base + index}: ${finding}`);
  }

  /** For an input that ends at `end`, in the middle of `unfinished`. */
  cutOff(unfinished: string): SourceError {
    return this.#error(`ends at byte ${this.#base + this.end} in the middle of ${unfinished}`);
  }

  #extend(count: number): number {
    this.end += count;
    return count;
  }

  #error(finding: string): SourceError {
    const { name } = this.#input;
    return new SourceError(
      'input',
      `${name}: ${finding}; what came before was counted; copy or capture it again`,
    );
  }
}

/** What a format makes of a chunk's bytes. */
export interface ChunkParser {
  /**
   * Delivers every frame that is whole in `chunk` and moves its `start` behind them. Returns undefined where it needs
   * more bytes, or a promise of `receiver.advance` after which it is to be called again. A full chunk is always enough
   * to go on. Throws a SourceError where the bytes lie.
   */
  parse(chunk: Chunk, receiver: FrameReceiver): Promise<void> | undefined;
  /** What the chunk's unread bytes are the beginning of, once no more come; undefined where the input may end. */
  unfinished(chunk: Chunk): string | undefined;
}

/** Makes a function to be called often: where the event loop has not turned for `turnEveryMs`, it lets it. */
export function eventLoopTurns(): () => Promise<void> | undefined {
  let turnedMs = steadyMs();
  return () => {
    if (steadyMs() - turnedMs <= turnEveryMs) return undefined;
    return eventLoopTurn().then(() => {
      turnedMs = steadyMs();
    });
  };
}

/** Feeds `parser` until the input ends or `stopped` says so. Rejects with a SourceError where the input breaks off. */
export async function parseChunks(
  input: Input,
  parser: ChunkParser,
  receiver: FrameReceiver,
  stopped: () => boolean,
): Promise<void> {
  const chunk = new Chunk(input);
  const turn = eventLoopTurns();
  while (!stopped()) {
    const advancing = parser.parse(chunk, receiver);
    if (advancing) {
      await advancing;
    } else {
      const filling = chunk.fill();
      const count = typeof filling === 'number' ? filling : await filling;
      if (count === 0) break;
    }
    await turn();
  }
  const unfinished = parser.unfinished(chunk);
  if (unfinished !== undefined && !stopped()) throw chunk.cutOff(unfinished);
}
