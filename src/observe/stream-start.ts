/**
 * The first bytes of a TCP stream, put together from segments in whatever order they come (RFC 9293, 3.4). What came first
 * stands: a retransmission, and a segment that overlaps others, adds only what is new. Behind the bytes that are there from
 * the start on, one run may wait for what is missing before it.
 */
export class StreamStart {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** There is everything up to here. */
  filled = 0;
  /** The run that waits; both 0 where none does. */
  #runStart = 0;
  #runEnd = 0;

  constructor(mostBytes: number) {
    this.bytes = new Uint8Array(mostBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  clear(): void {
    this.filled = 0;
    this.#runStart = 0;
    this.#runEnd = 0;
  }

  /** Takes the bytes of `view` from `start` to `end`, which stand at `at` in the stream. What is beyond the room is left out. */
  put(view: DataView, start: number, end: number, at: number): void {
    const last = Math.min(at + (end - start), this.bytes.length);
    if (at <= this.filled) {
      const upTo = this.#hasRun ? Math.min(last, this.#runStart) : last;
      this.#copy(view, start - at, this.filled, upTo);
      this.filled = Math.max(this.filled, upTo);
      if (!this.#hasRun || this.filled < this.#runStart) return;
      this.#copy(view, start - at, this.#runEnd, last);
      this.filled = Math.max(this.#runEnd, last);
      this.#runStart = 0;
      this.#runEnd = 0;
    } else this.#putBehindGap(view, start - at, at, last);
  }

  get #hasRun(): boolean {
    return this.#runEnd > 0;
  }

  /** Of a second run, which does not touch the first, nothing is kept. */
  #putBehindGap(view: DataView, zeroAt: number, at: number, last: number): void {
    if (!this.#hasRun) {
      this.#copy(view, zeroAt, at, last);
      this.#runStart = at;
      this.#runEnd = last;
    } else if (at <= this.#runEnd && last >= this.#runStart) {
      this.#copy(view, zeroAt, at, this.#runStart);
      this.#copy(view, zeroAt, this.#runEnd, last);
      this.#runStart = Math.min(this.#runStart, at);
      this.#runEnd = Math.max(this.#runEnd, last);
    }
  }

  /** Copies the stream's bytes from `from` to `to`, where there are any; byte 0 of the stream would be at `zeroAt` in `view`. */
  #copy(view: DataView, zeroAt: number, from: number, to: number): void {
    if (from >= to) return;
    this.bytes.set(new Uint8Array(view.buffer, view.byteOffset + zeroAt + from, to - from), from);
  }
}
