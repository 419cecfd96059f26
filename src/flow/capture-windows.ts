/**
 * The windows of captures, by the timestamps of their packets. Those go back now and then: frames of two interfaces are
 * not quite in order, one stamp is wrong, a clock was set, files were joined late before early. So a few windows stay
 * open, and a packet goes to that of its own stamp. When another has to open, the one that has gone longest without a
 * packet closes. A packet that comes still later opens its window again: its flow has two records of that time then,
 * which together are exact.
 */

import { newMeterCounts } from './meter.js';
import type { ClosedWindow } from './open-windows.js';
import type { FlowTable } from './table/flow-table.js';
import type { WindowBounds } from './window.js';

export interface CaptureWindow extends WindowBounds {
  readonly table: FlowTable;
  /** 0, or how many windows have opened again so far, where this one has. */
  readonly again: number;
  /** How many meters are in it. */
  meters: number;
  /** The earliest and the latest timestamp of a packet, as far as meters know that have left it. */
  earliestUs: number;
  latestUs: number;
}

export interface CaptureWindowsOptions {
  /** Gives an empty table for the next window. */
  readonly emptyTable: () => FlowTable;
  /** Takes over the table of a window that has closed. Its promise holds the captures back. */
  readonly windowClosed: (window: ClosedWindow) => Promise<void> | undefined;
}

/** The one that fills, the one before it, and one of a stamp that is wrong or of a second clock. */
export const mostOpenWindows = 3;
/** How many closed windows are remembered: 23 days of 20 s. An older one that opens again is taken for a new one. */
const mostRemembered = 100_000;

const nothingYet = { earliestUs: Number.POSITIVE_INFINITY, latestUs: Number.NEGATIVE_INFINITY } as const;

export class CaptureWindows {
  readonly counts = newMeterCounts();
  readonly #options: CaptureWindowsOptions;
  /** In the order in which they were entered last. */
  readonly #open: CaptureWindow[] = [];
  /** Starts of windows that were closed, in that order. */
  readonly #closed = new Set<number>();
  /** While a closed window is being taken over. */
  #held: Promise<void> | undefined;
  /** Tables of windows that had nothing to send. */
  readonly #spare: FlowTable[] = [];

  constructor(options: CaptureWindowsOptions) {
    this.#options = options;
  }

  /** Packets in the windows that are open. */
  get packetsOpen(): number {
    return this.#open.reduce((sum, { table }) => sum + table.packetsFrom(0), 0);
  }

  /** A meter enters the window that has these bounds. Returns it, or a promise after which the meter is to ask again. */
  enter(bounds: WindowBounds): CaptureWindow | Promise<void> {
    const held = this.#held ?? this.#makeRoomFor(bounds);
    if (held !== undefined) return held;
    const window = this.#take(({ startUs }) => startUs === bounds.startUs) ?? this.#newWindow(bounds);
    this.#open.push(window);
    window.meters++;
    return window;
  }

  /** A meter leaves `window`; its packets there were from `earliestUs` to `latestUs`. */
  leave(window: CaptureWindow, earliestUs: number, latestUs: number): void {
    window.meters--;
    window.earliestUs = Math.min(window.earliestUs, earliestUs);
    window.latestUs = Math.max(window.latestUs, latestUs);
  }

  /** Closes all windows, the earliest first. Resolves when they have been taken over. */
  async close(): Promise<void> {
    await this.#held;
    for (const window of this.#open.splice(0).sort((one, other) => one.startUs - other.startUs)) {
      await this.#close(window);
    }
  }

  /** Where as many are open as may be, closes the one that was left first. */
  #makeRoomFor(bounds: WindowBounds): Promise<void> | undefined {
    const isOpen = this.#open.some(({ startUs }) => startUs === bounds.startUs);
    if (isOpen || this.#open.length < mostOpenWindows) return undefined;
    // With a meter in each of them, they may be one more: never more than meters.
    const oldest = this.#take(({ meters }) => meters === 0);
    const held = oldest && this.#close(oldest);
    this.#held = held?.finally(() => {
      this.#held = undefined;
    });
    return this.#held;
  }

  /** Takes the first window that is `such` out of those that are open. */
  #take(such: (window: CaptureWindow) => boolean): CaptureWindow | undefined {
    const at = this.#open.findIndex(such);
    return at < 0 ? undefined : this.#open.splice(at, 1)[0];
  }

  #newWindow(bounds: WindowBounds): CaptureWindow {
    const again = this.#closed.has(bounds.startUs) ? ++this.counts.windowsOpenedAgain : 0;
    const table = this.#spare.pop() ?? this.#options.emptyTable();
    return { ...bounds, table, again, meters: 0, ...nothingYet };
  }

  #close({ table, ...window }: CaptureWindow): Promise<void> | undefined {
    table.apply();
    if (table.size === 0) {
      this.#spare.push(table);
      return undefined;
    }
    this.#remember(window.startUs);
    this.counts.packetsFolded += table.packetsFolded;
    // The one window of a whole input has no bounds but its packets'.
    const isWhole = window.endUs === Number.POSITIVE_INFINITY;
    const startUs = isWhole ? window.earliestUs : window.startUs;
    const endUs = isWhole ? window.latestUs : window.endUs;
    const { again } = window;
    return this.#options.windowClosed({ startUs, endUs, table, ...(again > 0 ? { again } : {}) });
  }

  #remember(startUs: number): void {
    this.#closed.add(startUs);
    if (this.#closed.size <= mostRemembered) return;
    for (const first of this.#closed) {
      this.#closed.delete(first);
      return;
    }
  }
}
