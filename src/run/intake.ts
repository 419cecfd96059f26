/** From sources to closed windows: the half of the program before delivery. Files: see file-intake.ts. */

import { LiveMeter, type LiveMeterOptions } from '../flow/live-meter.js';
import type { MeterCounts } from '../flow/meter.js';
import { type NewFlows, NewFlowTeller } from '../flow/new-flows.js';
import { type ClosedWindow, OpenWindows } from '../flow/open-windows.js';
import type { FlowTable } from '../flow/table/flow-table.js';
import { longestWindowUs } from '../flow/window.js';
import type { FrameOrigin } from '../packet/details.js';
import type { LinkDecoder, Outcome, Packet } from '../packet/packet.js';
import { type FrameReceiver, type Source, SourceError } from '../source/source.js';
import type { SourceLedger } from './ledger.js';

export interface IntakeOptions extends Pick<LiveMeterOptions, 'own' | 'interfaces' | 'payloads'> {
  /** Is told of flows soon after they began; absent where nobody asks. */
  readonly newFlows?: NewFlows | undefined;
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
  /** Packets in the windows that are open. */
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

/** Whether frames of a live source have a clock of their own, or count when they arrive. */
export type LiveClock = 'stamps' | 'arrival';

/** Two clocks that are right differ by less than this over a window; more means that the wall clock was set. */
const clockSlackMs = 50;
/** Frames that nobody had the time to take are waited for; not longer, as a clock that was set back calls all frames early. */
const longestBacklogMs = 1_000;
/** A counter of 32 bits goes round in seven minutes at ten million frames a second. */
const lookAtCountsMs = 20_000;
/** How long to sleep where no window will end. */
const noWindowMs = 1_000;
/** And where the first one is about to open. */
const soonMs = 1;

/** Captures that go on now, all into the same windows. */
export class LiveIntake implements Intake {
  readonly #windows: OpenWindows;
  readonly #metered: readonly MeteredSource[];
  readonly #clock: LiveClock;
  readonly #options: IntakeOptions;
  #isBringingUp = false;
  #state: 'new' | 'open' | 'ended' = 'new';
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(sources: readonly Source[], clock: LiveClock, options: IntakeOptions) {
    const { newFlows, nowMs } = options;
    const teller = newFlows && new NewFlowTeller(newFlows, nowMs);
    this.#windows = new OpenWindows({ ...options, teller });
    this.#metered = sources.map((source) => {
      const metered: MeteredSource = new MeteredSource(source, clock, {
        ...options,
        windows: this.#windows,
        leaves: () => this.#bringUp(metered),
      });
      return metered;
    });
    this.#clock = clock;
    this.#options = options;
  }

  get counts(): MeterCounts {
    return this.#windows.counts;
  }

  get packetsOpen(): number {
    return this.#windows.packetsOpen;
  }

  get sources(): readonly SourceLedger[] {
    if (this.#clock !== 'stamps') return [];
    return this.#metered.map(({ source }) => ({ name: source.name, ...source.counts() }));
  }

  get description(): string {
    const names = this.#metered.map(({ source }) => source.name).join(', ');
    return this.#clock === 'stamps' ? `capturing on ${names}` : `reading ${names}`;
  }

  async run(): Promise<void> {
    for (const { meter } of this.#metered) meter.open();
    this.#state = 'open';
    await Promise.all(this.#metered.map((metered) => this.#runSource(metered)));
    this.#state = 'ended';
    for (const { meter } of this.#metered) meter.close();
  }

  stop(): void {
    for (const { source } of this.#metered) source.stop();
  }

  closeDueWindow(): number {
    if (this.#state !== 'open') return this.#state === 'new' ? soonMs : noWindowMs;
    this.#lookAtCounts();
    return Math.min(lookAtCountsMs, ...this.#metered.map((metered) => metered.closeDueWindow()));
  }

  /** One source goes on to another window: others that are overdue follow at once, and not only when their time is looked at. */
  #bringUp(ahead: MeteredSource): void {
    if (this.#isBringingUp) return;
    this.#isBringingUp = true;
    for (const metered of this.#metered) if (metered !== ahead) metered.closeDueWindow();
    this.#isBringingUp = false;
  }

  /** libpcap's counters have 32 bits: who looks at them now and then knows how often they went round. */
  #lookAtCounts(): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#lookedMs < lookAtCountsMs) return;
    this.#lookedMs = nowMs;
    for (const { source } of this.#metered) source.counts();
  }

  async #runSource({ source, receiver }: MeteredSource): Promise<void> {
    try {
      await source.run(receiver);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#options.failed(error);
    }
  }
}

/** A source and its meter, which goes from window to window with it: as its frames say, or as the clocks do. */
class MeteredSource {
  readonly source: Source;
  readonly meter: LiveMeter;
  readonly receiver: FrameReceiver;
  readonly #options: IntakeOptions;
  #windowEndUs = Number.NaN;
  /** When the window ends, on the steady clock. */
  #endMs = 0;
  /** Since when the window has been due, and frames that may belong to it are taken. */
  #drainingMs: number | undefined;

  constructor(
    source: Source,
    clock: LiveClock,
    options: IntakeOptions & Pick<LiveMeterOptions, 'windows' | 'leaves'>,
  ) {
    this.source = source;
    this.meter = new LiveMeter(options);
    this.receiver = clock === 'arrival' ? new ArrivalReceiver(this.meter) : this.meter;
    this.#options = options;
  }

  /**
   * A live window is over when the wall clock says so, or when its time has passed on the steady clock: a wall clock
   * set back an hour stops nothing. Milliseconds until it is worth asking again.
   */
  closeDueWindow(): number {
    const { nowMs, nowUs } = this.#options;
    if (this.meter.windowEndUs !== this.#windowEndUs) this.#noteWindow();
    const due = nowUs() >= this.#windowEndUs + this.#lagUs;
    if (due || nowMs() >= this.#dueMs + clockSlackMs) {
      this.#drainingMs ??= nowMs();
      // Frames that wait belong to this window, or to the next one, which the first of those opens.
      const drained = (this.source.drain?.() ?? true) || nowMs() >= this.#drainingMs + longestBacklogMs;
      const ended = this.meter.windowEndUs !== this.#windowEndUs;
      if (!ended && drained) this.#moveOn();
      // By a clock that was set back the next one may have the same end.
      if (ended || drained) this.#noteWindow();
    }
    return Math.max(1, this.#dueMs - nowMs());
  }

  /** Frames that are on their way belong to the window that is not due yet. */
  #moveOn(): void {
    const nowUs = this.#options.nowUs();
    if (this.#lagUs > 0) this.meter.advance(nowUs - this.#lagUs);
    else this.meter.advanceByClock(nowUs);
  }

  /** Frames from before the wall clock was set back open a window that ends far ahead of it: so there is a longest wait. */
  #noteWindow(): void {
    const { nowMs, nowUs, intervalUs } = this.#options;
    this.#windowEndUs = this.meter.windowEndUs;
    this.#drainingMs = undefined;
    const leftUs = Math.min(this.#windowEndUs - nowUs(), longestWindowUs(intervalUs));
    this.#endMs = nowMs() + leftUs / 1000;
  }

  get #dueMs(): number {
    return this.#endMs + this.#lagUs / 1000;
  }

  /** How long after its timestamp a frame may still arrive. */
  get #lagUs(): number {
    return (this.source.lagMs ?? 0) * 1000;
  }
}

/** What arrives on stdin is counted when it arrives: the timer alone closes its windows. */
class ArrivalReceiver implements FrameReceiver {
  readonly windowStartUs = Number.NEGATIVE_INFINITY;
  readonly windowEndUs = Number.POSITIVE_INFINITY;
  readonly #meter: LiveMeter;

  constructor(meter: LiveMeter) {
    this.#meter = meter;
  }

  advance(): undefined {}

  from(origin: FrameOrigin): void {
    this.#meter.from(origin);
  }

  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    this.#meter.frame(decode, view, offset, capturedBytes, wireBytes, timestampUs);
  }

  packet(packet: Packet, timestampUs: number): void {
    this.#meter.packet(packet, timestampUs);
  }

  undecoded(outcome: Outcome): void {
    this.#meter.undecoded(outcome);
  }

  breathe(): void {
    this.#meter.breathe();
  }
}
