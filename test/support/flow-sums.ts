/** A receiver for live tests: sums what it is given per flow, and notes how it was given. */
import type { FrameOrigin } from '../../src/packet/details.js';
import { type LinkDecoder, Packet } from '../../src/packet/packet.js';
import type { FrameReceiver } from '../../src/source/source.js';
import { outcomeText } from './decoding.js';

export class FlowSums implements FrameReceiver {
  windowStartUs = Number.NEGATIVE_INFINITY;
  windowEndUs = Number.POSITIVE_INFINITY;
  frames = 0;
  wireBytes = 0;
  mostCapturedBytes = 0;
  mostWireBytes = 0;
  breaths = 0;
  firstUs = Number.POSITIVE_INFINITY;
  lastUs = Number.NEGATIVE_INFINITY;
  /** Where frames came from, in turn. */
  readonly origins: FrameOrigin[] = [];
  /** Frames by flow, or by outcome for what is no packet. */
  readonly counts = new Map<string, number>();
  readonly #packet = new Packet();
  readonly #each: () => void;

  /** `each` is called for every frame. */
  constructor(each: () => void = () => undefined) {
    this.#each = each;
  }

  advance(_timestampUs: number): undefined {}

  from(origin: FrameOrigin): void {
    this.origins.push(origin);
  }

  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    const outcome = decode(view, offset, offset + capturedBytes, offset + wireBytes, this.#packet);
    const key = outcomeText(outcome, this.#packet);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.frames++;
    this.wireBytes += wireBytes;
    this.mostCapturedBytes = Math.max(this.mostCapturedBytes, capturedBytes);
    this.mostWireBytes = Math.max(this.mostWireBytes, wireBytes);
    this.firstUs = Math.min(this.firstUs, timestampUs);
    this.lastUs = Math.max(this.lastUs, timestampUs);
    this.#each();
  }

  breathe(): void {
    this.breaths++;
  }

  packet(): void {
    throw new Error('a live source decodes nothing itself');
  }

  undecoded(): void {
    throw new Error('a live source decodes nothing itself');
  }

  /** Flow and frames, sorted. */
  get lines(): string[] {
    return [...this.counts].map(([key, count]) => `${count} x ${key}`).sort();
  }
}
