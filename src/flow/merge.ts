/**
 * Merges the windows of several captures that are metered apart: a window closes when every capture has got past
 * it, and its flows are added up in the order of the captures. The result is that of one capture with all their frames.
 */
import type { FlowTable, FlowTableCopy } from './flow-table.js';
import type { ClosedWindow } from './meter.js';
import type { WindowBounds } from './window.js';

/** A window of one capture, as it comes from another thread. */
export interface LaneWindow extends WindowBounds {
  readonly flows: FlowTableCopy;
}

export interface MergeOptions {
  /** How many captures there are. */
  readonly lanes: number;
  readonly emptyTable: () => FlowTable;
  readonly windowClosed: (window: ClosedWindow) => Promise<void> | undefined;
}

interface Lane {
  window: LaneWindow | undefined;
  ended: boolean;
  /** Lets the lane go on to its next window. */
  release: () => void;
}

export class WindowMerge {
  /** Of merged windows: a window's captures may each fit their tables, and not the one that they are merged into. */
  packetsFolded = 0;
  flowsFolded = 0;
  readonly #options: MergeOptions;
  readonly #lanes: Lane[];

  constructor(options: MergeOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.lanes }, () => ({
      window: undefined,
      ended: false,
      release: () => {},
    }));
  }

  /** Packets in windows that wait to be merged. */
  get packetsWaiting(): number {
    return this.#lanes.reduce((sum, { window }) => sum + (window?.flows.packets ?? 0), 0);
  }

  /** Takes a lane's next window, later than its last; resolves when it has been merged. */
  offer(lane: number, window: LaneWindow): Promise<void> {
    return new Promise((resolve) => {
      Object.assign(this.#lanes[lane]!, { window, release: resolve });
      this.#mergeWhenComplete();
    });
  }

  /** The lane has no more windows. */
  end(lane: number): void {
    this.#lanes[lane]!.ended = true;
    this.#mergeWhenComplete();
  }

  /** As long as every lane that goes on has a window waiting, none earlier than the earliest of them can come. */
  async #mergeWhenComplete(): Promise<void> {
    if (!this.#lanes.every((lane) => lane.ended || lane.window !== undefined)) return;
    const waiting = this.#lanes.filter((lane) => lane.window !== undefined);
    if (waiting.length === 0) return;
    const startUs = Math.min(...waiting.map((lane) => lane.window!.startUs));
    const merged = waiting.filter((lane) => lane.window!.startUs === startUs);
    const table = this.#options.emptyTable();
    let endUs = Number.NEGATIVE_INFINITY;
    for (const lane of merged) {
      table.merge(lane.window!.flows);
      endUs = Math.max(endUs, lane.window!.endUs);
      lane.window = undefined;
    }
    table.apply();
    this.packetsFolded += table.packetsFolded;
    this.flowsFolded += table.flowsFolded;
    await this.#options.windowClosed({ startUs, endUs, table });
    for (const lane of merged) lane.release();
  }
}
