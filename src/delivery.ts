/**
 * The exporting process (RFC 7011's word): takes the tables of closed windows and turns them into records at the
 * sinks' pace, in slices that leave the event loop free for the capture.
 *
 * Tables are used in turn, so memory is bounded: while one fills, others drain. Where a sink takes nothing for long (a collector
 * that is away), the records go to its bounded queue all the same, which drops its oldest and counts them.
 */
import { FlowTable } from './flow/flow-table.js';
import type { HashSeed } from './flow/hash.js';
import type { ClosedWindow } from './flow/meter.js';
import { createDrain, type Drain } from './record/drain.js';
import type { FlowRecord, RecordFormat } from './record/record.js';
import type { Sink } from './sink/sink.js';

export interface DeliveryOptions {
  readonly sinks: readonly Sink[];
  readonly format: RecordFormat;
  /** Fills in a record's names and labels. */
  readonly enrich: (record: FlowRecord) => void;
  readonly maxFlows: number;
  readonly seed: HashSeed;
  /** A steady clock in milliseconds. */
  readonly nowMs: () => number;
  /** How long a live window's records wait for sinks to be ready before they are queued all the same. */
  readonly patienceMs: number;
}

/** One turn of draining takes at most so long, so that frames, answers and signals are served in between. */
const turnMs = 4;

/** Tables in use at a time: one that fills, two that drain. */
const maximumTables = 3;

interface Draining {
  readonly window: ClosedWindow;
  readonly drain: Drain;
  readonly impatientAtMs: number;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #empty: FlowTable[] = [];
  readonly #draining: Draining[] = [];
  #tables = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Packets of closed windows that are not in records yet. */
  get packetsOpen(): number {
    return this.#draining.reduce((sum, { drain }) => sum + drain.packetsLeft(), 0);
  }

  /** True while a closed window or a sink's queue has something to send. */
  get busy(): boolean {
    return this.#draining.length > 0 || this.#options.sinks.some((sink) => sink.waiting.records > 0);
  }

  /** An empty table for the next window. With every table in use, the oldest window is encoded at once. */
  emptyTable(): FlowTable {
    while (this.#empty.length === 0 && this.#tables >= maximumTables && this.#draining.length > 0)
      this.#step();
    const table = this.#empty.pop();
    if (table !== undefined) return table;
    this.#tables++;
    return new FlowTable(this.#options.maxFlows, this.#options.seed);
  }

  /** Takes over a live window; `tick` sends it. */
  accept(window: ClosedWindow): void {
    const { enrich, format, nowMs, patienceMs } = this.#options;
    const drain = createDrain(window, enrich, format);
    this.#draining.push({ window, drain, impatientAtMs: nowMs() + patienceMs });
  }

  /** Takes over a window of a capture. A promise means: wait for it, the sinks are behind. */
  acceptAndDrain(window: ClosedWindow): Promise<void> | undefined {
    this.accept(window);
    return this.#turn(Number.POSITIVE_INFINITY) ? undefined : this.drained();
  }

  /** Resolves when every closed window has been handed to the sinks, at their pace. */
  async drained(): Promise<void> {
    while (!this.#turn(Number.POSITIVE_INFINITY)) {
      const slow = this.#options.sinks.filter((sink) => !sink.ready);
      if (slow.length > 0) await Promise.all(slow.map((sink) => sink.drained()));
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** One turn of work for live windows: encodes what the sinks are ready for, and lets them send. */
  tick(nowMs: number): void {
    this.#turn(nowMs);
    for (const sink of this.#options.sinks) sink.tick(nowMs);
  }

  /** Encodes for a few milliseconds, or until a sink is not ready; true when nothing is left to encode. */
  #turn(startMs: number): boolean {
    const { nowMs, sinks } = this.#options;
    const endMs = nowMs() + turnMs;
    while (this.#draining.length > 0) {
      const patient = startMs === Number.POSITIVE_INFINITY || startMs < this.#draining[0]!.impatientAtMs;
      if (patient && !sinks.every((sink) => sink.ready)) return false;
      if (nowMs() >= endMs) return false;
      this.#step();
    }
    return true;
  }

  /** Encodes one slice of the oldest window and hands it to every sink. */
  #step(): void {
    const oldest = this.#draining[0];
    if (oldest === undefined) return;
    const batch = oldest.drain.next();
    if (batch === undefined) {
      this.#draining.shift();
      oldest.window.table.clear();
      this.#empty.push(oldest.window.table);
      return;
    }
    for (const sink of this.#options.sinks) sink.write(batch);
  }
}
