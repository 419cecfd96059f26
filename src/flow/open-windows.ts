/**
 * The windows of live captures that are open. Each meter is in one at a time, and meters whose windows are the same fill
 * one table. On several interfaces one meter comes to a window's end before the other, whose packets are still on their
 * way: so a window closes when nobody is in it, nor in one before it.
 */

import { newMeterCounts } from './meter.js';
import type { NewFlowTeller } from './new-flows.js';
import type { FlowTable } from './table/flow-table.js';
import type { WindowBounds } from './window.js';

export interface ClosedWindow extends WindowBounds {
  readonly table: FlowTable;
  /** Tells windows of the same bounds apart: absent for the first one. */
  readonly again?: number;
}

export interface OpenWindowsOptions {
  /** Gives an empty table for the next window. */
  readonly emptyTable: () => FlowTable;
  /** Takes over the table of a window that has closed. */
  readonly windowClosed: (window: ClosedWindow) => void;
  /** Tells of flows soon after they began; absent where nobody asks. */
  readonly teller?: NewFlowTeller | undefined;
}

export interface OpenWindow extends WindowBounds {
  /** Windows are numbered as they open. */
  readonly number: number;
  /** How often the clock had been set back when it opened. */
  readonly era: number;
  readonly table: FlowTable;
  /** How many are in it. */
  meters: number;
}

/**
 * As many as windows of 100 ms and a lag of 250 keep open. Where it would be more (windows are shorter, an interface is far
 * behind, the process was stopped for long) the newest takes in what comes: memory has a bound.
 */
const mostOpen = 4;
/** Closings so near to each other are of one moment; a clock that was set back says so by more. */
const momentUs = 1_000;
/** When no frames come: how long flows wait that there was no room to tell of. */
const tellAgainMs = 25;

export class OpenWindows {
  readonly counts = newMeterCounts();
  /** Tells of new flows in the open windows. Undefined where nobody asks. */
  readonly tellNew: (() => void) | undefined;
  readonly #options: OpenWindowsOptions;
  /** In the order in which they opened. */
  #open: OpenWindow[] = [];
  #opened = 0;
  #era = 0;
  #lastEndUs = Number.NEGATIVE_INFINITY;
  /** Tables of windows that had nothing to send. */
  readonly #spare: FlowTable[] = [];
  /** Runs while flows wait to be told. */
  #tellingAgain: NodeJS.Timeout | undefined;

  constructor(options: OpenWindowsOptions) {
    this.#options = options;
    const { teller } = options;
    if (teller !== undefined) this.tellNew = () => this.#tellNew(teller);
  }

  /** Packets in the windows that are open. */
  get packetsOpen(): number {
    return this.#open.reduce((sum, { table }) => sum + table.packetsFrom(0), 0);
  }

  /** A meter that was in `last` enters the window that ends at `endUs`. */
  enter({ startUs, endUs }: WindowBounds, last?: OpenWindow): OpenWindow {
    // By a clock that was set back: windows of before are others, though they end at the same time.
    if (last !== undefined && endUs <= last.endUs && last.era === this.#era) this.#era++;
    const era = this.#era;
    let window = this.#open.find((open) => open.endUs === endUs && open.era === era);
    if (window === undefined && this.#open.length < mostOpen) {
      const table = this.#spare.pop() ?? this.#options.emptyTable();
      window = { number: this.#opened++, era, startUs, endUs, table, meters: 0 };
      this.#open.push(window);
    }
    window ??= this.#open.at(-1)!;
    window.meters++;
    return window;
  }

  /** A meter leaves `window` for the one that ends at `nextEndUs`, or for good. Closes, at `nowUs`, what is over thereby. */
  leave(window: OpenWindow, nowUs: number, nextEndUs = Number.POSITIVE_INFINITY): void {
    const open = this.#open;
    window.meters--;
    const isAwaited = ({ number, endUs }: OpenWindow) =>
      (window.number < number && nextEndUs <= endUs) ||
      open.some((other) => other.meters > 0 && other.number < number && other.endUs < endUs);
    const over = open.filter((other) => other.meters === 0 && !isAwaited(other));
    this.#open = open.filter((other) => !over.includes(other));
    for (const closing of over) this.#close(closing, nowUs);
  }

  #tellNew(teller: NewFlowTeller): void {
    if (!teller.tell(this.#open)) return;
    this.#tellingAgain ??= setTimeout(() => {
      this.#tellingAgain = undefined;
      this.#tellNew(teller);
    }, tellAgainMs).unref();
  }

  #close(window: OpenWindow, nowUs: number): void {
    const { startUs, table } = window;
    table.apply();
    this.#options.teller?.close(window);
    if (table.size === 0) {
      this.#spare.push(table);
      return;
    }
    // A flow may have a record in each of several windows, but no two of a time.
    const isOneMoment = nowUs <= this.#lastEndUs && this.#lastEndUs - nowUs < momentUs;
    const endUs = isOneMoment ? this.#lastEndUs + 1 : nowUs;
    this.#lastEndUs = endUs;
    this.counts.packetsFolded += table.packetsFolded;
    this.#options.windowClosed({ startUs, endUs, table });
  }
}
