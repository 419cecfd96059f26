/** Ids of groups that nobody knows: those that are to be searched for, and those that a search has not found. */

/** Of each kind. Of those that were not found the earliest gives way; it would be searched for once more. */
const mostIds = 16_384;

export class UnknownIds {
  #waiting = new Set<number>();
  #searched = new Set<number>();
  readonly #missing = new Set<number>();

  /** Those that were not found. */
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

  /** Those that no search finds are of groups that are gone, or not to be seen from here: ids are not given twice. */
  searchEnds(isKnown: (id: number) => boolean): void {
    for (const id of this.#searched) {
      if (isKnown(id)) continue;
      if (this.#missing.size >= mostIds) this.#missing.delete(this.#missing.values().next().value!);
      this.#missing.add(id);
    }
    this.#searched = new Set();
  }
}
