/**
 * The windows that are open. Each meter has one at a time, and meters whose windows end at the same time fill one table. On
 * several interfaces one meter comes to a window's end before the other, whose packets are still on their way; so
 * a window closes when the last of them has left it, and windows close in the order in which they opened.
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

interface OpenWindow extends WindowBounds {
  readonly table: FlowTable;
  meters: number;
}

export class OpenWindows {
  readonly counts = newMeterCounts();
  readonly #options: OpenWindowsOptions;
  /** In the order in which they opened. */
  readonly #open: OpenWindow[] = [];
  /** The table of a window that had nothing to send. */
  #spare: FlowTable | undefined;

  constructor(options: OpenWindowsOptions) {
    this.#options = options;
  }

  /** Packets in the windows that are open. */
  get packetsOpen(): number {
    return this.#open.reduce((sum, { table }) => sum + table.packetsFrom(0), 0);
  }

  /** A meter enters the window that ends at `endUs`; returns its table. */
  enter({ startUs, endUs }: WindowBounds): FlowTable {
    let window = this.#open.find((open) => open.endUs === endUs);
    if (window === undefined) {
      window = { startUs, endUs, table: this.#spare ?? this.#options.emptyTable(), meters: 0 };
      this.#spare = undefined;
      this.#open.push(window);
    }
    window.meters++;
    return window.table;
  }

  /** A meter leaves its window, which ends at `endUs` now if nobody else is in it or in one that opened before it. */
  leave(table: FlowTable, endUs: number): Promise<void> | undefined {
    this.#open.find((open) => open.table === table)!.meters--;
    let held: Promise<void> | undefined;
    while (this.#open[0]?.meters === 0) held = this.#close(this.#open.shift()!, endUs);
    return held;
  }

  #close({ startUs, table }: OpenWindow, endUs: number): Promise<void> | undefined {
    table.apply();
    if (table.size === 0) {
      this.#spare = table;
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
