/**
 * Frames as the addon packs them into a buffer (native/src/frame-buffer.h), in this machine's byte order:
 *
 *     timestamp in microseconds since the epoch (float64), captured bytes (uint32), wire bytes (uint32), captured bytes;
 *     the next frame at a multiple of eight
 */
import type { LinkDecoder } from '../packet/packet.js';
import type { FrameReceiver } from './source.js';

const headerBytes = 16;

/** What a frame of `capturedBytes` takes. */
export const packedBytes = (capturedBytes: number): number => headerBytes + ((capturedBytes + 7) & ~7);

export class PackedFrames {
  /** Frames so far. */
  delivered = 0;
  /** What the receiver's `advance` returned when `deliver` stopped early. */
  waiting: Promise<void> | undefined;
  readonly #view: DataView;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;

  constructor(buffer: ArrayBuffer) {
    this.#view = new DataView(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#words = new Uint32Array(buffer);
  }

  /**
   * Delivers the frames that lie in the buffer from `start` to `end`. Returns `end`; or where it is to go on after a
   * promise of `receiver.advance`, which is in `waiting`.
   */
  deliver(start: number, end: number, decode: LinkDecoder, receiver: FrameReceiver): number {
    const view = this.#view;
    const doubles = this.#doubles;
    const words = this.#words;
    let frames = 0;
    let at = start;
    for (; at < end; frames++) {
      const timestampUs = doubles[at >> 3]!;
      const capturedBytes = words[(at >> 2) + 2]!;
      const wireBytes = words[(at >> 2) + 3]!;
      if (timestampUs >= receiver.windowEndUs) {
        this.waiting = receiver.advance(timestampUs);
        if (this.waiting !== undefined) break;
      }
      receiver.frame(decode, view, at + headerBytes, capturedBytes, wireBytes, timestampUs);
      at += packedBytes(capturedBytes);
    }
    this.delivered += frames;
    return at;
  }
}
