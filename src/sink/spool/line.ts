/** The records that are next, in memory: what of them waits or is under way, and where each lies on disk, if it does. */
import type { EncodedRecords } from '../../record/encoded-records.js';
import { memoryOf, Outbox } from '../outbox.js';
import { packetsAt, packetsOf, type RecordRun } from '../record-run.js';
import type { Place } from './place.js';
import { type Amount, add } from './point.js';
import type { Segment } from './segment.js';
import type { Piece } from './settled.js';

interface Held {
  readonly place: Place | undefined;
  /** Of each record, where they do not follow one another. */
  readonly ordinals: readonly number[] | undefined;
  readonly bytes: number;
  /** Records that are not settled. */
  records: number;
  packets: number;
}

/** Called with records of a place that are settled. */
export type SettlePiece = (segment: Segment, piece: Piece) => void;

export class Line {
  /** It keeps an order only; its owner counts. */
  readonly #outbox = new Outbox(Number.POSITIVE_INFINITY);
  readonly #held = new Map<EncodedRecords, Held>();
  readonly #settlePiece: SettlePiece;
  #bytes = 0;

  constructor(settlePiece: SettlePiece) {
    this.#settlePiece = settlePiece;
  }

  /** Memory of what is here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records whose bytes no longer change. */
  put(encoded: EncodedRecords, place: Place | undefined): void {
    this.#hold(encoded, place, undefined);
    this.#outbox.push(encoded);
  }

  take(mostBytes: number, mostRecords: number): RecordRun | undefined {
    return this.#outbox.take(mostBytes, mostRecords);
  }

  giveBack(run: RecordRun): void {
    this.#outbox.giveBack(run);
  }

  /** A run is sent, or never will be. */
  settle(run: RecordRun): void {
    this.#outbox.sent(run);
    this.#settled(run, new Set());
  }

  /** Those at these positions of a run wait again; all others are settled. */
  settleBut(run: RecordRun, again: readonly number[]): void {
    const held = this.#held.get(run.encoded)!;
    const copy = this.#outbox.settleEach(run, again, []);
    if (copy !== undefined) {
      const ordinals = held.place && again.map((position) => ordinalOf(held, run.first + position));
      this.#hold(copy, held.place, ordinals);
    }
    this.#settled(run, new Set(again));
  }

  /** What waits here and is on no disk will not be sent: it is settled, so that nobody looks for it again. Returns how much. */
  giveUpMemory(): Amount {
    const given = { records: 0, packets: 0 };
    for (let run = this.#takeAll(); run !== undefined; run = this.#takeAll()) {
      const { place } = this.#held.get(run.encoded)!;
      if (place !== undefined && !place.segment.isGone) continue;
      add(given, run.records, run.packets);
      this.settle(run);
    }
    return given;
  }

  #takeAll(): RecordRun | undefined {
    return this.#outbox.take(Number.POSITIVE_INFINITY);
  }

  #hold(encoded: EncodedRecords, place: Place | undefined, ordinals: readonly number[] | undefined): void {
    const { records } = encoded;
    const bytes = memoryOf(records, encoded.bytes.length);
    const packets = packetsOf(encoded, 0, records);
    this.#held.set(encoded, { place, ordinals, bytes, records, packets });
    this.#bytes += bytes;
  }

  #settled(run: RecordRun, again: ReadonlySet<number>): void {
    const held = this.#held.get(run.encoded)!;
    held.records -= run.records;
    held.packets -= run.packets;
    if (held.records === 0) {
      this.#held.delete(run.encoded);
      this.#bytes -= held.bytes;
    }
    if (held.place === undefined) return;
    const { segment, home } = held.place;
    for (const { from, to, packets } of piecesOf(run, held, again))
      this.#settlePiece(segment, { from, to, packets, home });
  }
}

const ordinalOf = ({ place, ordinals }: Held, index: number): number =>
  ordinals?.[index] ?? place!.first + index;

function piecesOf(
  run: RecordRun,
  held: Held,
  again: ReadonlySet<number>,
): { from: number; to: number; packets: number }[] {
  if (held.ordinals === undefined && again.size === 0) {
    const from = ordinalOf(held, run.first);
    return [{ from, to: from + run.records, packets: run.packets }];
  }
  const pieces: { from: number; to: number; packets: number }[] = [];
  for (let position = 0; position < run.records; position++) {
    if (again.has(position)) continue;
    const ordinal = ordinalOf(held, run.first + position);
    const packets = packetsAt(run, position);
    const last = pieces.at(-1);
    if (last?.to === ordinal) {
      last.to++;
      last.packets += packets;
    } else {
      pieces.push({ from: ordinal, to: ordinal + 1, packets });
    }
  }
  return pieces;
}
