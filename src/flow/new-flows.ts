/** Tells of flows soon after they began, and not only when their window has closed. */
import { MOST_INTERFACE_INDEX } from '../packet/numbers.js';
import { Packet } from '../packet/packet.js';
import type { FlowTable, TellFlow } from './table/flow-table.js';
import type { FigureName } from './tally.js';
import type { WindowBounds } from './window.js';

/** What is told of a flow beside its key. */
export const newFlowFigures = ['interface', 'tcpFlags', 'ttl'] as const satisfies readonly FigureName[];

export interface NewFlows {
  /**
   * A flow that got a row since the last time. It comes once in each window, and once more where it goes on in a second row. `key` is
   * valid during the call only. `interfaceIndex` is that of the first packet's interface, 0 where it is not known; `tcpFlags` are those
   * of its packets so far, as a Tally has them, and `ttl` is their time to live, 0 where they differ; each is -1 where nobody counts
   * it. Its window begins at `startUs`.
   */
  flow(key: Packet, interfaceIndex: number, tcpFlags: number, ttl: number, startUs: number): void;
  /** All new flows were told, as far as there was room. */
  told(): void;
  /** A window has closed, and this many of its flows were never told of, because too many came. */
  missed(flows: number): void;
}

/** How many flows are told at a time; the others come the next time. */
export const mostNewFlows = 4_096;
/**
 * How many are told in a millisecond, on average. The kernel is asked about each, and even in a flood of new flows that must take no more
 * than a small part of a core, for the frames need the rest.
 */
const newFlowsPerMs = 40;

/** The part of a window that is told of. */
type ToldWindow = Pick<WindowBounds, 'startUs'> & { readonly table: FlowTable };

/** Tells of new rows in the tables of open windows. */
export class NewFlowTeller {
  readonly #to: NewFlows;
  /** A steady clock. */
  readonly #nowMs: () => number;
  readonly #key = new Packet();
  /** How many more may be told, as of `#atMs`. */
  #room = mostNewFlows;
  #atMs = Number.NEGATIVE_INFINITY;
  /** The start of the window that is being told. */
  #startUs = 0;

  constructor(to: NewFlows, nowMs: () => number) {
    this.#to = to;
    this.#nowMs = nowMs;
  }

  /** Tells of the new rows in `windows`, as far as there is room; true where some have to wait. */
  tell(windows: readonly ToldWindow[]): boolean {
    this.#makeRoom();
    let told = 0;
    let isWaiting = false;
    for (const { table, startUs } of windows) {
      table.apply();
      this.#startUs = startUs;
      told += table.tellNew(Math.floor(this.#room) - told, this.#key, this.#tellFlow);
      isWaiting ||= table.flowsUntold > 0;
    }
    this.#room -= told;
    if (told > 0) this.#to.told();
    return isWaiting;
  }

  /** The same for a window that closes: rows that would have to wait are missed. */
  close(window: ToldWindow): void {
    if (this.tell([window])) this.#to.missed(window.table.flowsUntold);
  }

  #makeRoom(): void {
    const nowMs = this.#nowMs();
    const gained = (nowMs - this.#atMs) * newFlowsPerMs;
    this.#room = Math.min(mostNewFlows, this.#room + gained);
    this.#atMs = nowMs;
  }

  readonly #tellFlow: TellFlow = (key, interfaceNumber, tcpFlags, ttl) => {
    const isIndex = interfaceNumber > 0 && interfaceNumber <= MOST_INTERFACE_INDEX;
    this.#to.flow(key, isIndex ? interfaceNumber : 0, tcpFlags, ttl, this.#startUs);
  };
}
