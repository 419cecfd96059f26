/** From sources to closed windows: the half of the program before delivery. */
import type { FlowTable } from './flow/flow-table.js';
import { type ClosedWindow, Meter, type MeterCounts } from './flow/meter.js';
import { longestWindowUs } from './flow/window.js';
import type { SourceLedger } from './ledger.js';
import { type FrameReceiver, type Source, SourceError } from './source/source.js';

export interface IntakeOptions {
  readonly intervalUs: number;
  /** The wall clock, microseconds since the epoch. */
  readonly nowUs: () => number;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  readonly emptyTable: () => FlowTable;
  /** A promise holds files back until it resolves; live sources are not asked to wait. */
  readonly windowClosed: (window: ClosedWindow) => Promise<void> | undefined;
  /** Does the work of the timers while a source keeps the event loop from turning. */
  readonly breathe: () => void;
  /** Called as soon as a source breaks off. */
  readonly failed: (error: SourceError) => void;
}

export interface Intake {
  readonly counts: MeterCounts;
  /** Packets in the window that is open. */
  readonly packetsOpen: number;
  readonly sources: readonly SourceLedger[];
  /** What is being read, for people: "capturing on eth0, lo". */
  readonly description: string;
  /** Runs until every source has ended, then closes the last window. */
  run(): Promise<void>;
  stop(): void;
  /** Closes the live window if its time has come; milliseconds until it is worth asking again. */
  closeDueWindow(): number;
}

/** How sources and the clock go together: frames with or without a clock of their own. */
export type IntakeClock = 'live' | 'stdin' | 'capture';

/** Two clocks that are right differ by less than this over a window; more means that the wall clock was set. */
const clockSlackMs = 50;
/** Frames that nobody had the time to take are waited for; not longer, as a clock that was set back calls all frames early. */
const longestBacklogMs = 1_000;
/** A counter of 32 bits goes round in seven minutes at ten million frames a second. */
const lookAtDropsMs = 20_000;
/** How long to sleep where no live window will end. */
const noWindowMs = 1_000;

/** All sources into one meter, in this thread. */
export class DirectIntake implements Intake {
  readonly #meter: Meter;
  readonly #sources: readonly Source[];
  readonly #clock: IntakeClock;
  readonly #options: IntakeOptions;
  #windowEndUs = Number.NaN;
  #dueMs = 0;
  /** Since when the window has been due, and frames that may belong to it are taken. */
  #drainingMs: number | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(sources: readonly Source[], clock: IntakeClock, options: IntakeOptions) {
    this.#sources = sources;
    this.#clock = clock;
    this.#options = options;
    this.#meter = new Meter({ ...options, clock: clock === 'capture' ? 'capture' : 'live' });
  }

  get counts(): MeterCounts {
    return this.#meter.counts;
  }

  get packetsOpen(): number {
    return this.#meter.packetsOpen;
  }

  get sources(): readonly SourceLedger[] {
    return this.#sources.flatMap((source) => {
      const drops = source.drops?.();
      return drops === undefined ? [] : [{ name: source.name, ...drops }];
    });
  }

  get description(): string {
    const names = this.#sources.map(({ name }) => name).join(', ');
    return this.#clock === 'live' ? `capturing on ${names}` : `reading ${names}`;
  }

  async run(): Promise<void> {
    const receiver = this.#clock === 'stdin' ? withoutClock(this.#meter) : this.#meter;
    await Promise.all(this.#sources.map((source) => this.#runSource(source, receiver)));
    await this.#meter.close();
  }

  stop(): void {
    for (const source of this.#sources) source.stop();
  }

  /**
   * A live window is over when the wall clock says so, or when its time has passed on the steady clock: a wall clock
   * set back an hour stops nothing.
   */
  closeDueWindow(): number {
    if (this.#clock === 'capture') return noWindowMs;
    const { nowMs, nowUs } = this.#options;
    if (this.#meter.windowEndUs !== this.#windowEndUs) this.#noteWindow();
    const due = nowUs() >= this.#windowEndUs + this.#lagUs;
    this.#lookAtDrops();
    if (due || nowMs() >= this.#dueMs + clockSlackMs) {
      this.#drainingMs ??= nowMs();
      const drained = this.#drainSources() || nowMs() >= this.#drainingMs + longestBacklogMs;
      const ended = this.#meter.windowEndUs !== this.#windowEndUs;
      if (!ended && drained) this.#meter.advance(nowUs());
      // By a clock that was set back the next one may have the same end.
      if (ended || drained) this.#noteWindow();
    }
    return Math.max(1, Math.min(this.#dueMs - nowMs(), lookAtDropsMs));
  }

  /** Frames that wait belong to this window, or to the next one, which the first of those opens. False where more wait. */
  #drainSources(): boolean {
    let drained = true;
    for (const source of this.#sources) drained = (source.drain?.() ?? true) && drained;
    return drained;
  }

  /** libpcap's counters have 32 bits: who looks at them now and then knows how often they went round. */
  #lookAtDrops(): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#lookedMs < lookAtDropsMs) return;
    this.#lookedMs = nowMs;
    for (const source of this.#sources) source.drops?.();
  }

  /** Frames from before the wall clock was set back open a window that ends far ahead of it: so there is a longest wait. */
  #noteWindow(): void {
    const { nowMs, nowUs, intervalUs } = this.#options;
    this.#windowEndUs = this.#meter.windowEndUs;
    this.#drainingMs = undefined;
    const leftUs = Math.min(this.#windowEndUs - nowUs(), longestWindowUs(intervalUs));
    this.#dueMs = nowMs() + (leftUs + this.#lagUs) / 1000;
  }

  /** How long after its timestamp a frame may still arrive. */
  get #lagUs(): number {
    return Math.max(0, ...this.#sources.map((source) => (source.lagMs ?? 0) * 1000));
  }

  async #runSource(source: Source, receiver: FrameReceiver): Promise<void> {
    try {
      await source.run(receiver);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#options.failed(error);
    }
  }
}

/** What arrives on stdin is counted when it arrives: the timer alone closes its windows. */
function withoutClock(meter: Meter): FrameReceiver {
  return {
    windowEndUs: Number.POSITIVE_INFINITY,
    advance: () => undefined,
    frame: (...frame) => meter.frame(...frame),
    packet: (...packet) => meter.packet(...packet),
    undecoded: (outcome) => meter.undecoded(outcome),
    breathe: () => meter.breathe(),
  };
}
