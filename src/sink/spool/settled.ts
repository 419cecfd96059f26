/**
 * Which records of a spool are settled: sent, or given up. All before a point, and some after it: answers come in any order,
 * and a reader may take some records of a request and not others.
 */
import { type Amount, between, later, type Point } from './point.js';

export interface Piece {
  /** Ordinals. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly packets: number;
  /** What it is of: pieces of one run are joined, and pieces of what is gone, so that one always lies in one of them. */
  readonly home: number;
}

/** The home of records that are on no disk any more. */
const gone = -1;
/** The home of what an earlier process noted: it joins nothing. */
export const unknownHome = Number.NaN;

export class Settled {
  #before: Point;
  /** In order, apart from each other. */
  readonly #pieces: Piece[];

  constructor(before: Point, pieces: readonly Piece[] = []) {
    this.#before = before;
    this.#pieces = [...pieces];
    this.#advance();
  }

  /** Everything before it is settled. */
  get before(): Point {
    return this.#before;
  }

  /** What is settled after it. */
  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** After everything that is settled. */
  get end(): number {
    return this.#pieces.at(-1)?.to ?? this.#before.ordinal;
  }

  /** Records of a run, which are not settled yet. */
  add(piece: Piece): void {
    let at = this.#pieces.length;
    while (at > 0 && this.#pieces[at - 1]!.from >= piece.to) at--;
    this.#pieces.splice(at, 0, piece);
    this.#join(at + 1);
    this.#join(at);
    this.#advance();
  }

  /** All between two points, however much of it is settled, will not be sent from the disk. */
  cover(from: Point, to: Point): void {
    const start = later(from, this.#before);
    if (to.ordinal <= start.ordinal) return;
    const inside = this.#pieces.filter((piece) => piece.to > start.ordinal && piece.from < to.ordinal);
    const first = this.#pieces.findIndex((piece) => piece.to > start.ordinal);
    const all = this.left(start, to).packets + inside.reduce((sum, { packets }) => sum + packets, 0);
    if (inside.length > 0) this.#pieces.splice(first, inside.length);
    this.add({
      from: Math.min(start.ordinal, inside[0]?.from ?? start.ordinal),
      to: Math.max(to.ordinal, inside.at(-1)?.to ?? to.ordinal),
      packets: all,
      home: gone,
    });
  }

  /** What is not settled between two points. */
  left(from: Point, to: Point): Amount {
    const start = later(from, this.#before);
    let { records, packets } = between(start, to);
    for (const piece of this.#pieces) {
      const overlap = Math.min(piece.to, to.ordinal) - Math.max(piece.from, start.ordinal);
      if (overlap <= 0) continue;
      records -= overlap;
      packets -= Math.round((piece.packets * overlap) / (piece.to - piece.from));
    }
    return { records, packets: Math.max(0, packets) };
  }

  /** The parts that are not settled, from one ordinal up to another. */
  gaps(from: number, to: number): { readonly from: number; readonly to: number }[] {
    const found: { from: number; to: number }[] = [];
    let at = Math.max(from, this.#before.ordinal);
    for (const piece of this.#pieces) {
      if (piece.from >= to) break;
      if (piece.from > at) found.push({ from: at, to: piece.from });
      at = Math.max(at, piece.to);
    }
    if (at < to) found.push({ from: at, to });
    return found;
  }

  #join(at: number): void {
    const one = this.#pieces[at - 1];
    const other = this.#pieces[at];
    if (one === undefined || other === undefined) return;
    if (one.to !== other.from || one.home !== other.home) return;
    const joined = { ...one, to: other.to, packets: one.packets + other.packets };
    this.#pieces.splice(at - 1, 2, joined);
  }

  #advance(): void {
    let passed = 0;
    for (const { from, to, packets } of this.#pieces) {
      if (from !== this.#before.ordinal) break;
      this.#before = { ordinal: to, packets: this.#before.packets + packets };
      passed++;
    }
    if (passed > 0) this.#pieces.splice(0, passed);
  }
}
