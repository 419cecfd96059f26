/** Who is told of flows soon after they began, and not only when their window has closed. */
import { MOST_INTERFACE_INDEX } from '../packet/numbers.js';
import { Packet } from '../packet/packet.js';
import type { FlowTable } from './table/flow-table.js';

export interface NewFlows {
  /**
   * A flow that has a row since the last time: once in each window, and once more where it goes on in a second row. `key` is
   * read during the call only. `interfaceIndex` is that of the first packet's interface, 0 where it is not known.
   */
  flow(key: Packet, interfaceIndex: number): void;
  /** No more come now. */
  told(): void;
  /** A window has closed, and this many of its flows were never told of, because too many came. */
  missed(flows: number): void;
}

/** So many are told of at a time; others come the next time. */
export const mostNewFlows = 4_096;
/**
 * And so many in a millisecond, on the average. Whoever asks the kernel about each (1.3 µs) takes a twentieth of a core at the
 * most: a flood of new flows is not to take the time that its frames need.
 */
const newFlowsPerMs = 40;

/** Tells of what is new in the tables of open windows. */
export class NewFlowTeller {
  readonly #to: NewFlows;
  /** A steady clock. */
  readonly #nowMs: () => number;
  readonly #key = new Packet();
  /** How many may be told of, as of `#atMs`. */
  #room = mostNewFlows;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(to: NewFlows, nowMs: () => number) {
    this.#to = to;
    this.#nowMs = nowMs;
  }

  /** Tells of what is new in `tables`, as far as there is room; true where some of it has to wait. */
  tell(tables: readonly FlowTable[]): boolean {
    this.#makeRoom();
    let told = 0;
    let isWaiting = false;
    for (const table of tables) {
      table.apply();
      told += table.tellNew(Math.floor(this.#room) - told, this.#key, this.#tellFlow);
      isWaiting ||= table.flowsUntold > 0;
    }
    this.#room -= told;
    if (told > 0) this.#to.told();
    return isWaiting;
  }

  /** The same for the table of a window that closes: what has to wait is missed. */
  close(table: FlowTable): void {
    if (this.tell([table])) this.#to.missed(table.flowsUntold);
  }

  #makeRoom(): void {
    const nowMs = this.#nowMs();
    const gained = (nowMs - this.#atMs) * newFlowsPerMs;
    this.#room = Math.min(mostNewFlows, this.#room + gained);
    this.#atMs = nowMs;
  }

  readonly #tellFlow = (key: Packet, interfaceNumber: number): void => {
    const isIndex = interfaceNumber > 0 && interfaceNumber <= MOST_INTERFACE_INDEX;
    this.#to.flow(key, isIndex ? interfaceNumber : 0);
  };
}
