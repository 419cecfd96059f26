import type { Outcome } from '../packet.js';

/**
 * Where a walk through the layers before IP stands: at `offset`, at what `etherType` announces, which the layers passed so
 * far leave until `end` of the captured bytes and until `wireEnd` on the wire (as a LinkDecoder's parameters).
 */
export class Cursor {
  etherType = 0;
  offset = 0;
  end = 0;
  wireEnd = 0;

  hasCaptured(bytes: number): boolean {
    return this.end - this.offset >= bytes;
  }

  /** A layer states how many bytes it holds from here on; what lies behind them is a trailer. */
  endAfter(bytes: number): void {
    this.wireEnd = Math.min(this.wireEnd, this.offset + bytes);
    this.end = Math.min(this.end, this.wireEnd);
  }
}

/** The walk goes on where the cursor stands now. */
export const GO_ON = -1;

/** What the function of a layer returns: GO_ON, or what became of the frame. */
export type Step = Outcome | typeof GO_ON;
