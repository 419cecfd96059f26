/** Records that are not written yet, as the runs that will lie on disk. */
import type { EncodedRecords } from '../../record/encoded-records.js';
import type { Amount } from './point.js';
import { layOut, runAmount } from './stored-run.js';

const mostRunBytes = 256 * 1024;

export class FreshRuns {
  readonly #longestBytes: number;
  #runs: Buffer[] = [];
  /** Those that are being written. */
  #taken: Buffer[] = [];
  #bytes = 0;

  /** Runs of several records have at most about half this many bytes. */
  constructor(segmentBytes: number) {
    this.#longestBytes = Math.min(mostRunBytes, segmentBytes / 2);
  }

  /** Those that are being written do not count. */
  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Memory of all. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies them. */
  add(encoded: EncodedRecords): void {
    const { records, ends } = encoded;
    for (let first = 0, next = 0; first < records; first = next) {
      const start = first === 0 ? 0 : ends[first - 1]!;
      next = first + 1;
      while (next < records && ends[next]! - start <= this.#longestBytes) next++;
      const run = layOut(encoded, first, next);
      this.#runs.push(run);
      this.#bytes += run.length;
    }
  }

  /** Takes the oldest for writing: at least one, and no more than fit into this many bytes. */
  take(mostBytes: number): readonly Buffer[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#runs.length && (count === 0 || bytes + this.#runs[count]!.length <= mostBytes))
      bytes += this.#runs[count++]!.length;
    this.#taken = this.#runs.splice(0, count);
    return this.#taken;
  }

  /** Those taken were written: they are not kept here any more. */
  written(): void {
    for (const { length } of this.#taken) this.#bytes -= length;
    this.#taken = [];
  }

  /** Those taken were not written, and wait again. */
  giveBack(): void {
    this.#runs = [...this.#taken, ...this.#runs];
    this.#taken = [];
  }

  /** Takes out the oldest one that is not being written. */
  shift(): Buffer | undefined {
    const run = this.#runs.shift();
    this.#bytes -= run?.length ?? 0;
    return run;
  }

  /** Drops the oldest, except those being written, until at most this many bytes are left. */
  drop(leftBytes: number): Amount {
    let records = 0;
    let packets = 0;
    while (this.#runs.length > 0 && this.#bytes > leftBytes) {
      const amount = runAmount(this.shift()!);
      records += amount.records;
      packets += amount.packets;
    }
    return { records, packets };
  }
}
