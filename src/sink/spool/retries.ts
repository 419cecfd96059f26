/** When to try again after a failure: after a second at first, and after half a minute in the end. */

const firstMs = 1_000;
const longestMs = 30_000;

export class Retries {
  readonly #due: () => void;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #isPausing = false;

  /** `due` is called when it may be tried again. */
  constructor(due: () => void) {
    this.#due = due;
  }

  /** It failed when it was last tried. */
  get hasFailed(): boolean {
    return this.#pauseMs > 0;
  }

  get isPausing(): boolean {
    return this.#isPausing;
  }

  failed(): void {
    this.#pauseMs = Math.min(longestMs, Math.max(firstMs, 2 * this.#pauseMs));
    this.#isPausing = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.tryNow(), this.#pauseMs).unref();
  }

  /** The pause is over. */
  tryNow(): void {
    clearTimeout(this.#timer);
    this.#isPausing = false;
    this.#due();
  }

  succeeded(): void {
    clearTimeout(this.#timer);
    this.#isPausing = false;
    this.#pauseMs = 0;
  }
}
