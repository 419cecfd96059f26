/** Notices that the event loop does not turn, from inside code that keeps it from turning. */

/** A timer of so many milliseconds is set while somebody looks; when it has fired, the loop has turned. */
const turnMs = 5;

export class LoopWatch {
  #timer: NodeJS.Timeout | undefined;
  #sinceMs = 0;

  /** For how many milliseconds the loop has not turned, at least. Costs a timer per turn of those that are asked in. */
  standsMs(nowMs: number): number {
    if (this.#timer === undefined) {
      this.#sinceMs = nowMs;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
      }, turnMs);
    }
    return nowMs - this.#sinceMs;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
