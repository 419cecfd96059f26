/** The meter of a capture that is read from a file or a pipe: the timestamps of its frames open and close windows. */
import type { CaptureWindow, CaptureWindows } from './capture-windows.js';
import { Meter, type MeterOptions } from './meter.js';
import type { Turns } from './turns.js';
import { windowAt } from './window.js';

export interface CaptureMeterOptions extends Pick<MeterOptions, 'interfaces' | 'payloads'> {
  /** Length of a window in microseconds; 0 means one window for the whole input. */
  readonly intervalUs: number;
  /** Where its windows open and close, and what it counts in; the same for all captures that are read at once. */
  readonly windows: CaptureWindows;
  readonly turns: Turns;
  /** Its place among the captures that take turns. */
  readonly position: number;
}

export class CaptureMeter extends Meter {
  readonly #options: CaptureMeterOptions;
  #window: CaptureWindow | undefined;

  /** Its first window opens with its first frame. */
  constructor(options: CaptureMeterOptions) {
    super({ ...options, counts: options.windows.counts, own: undefined });
    this.#options = options;
  }

  /** Leaves its window for the one that holds `timestampUs`; or returns a promise after which it is to be called again. */
  advance(timestampUs: number): Promise<void> | undefined {
    const { intervalUs, windows, turns, position } = this.#options;
    this.#leave();
    const bounds = windowAt(timestampUs, intervalUs);
    const held = turns.enter(position, bounds.startUs);
    if (held !== undefined) return held;
    const window = windows.enter(bounds);
    if (window instanceof Promise) return window;
    this.#window = window;
    this.use(window.table, bounds.startUs, bounds.endUs);
    this.earliestUs = timestampUs;
    return undefined;
  }

  /** Its capture has ended. */
  end(): void {
    this.#leave();
    this.#options.turns.end(this.#options.position);
  }

  breathe(): void {
    // Nothing has to be done in time, and the event loop turns all the same.
  }

  #leave(): void {
    if (this.#window === undefined) return;
    this.#options.windows.leave(this.#window, this.earliestUs, this.latestUs);
    this.#window = undefined;
    this.useNone();
  }
}
