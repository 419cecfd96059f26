/** The contract between a source of frames and the stage that meters them. */
import { Failure } from '../host/failure.js';
import type { FrameOrigin } from '../packet/details.js';
import type { LinkDecoder, Outcome, Packet } from '../packet/packet.js';

/** Microseconds since 1970-01-01T00:00:00Z; a float64 holds them exactly until the year 2255. */
export type TimestampUs = number;

/**
 * Where a source puts what it reads.
 *
 * Before each frame or packet whose timestamp is not from `windowStartUs` to below `windowEndUs`, a source calls
 * `advance` with it and, if that returns a promise, waits for it and calls again. So windows open and close on the
 * source's own clock, and a collector that takes its time holds a file back, never memory. A live source's receiver
 * returns undefined, always, and its windows begin at -Infinity: live sources look at the end only.
 */
export interface FrameReceiver {
  /** The current window begins here: frames before it belong to an earlier one. */
  readonly windowStartUs: TimestampUs;
  /** The current window ends here: frames at or after it belong to a later one. -Infinity while there is none. */
  readonly windowEndUs: TimestampUs;
  /** Leaves the current window for the one that holds `timestampUs`. */
  advance(timestampUs: TimestampUs): Promise<void> | undefined;
  /** Frames come from there from now on. Called before the first frame, and wherever it changes. */
  from(origin: FrameOrigin): void;
  /** Counts and decodes one frame. `view` is only read during the call. */
  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: TimestampUs,
  ): void;
  /** Counts one packet that a text source has already decoded. `packet` is the receiver's during the call, and no longer. */
  packet(packet: Packet, timestampUs: TimestampUs): void;
  /**
   * What waited has been delivered: to be called by a live source, each time that it has emptied the kernel's buffer or a part
   * of it. Absent where nobody asks.
   */
  readonly delivered?: (() => void) | undefined;
  /**
   * Does the work of the timers. A live source that may keep the event loop from turning for longer than a few
   * milliseconds calls it every 5 ms while it does.
   */
  breathe(): void;
  /** Counts one frame that could not be decoded at all: a text line that is not a packet of IP. */
  undecoded(outcome: Outcome): void;
}

/** What a source knows of frames that never reached it. `undefined` means that it cannot know. */
export interface SourceCounts {
  readonly droppedByKernel: number | undefined;
  readonly droppedByInterface: number | undefined;
  /** Frames that the kernel says it had for this source, dropped ones included; known once it has ended. */
  readonly offeredByKernel: number | undefined;
  /** How often the capture was interrupted (its interface lost, its engine overrun), and for how long altogether. */
  readonly gaps: number;
  readonly gapMs: number;
  /** How long the present interruption has lasted, which is in neither yet; 0 while there is none. */
  readonly awayMs: number;
}

/** The counts of a source that delivers all there is: a file, a pipe. */
export const nothingLost: SourceCounts = {
  droppedByKernel: 0,
  droppedByInterface: 0,
  offeredByKernel: undefined,
  gaps: 0,
  gapMs: 0,
  awayMs: 0,
};

/**
 * Where frames come from. Opening happens in each source's own `open…` function, which throws a `SourceError` with
 * the value, the cause and the remedy.
 */
export interface Source {
  /** What the user called it, an interface or a file name; of `-i auto` the interface that it captures on now. */
  readonly name: string;
  /**
   * How long after its timestamp a live frame may still be delivered, from now on; absent or 0 where frames are stamped on
   * delivery. Grows at once where another engine takes over.
   */
  readonly lagMs?: number;
  /**
   * Delivers frames until the input ends or `stop` is called, then resolves. Rejects with a SourceError when the input
   * breaks off; every frame before that point has been delivered.
   */
  run(receiver: FrameReceiver): Promise<void>;
  /** Ends `run` soon; safe to call more than once. */
  stop(): void;
  /**
   * Delivers what waits in the kernel at this moment, for a few milliseconds at the most; false where more is left. To be
   * called before a window is closed by the clock.
   */
  drain?(): boolean;
  /** Since it was opened. */
  counts(): SourceCounts;
}

/** Why a source cannot be opened or goes no further. */
export class SourceError extends Failure {}
