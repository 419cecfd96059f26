/**
 * The exporting process (RFC 7011's word): takes the tables of closed windows and turns them into records at the
 * sinks' pace, in slices that leave the event loop free for the capture.
 *
 * Tables are used in turn, so memory is bounded: while one fills (or two, where one interface is ahead of another at a
 * window's end; four at the most), others drain. Where a sink takes nothing for long (a collector that is away), the records
 * go to its bounded queue all the same, which drops its oldest and counts them; and from then on nobody waits for it, until it
 * takes records again. In a capture nobody is waited for while another sink is there that would take records: one slow output
 * holds up no other. Where all tables are in use, nobody is waited for either. What is not encoded even so when the next
 * window opens counts as unsent, 'late': a capture is never held up by records. A file waits as long as there is somebody who
 * will take them: a pipe's reader that sleeps loses nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClosedWindow } from '../flow/open-windows.js';
import { FlowTable } from '../flow/table/flow-table.js';
import type { FigureName } from '../flow/tally.js';
import { READING, ReaderWalk, rowReader } from '../flow/walk.js';
import type { HashSeed } from '../packet/hash.js';
import { createDrain, type Drain, type DrainOptions } from '../record/drain.js';
import { FlowRecord } from '../record/record.js';
import type { Sink } from '../sink/sink.js';
import type { Channel } from './channel.js';

export interface DeliveryOptions {
  readonly channels: readonly Channel[];
  /** Fills in a record's names and labels. */
  readonly enrich: DrainOptions['enrich'];
  /** What flows carry beside packets and payload bytes. */
  readonly figures: ReadonlySet<FigureName>;
  readonly maxFlows: number;
  readonly seed: HashSeed;
  /** A steady clock in milliseconds. */
  readonly nowMs: () => number;
  /** How long records wait for a sink that is not ready before they are handed over all the same. */
  readonly patienceMs: number;
  /** Whether the source can be held back, a file's: then a sink is given up only where it is `away`. */
  readonly holdsBack: boolean;
  /** From then on, on the clock of nowMs, nothing waits any more. */
  readonly hurryAtMs: () => number;
}

/**
 * No slice is begun after so much of a turn of the event loop, so that frames, answers and signals are served in between:
 * what closing a window and sending have taken of it counts.
 */
const longestTurnMs = 2;

/** How often sinks that are behind get their turn. */
const sinkTickMs = 5;

/** With this many tables in use, a new window waits until another has drained: one fills, two drain. */
const maximumTables = 3;

