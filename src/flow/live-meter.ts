/** The meter of a live source: the wall clock opens and closes its windows. */
import { Meter, type MeterOptions } from './meter.js';
import type { OpenWindow, OpenWindows } from './open-windows.js';
import { type WindowBounds, windowAt, windowFrom } from './window.js';

export interface LiveMeterOptions extends Pick<MeterOptions, 'own' | 'interfaces' | 'payloads'> {
  /** Length of a window in microseconds. */
  readonly intervalUs: number;
  /** The wall clock, in microseconds since the epoch. */
  readonly nowUs: () => number;
  /** Where its windows open and close, and what it counts in; meters of other sources may have the same. */
  readonly windows: OpenWindows;
  /** Called before a window is left for the next one. */
  readonly leaves: () => void;
  /** Does the work of the timers while the source keeps the event loop from turning. */
  readonly breathe: () => void;
}

export class LiveMeter extends Meter {
  readonly #options: LiveMeterOptions;
  /** See FrameReceiver. */
  readonly delivered: (() => void) | undefined;
  #window: OpenWindow | undefined;

  constructor(options: LiveMeterOptions) {
    super({ ...options, counts: options.windows.counts });
    this.#options = options;
    this.delivered = options.windows.tellNew;
  }

  /** Enters its first window. To be called once, before anything else. */
  open(): void {
    const { nowUs, intervalUs } = this.#options;
    this.#enter(windowFrom(nowUs(), intervalUs));
  }

  /** Leaves the window for the one that holds `timestampUs`. */
  advance(timestampUs: number): undefined {
    this.#moveTo(windowAt(timestampUs, this.#options.intervalUs));
  }

  /** Leaves the window for one that begins at `nowUs` by the wall clock, and is not too short. */
  advanceByClock(nowUs: number): void {
    this.#moveTo(windowFrom(nowUs, this.#options.intervalUs));
  }

  /** Leaves the window for good. */
  close(): void {
    this.#leave();
  }

  breathe(): void {
    this.#options.breathe();
  }

  #moveTo(next: WindowBounds): void {
    this.#options.leaves();
    const last = this.#window;
    this.#leave(next.endUs);
    this.#enter(next, last);
  }

  #enter(bounds: WindowBounds, last?: OpenWindow): void {
    this.#window = this.#options.windows.enter(bounds, last);
    // A frame that is late counts in the window that is open.
    this.use(this.#window.table, Number.NEGATIVE_INFINITY, bounds.endUs);
  }

  #leave(nextEndUs?: number): void {
    const window = this.#window;
    if (window === undefined) return;
    const nowUs = liveEndUs(this.#options.nowUs(), this.windowEndUs);
    this.#window = undefined;
    this.useNone();
    this.#options.windows.leave(window, nowUs, nextEndUs);
  }
}

/** By how much two readings of the wall clock in a row may differ while it is being corrected. */
const clockJitterUs = 5_000;

/** When a live window was closed: at its boundary, not before it, where the clock was moved back a little just then. */
function liveEndUs(nowUs: number, boundaryUs: number): number {
  return nowUs < boundaryUs && boundaryUs - nowUs < clockJitterUs ? boundaryUs : nowUs;
}
