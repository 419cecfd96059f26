/**
 * Frames as the addon packs them into a buffer (native/src/frame-buffer.h), little-endian:
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

  constructor(buffer: ArrayBuffer) {
    this.#view = new DataView(buffer);
  }

  /**
   * Delivers the frames that lie in the buffer from `start` to `end`. Returns `end`; or where it is to go on after a
   * promise of `receiver.advance`, which is in `waiting`.
   */
  deliver(start: number, end: number, decode: LinkDecoder, receiver: FrameReceiver): number {
    let at = this.#deliverWindow(start, end, decode, receiver);
    while (at < end) {
      this.waiting = receiver.advance(this.#view.getFloat64(at, true));
      if (this.waiting !== undefined) break;
      at = this.#deliverWindow(at, end, decode, receiver);
    }
    return at;
  }

  /**
   * Delivers the frames of the window that is open. A loop of its own, with nothing in it that is first needed at a window's
   * end: for that V8 would throw its compiled code away just when the records are to be written as well.
   */
  #deliverWindow(start: number, end: number, decode: LinkDecoder, receiver: FrameReceiver): number {
    const view = this.#view;
    const { windowStartUs, windowEndUs } = receiver;
    let frames = 0;
    let at = start;
    while (at < end) {
      const timestampUs = view.getFloat64(at, true);
      if (timestampUs >= windowEndUs || timestampUs < windowStartUs) break;
      const capturedBytes = view.getUint32(at + 8, true);
      const wireBytes = view.getUint32(at + 12, true);
      receiver.frame(decode, view, at + headerBytes, capturedBytes, wireBytes, timestampUs);
      at += packedBytes(capturedBytes);
      frames++;
    }
    this.delivered += frames;
    return at;
  }
}
