/** Ids of unknown groups: those that are still to be searched for, and those that no search has found. */

/** Of each kind. When there are more that were not found, the earliest is dropped; it may be searched for again. */
const mostIds = 16_384;

export class UnknownIds {
  #waiting = new Set<number>();
  #searched = new Set<number>();
  readonly #missing = new Set<number>();

  /** How many were not found. */
  get size(): number {
    return this.#missing.size;
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  add(id: number): void {
    if (this.#missing.has(id) || this.#searched.has(id) || this.#waiting.size >= mostIds) return;
    this.#waiting.add(id);
  }

  searchBegins(): void {
    this.#searched = this.#waiting;
    this.#waiting = new Set();
  }

  /** An id that is not found will never be: its group is gone, or cannot be seen from here, and ids are not given twice. */
  searchEnds(isKnown: (id: number) => boolean): void {
    for (const id of this.#searched) {
      if (isKnown(id)) continue;
      if (this.#missing.size >= mostIds) this.#missing.delete(this.#missing.values().next().value!);
      this.#missing.add(id);
    }
    this.#searched = new Set();
  }
}
