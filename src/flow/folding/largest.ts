/**
 * Which of many numbers are the N largest, in memory for N of them: all are shown to it first, then each is asked about again,
 * in the same order. Of equal ones those that come first are.
 */
export class Largest {
  readonly #most: number;
  /** A binary heap with the least on top. */
  readonly #heap: number[] = [];
  /** How many that equal the least may still be taken; undefined before the first question. */
  #equalsLeft: number | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  show(value: number): void {
    if (this.#heap.length < this.#most) this.#rise(value);
    else if (this.#most > 0 && value > this.#heap[0]!) this.#sink(value);
  }

  takes(value: number): boolean {
    const heap = this.#heap;
    if (heap.length < this.#most) return true;
    const least = heap[0];
    if (least === undefined || value < least) return false;
    if (value > least) return true;
    this.#equalsLeft ??= heap.reduce((equals, kept) => (kept === least ? equals + 1 : equals), 0);
    return this.#equalsLeft > 0 && this.#equalsLeft-- > 0;
  }

  /** Begins to be asked anew, about the same numbers. */
  restart(): void {
    this.#equalsLeft = undefined;
  }

  /** Adds it at the bottom. */
  #rise(value: number): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (value >= heap[parent]!) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = value;
  }

  /** Puts it in the place of the least. */
  #sink(value: number): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
}
