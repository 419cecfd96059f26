/** The flows with the most bytes of a window, in memory for that many only: a binary heap with the least on top. */

export interface Ranked {
  readonly payloadBytes: number;
  readonly count: number;
}

export class TopFlows<Flow extends Ranked> {
  readonly #heap: Flow[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether a flow of this rank would be kept. */
  wants(payloadBytes: number, count: number): boolean {
    if (this.#heap.length < this.#capacity) return true;
    const least = this.#heap[0];
    return least !== undefined && isBelow(least, payloadBytes, count);
  }

  /** Keeps a flow that `wants` has accepted, in place of the least where there are enough. */
  add(flow: Flow): void {
    if (this.#heap.length < this.#capacity) this.#rise(flow);
    else this.#sink(flow);
  }

  /** The most bytes first; of equals the most packets. */
  sorted(): Flow[] {
    return this.#heap.toSorted((a, b) => b.payloadBytes - a.payloadBytes || b.count - a.count);
  }

  #rise(flow: Flow): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isLess(flow, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = flow;
  }

  #sink(flow: Flow): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isLess(heap[child + 1]!, heap[child]!)) child++;
      if (!isLess(heap[child]!, flow)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = flow;
  }
}

function isLess(a: Ranked, b: Ranked): boolean {
  return isBelow(a, b.payloadBytes, b.count);
}

function isBelow(a: Ranked, payloadBytes: number, count: number): boolean {
  return a.payloadBytes < payloadBytes || (a.payloadBytes === payloadBytes && a.count < count);
}