/** A closed window on its way out: a drain for each channel. */
interface Draining {
  readonly window: ClosedWindow;
  readonly drains: readonly Drain[];
  /** How many records of each the sinks expect. */
  readonly expected: number[];
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #sinks: readonly Sink[];
  readonly #empty: FlowTable[] = [];
  readonly #draining: Draining[] = [];
  /** Tables of closed windows whose names are asked for first. */
  readonly #asked = new Set<FlowTable>();
  /** When each sink was last seen ready. */
  readonly #readyMs: Map<Sink, number>;
  /** Those whose `drained` is waited for. */
  readonly #watched = new Set<Sink>();
  #wake: () => void = () => undefined;
  #tables = 0;
  #newest: FlowTable | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#sinks = options.channels.flatMap(({ outlets }) => outlets.flatMap(({ sinks }) => sinks));
    this.#readyMs = new Map(this.#sinks.map((sink) => [sink, options.nowMs()]));
  }

  /** Packets of closed windows of which nothing is told yet. */
  get packetsOpen(): number {
    return [...this.#asked].reduce((sum, table) => sum + table.packetsFrom(0), 0);
  }

  /** Packets of closed windows that are in no record yet which `sink` has been given. */
  packetsOpenFor(sink: Sink): number {
    return this.#options.channels.reduce((sum, { outlets }, channel) => {
      const outlet = outlets.find(({ sinks }) => sinks.includes(sink));
      if (outlet === undefined) return sum;
      const draining = this.#draining.reduce((left, { drains }) => left + drains[channel]!.packetsLeft(), 0);
      return sum + draining + outlet.consumer.packetsHeld;
    }, 0);
  }

  /** True while a closed window or a sink's queue has something to send. */
  get busy(): boolean {
    return this.#draining.length > 0 || this.#sinks.some((sink) => sink.counts.recordsWaiting > 0);
  }

  /**
   * An empty table for the next window. The capture waits for it: with every table in use, the oldest window is encoded for
   * a turn's time, and what is left of it then counts as unsent.
   */
  emptyTable(): FlowTable {
    const { nowMs } = this.#options;
    const startMs = nowMs();
    while (this.#isShort) {
      if (nowMs() - startMs < longestTurnMs) this.#step();
      else this.#giveUpOldest();
    }
    const table = this.#empty.pop();
    if (table !== undefined) return table;
    this.#tables++;
    const { maxFlows, seed, figures } = this.#options;
    this.#newest = new FlowTable(maxFlows, seed, figures, this.#newest);
    return this.#newest;
  }

  /**
   * True while a live capture has no table for another window, and will have one when a window has drained. A file waits for
   * that, as long as its sinks take.
   */
  get #isShort(): boolean {
    const hasNone = this.#empty.length === 0 && this.#tables >= maximumTables;
    return !this.#options.holdsBack && hasNone && this.#draining.length > 0;
  }

  /** Takes over a live window; `tick` sends it, over a part of the next one. */
  acceptAndSpread(window: ClosedWindow): void {
    const { drains, expected } = this.#accept(window);
    drains.forEach(({ mostRecords }, channel) => {
      expected[channel] = mostRecords;
      for (const sink of this.#sinksOf(channel)) sink.announce?.(mostRecords);
    });
  }

  #accept(window: ClosedWindow): Draining {
    this.#asked.delete(window.table);
    const { channels, enrich, nowMs } = this.#options;
    const drains = channels.map(({ walk, outlets, counts }) => {
      const consumers = outlets.map(({ consumer }) => consumer);
      return createDrain({ window, walk: walk(window), enrich, consumers, counts, nowMs });
    });
    const draining = { window, drains, expected: drains.map(() => 0) };
    this.#draining.push(draining);
    return draining;
  }

  #sinksOf(channel: number): readonly Sink[] {
    return this.#options.channels[channel]!.outlets.flatMap(({ sinks }) => sinks);
  }

  /** Has enrichers ask for everything that `window`'s records will want to know. */
  ask(window: ClosedWindow): void {
    const { table } = window;
    this.#asked.add(table);
    const record = new FlowRecord();
    const walk = new ReaderWalk(rowReader(table));
    while (walk.step(record) === READING) this.#options.enrich(record, window);
  }

  /** Takes over a window of a capture. A promise means: wait for it, there is more to do than one turn's work. */
  acceptAndDrain(window: ClosedWindow): Promise<void> | undefined {
    this.#accept(window);
    return this.#turn() ? undefined : this.drained();
  }

  /** Resolves when every closed window has been handed to the sinks, at their pace. */
  async drained(): Promise<void> {
    while (!this.#turn()) {
      this.#tickSinks();
      await this.#sinkReady();
    }
  }

  /** Resolves when nothing waits at a sink, but for those that are away. */
  async sent(): Promise<void> {
    const { nowMs, hurryAtMs } = this.#options;
    const waits = ({ counts, away }: Sink) => counts.recordsWaiting > 0 && away !== true;
    for (const sink of this.#sinks) sink.flush?.();
    // A file's last records are written in no time, and nothing else holds up the end of a short run.
    for (let pauseMs = 1; this.#sinks.some(waits) && nowMs() < hurryAtMs(); ) {
      this.#tickSinks();
      await sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, sinkTickMs);
    }
  }

  /** One turn of work, which began at `startMs`: lets sinks send, and encodes what they are ready for. */
  tick(startMs: number): void {
    this.#tickSinks();
    this.#turn(startMs);
  }

  #tickSinks(): void {
    const nowMs = this.#options.nowMs();
    for (const sink of this.#sinks) sink.tick(nowMs);
  }

  /** Resolves after the event loop has turned, when a sink is ready or the time has come to look at the clock again. */
  #sinkReady(): Promise<void> {
    const slow = this.#awaited(this.#options.nowMs());
    if (slow.length === 0) return new Promise((resolve) => setImmediate(resolve));
    for (const sink of slow) this.#watch(sink);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, sinkTickMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Wakes `#sinkReady` when the sink is ready: by one promise, however long and often it is waited for. */
  #watch(sink: Sink): void {
    if (this.#watched.has(sink)) return;
    this.#watched.add(sink);
    void sink.drained().then(() => {
      this.#watched.delete(sink);
      this.#wake();
    });
  }

  /** The sinks that are not ready and worth waiting for. */
  #awaited(nowMs: number): readonly Sink[] {
    const { patienceMs, holdsBack } = this.#options;
    for (const sink of this.#sinks) if (sink.ready) this.#readyMs.set(sink, nowMs);
    if (!holdsBack && this.#sinks.some(takesRecords)) return [];
    return this.#sinks.filter((sink) => {
      const mayBeGivenUp = !holdsBack || sink.away === true;
      return !sink.ready && !(mayBeGivenUp && nowMs - this.#readyMs.get(sink)! >= patienceMs);
    });
  }

  /**
   * Encodes for a few milliseconds, or until a sink has to be waited for; true when nothing is left to encode. Where the next
   * window would find no table, no sink is waited for.
   */
  #turn(startMs = this.#options.nowMs()): boolean {
    const { nowMs, hurryAtMs } = this.#options;
    for (let turnMs = nowMs(); ; turnMs = nowMs()) {
      const waits = !this.#isShort && this.#awaited(turnMs).length > 0 && turnMs < hurryAtMs();
      if (this.#draining.length === 0) return true;
      if (waits || turnMs - startMs >= longestTurnMs) return false;
      this.#step();
    }
  }

  /** Does one slice of the oldest window's work. */
  #step(): void {
    const oldest = this.#draining[0];
    if (oldest === undefined) return;
    const hasMore = oldest.drains.some((drain) => drain.next());
    this.#expectFewer(oldest);
    if (hasMore) return;
    this.#draining.shift();
    oldest.window.table.clear();
    this.#empty.push(oldest.window.table);
  }

  /** Tells sinks where fewer records come than they expect: only the walk over a window shows how many flows are told together. */
  #expectFewer({ drains, expected }: Draining): void {
    drains.forEach(({ mostRecords }, channel) => {
      const missing = expected[channel]! - mostRecords;
      if (missing <= 0) return;
      expected[channel] = mostRecords;
      for (const sink of this.#sinksOf(channel)) sink.announce?.(-missing);
    });
  }

  /** Counts the rest of the oldest window as unsent, so that its table is free for the next window. */
  #giveUpOldest(): void {
    const oldest = this.#draining[0]!;
    oldest.drains.forEach((drain, channel) => {
      const { records, packets } = drain.skip();
      for (const { counts } of this.#sinksOf(channel)) {
        counts.recordsUnsent.late += records;
        counts.packetsUnsent.late += packets;
      }
    });
    this.#step();
  }
}

/** Whether anybody would have to wait if records were held back. */
function takesRecords({ ready, broken, away }: Sink): boolean {
  return ready && broken !== true && away !== true;
}
