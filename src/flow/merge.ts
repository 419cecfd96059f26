/**
 * Merges the windows of several captures that are metered apart: the earliest window comes next, and its flows are added
 * up in the order of the captures. The result is that of one capture with all their frames.
 *
 * A capture says when its next window starts and then waits for its turn. Turns are given in the order in which windows
 * are merged, and no more at a time than there are threads: so rows wait for few captures, however many there are.
 */
import type { FlowTable, FlowTableCopy } from './flow-table.js';
import type { ClosedWindow } from './open-windows.js';
import type { WindowBounds } from './window.js';

/** A window of one capture, as it comes from another thread. */
export interface LaneWindow extends WindowBounds {
  readonly flows: FlowTableCopy;
}

export interface MergeLane {
  /** Captures of one thread have their turns one after the other. */
  readonly thread: number;
  /** A pipe's writer may be one that nobody can hold back: its turn comes with the window, whatever others do. */
  readonly isPipe: boolean;
}

export interface MergeOptions {
  /** The captures, in their order. */
  readonly lanes: readonly MergeLane[];
  readonly threads: number;
  readonly emptyTable: () => FlowTable;
  readonly windowClosed: (window: ClosedWindow) => Promise<void> | undefined;
  /** Gives a lane its turn: it is to read the window that it announced, and to announce the next one or its end. */
  readonly goOn: (lane: number) => void;
}

interface Lane extends MergeLane {
  readonly number: number;
  state: 'reads' | 'waits' | 'ended';
  /** Where it waits: the start of its next window. */
  startUs: number;
  /** What it read in its turn, until that is merged; undefined where no packets were in it. */
  window: LaneWindow | undefined;
}

/** A window that is being read and merged. */
interface Round {
  readonly startUs: number;
  endUs: number;
  /** The lanes that have this window and are not merged yet. */
  readonly lanes: Lane[];
  /** Those of them that had or have their turn. */
  readonly begun: Set<Lane>;
  /** Undefined as long as no packets came. */
  table: FlowTable | undefined;
  /** In `table`. */
  packets: number;
}

export class WindowMerge {
  /** Of merged windows: a window's captures may each fit their tables, and not the one that they are merged into. */
  packetsFolded = 0;
  /** Resolves when every lane has ended and its windows are merged and taken. */
  readonly ended: Promise<void>;
  #setEnded: () => void = () => undefined;
  readonly #options: MergeOptions;
  readonly #lanes: readonly Lane[];
  #round: Round | undefined;

  /** Each lane is expected to announce its first window, or its end, unasked. */
  constructor(options: MergeOptions) {
    this.#options = options;
    this.#lanes = options.lanes.map((lane, number) => ({
      ...lane,
      number,
      state: 'reads',
      startUs: Number.NaN,
      window: undefined,
    }));
    this.ended = new Promise((resolve) => {
      this.#setEnded = resolve;
    });
  }

  /** Packets in windows that have been read and not been handed on. */
  get packetsWaiting(): number {
    const waiting = this.#lanes.reduce((sum, { window }) => sum + (window?.flows.packets ?? 0), 0);
    return waiting + (this.#round?.packets ?? 0);
  }

  /** Takes what a lane read in its turn. */
  offer(lane: number, window: LaneWindow): void {
    this.#lanes[lane]!.window = window;
  }

  /** The lane's turn is over. Its next window, later than its last, starts at `startUs`. */
  announce(lane: number, startUs: number): void {
    Object.assign(this.#lanes[lane]!, { state: 'waits', startUs });
    this.#goOn();
  }

  /** The lane's turn is over, and it has no more windows. */
  end(lane: number): void {
    this.#lanes[lane]!.state = 'ended';
    this.#goOn();
  }

  #goOn(): void {
    this.#round ??= this.#nextRound();
    const round = this.#round;
    if (round === undefined) {
      if (this.#lanes.every(({ state }) => state === 'ended')) this.#setEnded();
      return;
    }
    while (round.lanes[0] !== undefined && isFinished(round, round.lanes[0])) {
      mergeLane(round, round.lanes.shift()!, this.#options.emptyTable);
    }
    if (round.lanes.length === 0) void this.#close(round);
    else this.#giveTurns(round);
  }

  /** The earliest window of all, known when every lane that goes on has announced one. */
  #nextRound(): Round | undefined {
    if (this.#lanes.some(({ state }) => state === 'reads')) return undefined;
    const waiting = this.#lanes.filter(({ state }) => state === 'waits');
    if (waiting.length === 0) return undefined;
    const startUs = waiting.reduce((earliest, lane) => Math.min(earliest, lane.startUs), Infinity);
    const lanes = waiting.filter((lane) => lane.startUs === startUs);
    return { startUs, endUs: -Infinity, lanes, begun: new Set(), table: undefined, packets: 0 };
  }

  #giveTurns({ lanes, begun }: Round): void {
    const isBusy = (thread: number) =>
      lanes.some(
        (lane) => lane.thread === thread && !lane.isPipe && begun.has(lane) && lane.state === 'reads',
      );
    for (const [position, lane] of lanes.entries()) {
      if (begun.has(lane)) continue;
      if (!lane.isPipe && (position >= this.#options.threads || isBusy(lane.thread))) continue;
      begun.add(lane);
      lane.state = 'reads';
      this.#options.goOn(lane.number);
    }
  }

  async #close(round: Round): Promise<void> {
    const { startUs, endUs, table } = round;
    if (table !== undefined) {
      table.apply();
      this.packetsFolded += table.packetsFolded;
      const closed = this.#options.windowClosed({ startUs, endUs, table });
      round.packets = 0;
      await closed;
    }
    this.#round = undefined;
    this.#goOn();
  }
}

function isFinished({ begun }: Round, lane: Lane): boolean {
  return begun.has(lane) && lane.state !== 'reads';
}

function mergeLane(round: Round, lane: Lane, emptyTable: () => FlowTable): void {
  const { window } = lane;
  lane.window = undefined;
  if (window === undefined) return;
  round.table ??= emptyTable();
  round.table.merge(window.flows);
  round.packets += window.flows.packets;
  round.endUs = Math.max(round.endUs, window.endUs);
}
