/**
 * The windows that are open. Each meter is in one at a time, and meters whose windows end at the same time fill one table. On
 * several interfaces one meter comes to a window's end before the other, whose packets are still on their way: so a
 * window closes when nobody is in it, nor in one before it.
 */
import { outcomes } from '../packet/packet.js';
import type { FlowTable } from './flow-table.js';
import type { WindowBounds } from './window.js';

export interface ClosedWindow extends WindowBounds {
  readonly table: FlowTable;
}

/** Counts since the start, of all meters together. */
export interface MeterCounts {
  framesReceived: number;
  packetsAggregated: number;
  /** The other frames by what became of them: see packet.ts's `outcomes`. */
  readonly byOutcome: Float64Array;
  /** Packets folded into overflow records, because a window had more flows than its table. */
  packetsFolded: number;
  /** About how many flows they were of; a flow counts once in each window. */
  flowsFolded: number;
}

export interface OpenWindowsOptions {
  /** Gives an empty table for the next window. */
  readonly emptyTable: () => FlowTable;
  /** Takes over the table of a window that has closed. Its promise holds back a source on the capture clock. */
  readonly windowClosed: (window: ClosedWindow) => Promise<void> | undefined;
}

export interface OpenWindow extends WindowBounds {
  /** Windows are numbered as they open. */
  readonly number: number;
  readonly table: FlowTable;
}

interface Occupied extends OpenWindow {
  endUs: number;
  meters: number;
}

/**
 * As many as windows of 100 ms and a lag of 250 keep open. Where it would be more (windows are shorter, or the process was
 * stopped for long) the newest is made longer: memory has a bound.
 */
const mostOpen = 4;

export class OpenWindows {
  readonly counts = newMeterCounts();
  readonly #options: OpenWindowsOptions;
  /** In the order in which they opened. */
  #open: Occupied[] = [];
  #opened = 0;
  /** Tables of windows that had nothing to send. */
  readonly #spare: FlowTable[] = [];

  constructor(options: OpenWindowsOptions) {
    this.#options = options;
  }

  /** Packets in the windows that are open. */
  get packetsOpen(): number {
    return this.#open.reduce((sum, { table }) => sum + table.packetsFrom(0), 0);
  }

  /** A meter that was in `last` enters the window that ends at `endUs`. */
  enter({ startUs, endUs }: WindowBounds, last?: OpenWindow): OpenWindow {
    // By a clock that was set back a window may end when the last one did, or before it, and is another one all the same.
    const oldest = last !== undefined && endUs <= last.endUs ? last.number + 1 : 0;
    let window = this.#open.find((open) => open.endUs === endUs && open.number >= oldest);
    if (window === undefined && this.#open.length < mostOpen) {
      const table = this.#spare.pop() ?? this.#options.emptyTable();
      window = { number: this.#opened++, startUs, endUs, table, meters: 0 };
      this.#open.push(window);
    }
    window ??= this.#open.at(-1)!;
    window.endUs = endUs;
    window.meters++;
    return window;
  }

  /** A meter leaves `window` for the one that ends at `nextEndUs`, or for good. Closes, at `nowUs`, what is over thereby. */
  leave(window: OpenWindow, nowUs: number, nextEndUs = Number.POSITIVE_INFINITY): Promise<void> | undefined {
    const open = this.#open;
    open.find(({ number }) => number === window.number)!.meters--;
    const isAwaited = ({ number, endUs }: OpenWindow) =>
      (window.number < number && nextEndUs <= endUs) ||
      open.some((other) => other.meters > 0 && other.number < number && other.endUs < endUs);
    const over = open.filter((other) => other.meters === 0 && !isAwaited(other));
    this.#open = open.filter((other) => !over.includes(other));
    let held: Promise<void> | undefined;
    // A flow has a record in each of them, and no two of a time.
    for (const [i, closing] of over.entries()) held = this.#close(closing, nowUs + i) ?? held;
    return held;
  }

  #close({ startUs, table }: OpenWindow, endUs: number): Promise<void> | undefined {
    table.apply();
    if (table.size === 0) {
      this.#spare.push(table);
      return undefined;
    }
    this.counts.packetsFolded += table.packetsFolded;
    this.counts.flowsFolded += table.flowsFolded;
    return this.#options.windowClosed({ startUs, endUs, table });
  }
}

export function newMeterCounts(): MeterCounts {
  return {
    framesReceived: 0,
    packetsAggregated: 0,
    byOutcome: new Float64Array(outcomes.length),
    packetsFolded: 0,
    flowsFolded: 0,
  };
}
