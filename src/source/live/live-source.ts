/**
 * One interface as a Source, whatever engine captures on it: waits where the interface went down or away, goes on when it
 * is back, and sums the counts over all of that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FrameReceiver, type Source, type SourceCounts, SourceError } from '../source.js';
import { type InterfaceState, interfaceDrops, interfaceState } from './interfaces.js';
import {
  type Capture,
  type CaptureCounts,
  inputName,
  type LiveClocks,
  type LiveEngine,
  type LiveLog,
  type LiveOptions,
  sumCounts,
} from './live.js';
import { openError } from './live-errors.js';

/** How often a lost interface is looked for, and the shortest time between two tries to go on. */
const lookMs = 250;

/** Opens the interface. Rejects with a SourceError that says why it cannot be. */
export async function openLive(
  engine: LiveEngine,
  options: LiveOptions,
  log: LiveLog,
  clocks: LiveClocks,
): Promise<Source> {
  // libpcap also captures on things that are no interfaces: a firewall's log, a USB bus.
  if (interfaceState(options.interface) === undefined) throw openError(options, 'no-such-interface', '');
  checkSizes(options);
  return new LiveSource(engine, options, log, clocks, await engine.open(options, log, clocks));
}

/** libpcap takes the size of the buffer as an int, and no more than this of a frame (MAXIMUM_SNAPLEN). */
const mostBufferMebibytes = 2_047;
const mostSnapshotBytes = 262_144;

function checkSizes({ bufferBytes, snapshotBytes }: LiveOptions): void {
  const bufferMebibytes = bufferBytes / 2 ** 20;
  if (bufferMebibytes > mostBufferMebibytes)
    throw new SourceError(
      'usage',
      `-B ${bufferMebibytes}: the most that libpcap takes is ${mostBufferMebibytes}`,
    );
  if (snapshotBytes < 1 || snapshotBytes > mostSnapshotBytes)
    throw new SourceError('usage', `-s ${snapshotBytes}: libpcap takes from 1 to ${mostSnapshotBytes}`);
}

const none: CaptureCounts = { offered: 0, dropped: 0 };

class LiveSource implements Source {
  readonly name: string;
  readonly #engine: LiveEngine;
  readonly #options: LiveOptions;
  readonly #log: LiveLog;
  readonly #clocks: LiveClocks;
  readonly #growInterfaceDrops: (drops: number | undefined) => number | undefined;
  readonly #stopping = new AbortController();
  /** Counts of the captures that are closed. */
  #closedCounts: CaptureCounts = none;
  #capture: Capture | undefined;
  #hardwareType: number | undefined;
  /** Ends the delivery under way: with the reason for a loss, or undefined when stopped. */
  #endDelivery: ((reason: string | undefined) => void) | undefined;
  /** On the steady clock; undefined while the interface is there. */
  #lostAtMs: number | undefined;
  #started = false;
  #closing: Promise<void> | undefined;
  #gaps = 0;
  #gapMs = 0;

  constructor(engine: LiveEngine, options: LiveOptions, log: LiveLog, clocks: LiveClocks, capture: Capture) {
    this.name = inputName(options);
    this.#engine = engine;
    this.#options = options;
    this.#log = log;
    this.#clocks = clocks;
    this.#capture = capture;
    this.#hardwareType = interfaceState(options.interface)?.hardwareType;
    this.#growInterfaceDrops = growingCount(interfaceDrops(options.interface));
  }

  async run(receiver: FrameReceiver): Promise<void> {
    this.#started = true;
    try {
      let reason = await this.#deliver(receiver);
      while (reason !== undefined) {
        await this.#waitForInterface(reason);
        reason = await this.#deliver(receiver);
      }
    } finally {
      if (this.#lostAtMs !== undefined) this.#endGap();
      await this.#closeCapture();
    }
  }

  stop(): void {
    this.#stopping.abort();
    this.#endDelivery?.(undefined);
    if (!this.#started) void this.#closeCapture();
  }

  drain(): boolean {
    return this.#capture?.drain() ?? true;
  }

  get lagMs(): number {
    return this.#capture?.lagMs ?? 0;
  }

  counts(): SourceCounts {
    const { offered, dropped } = sumCounts(this.#closedCounts, this.#capture?.counts() ?? none);
    const droppedByInterface = this.#growInterfaceDrops(interfaceDrops(this.#options.interface));
    // While a capture runs, the kernel has counted frames that it has yet to hand over.
    const settled = this.#capture === undefined && offered !== undefined;
    return {
      droppedByKernel: dropped,
      droppedByInterface,
      offeredByKernel: settled ? offered + (droppedByInterface ?? 0) : undefined,
      gaps: this.#gaps,
      gapMs: this.#gapMs,
      awayMs: this.#awayMs,
    };
  }

  /** Delivers until the interface is lost, which resolves with the reason, or until `stop`, with undefined. */
  async #deliver(receiver: FrameReceiver): Promise<string | undefined> {
    const { signal } = this.#stopping;
    try {
      if (!signal.aborted && this.#capture === undefined) this.#capture = await this.#reopen();
      const capture = this.#capture;
      if (signal.aborted || capture === undefined) return undefined;
      return await new Promise((resolve) => {
        this.#endDelivery = resolve;
        capture.start(receiver, {
          lost: resolve,
          interrupted: (durationMs) => this.#countGap(durationMs),
        });
        this.#found();
      });
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind === 'permission') throw error;
      return error.message;
    } finally {
      this.#endDelivery = undefined;
    }
  }

  /** Comes back when the interface is up, or soon after `stop`. */
  async #waitForInterface(reason: string): Promise<void> {
    if (this.#options.exitOnInterfaceLoss) throw new SourceError('input', `-i ${this.name}: ${reason}`);
    if (this.#lostAtMs === undefined)
      this.#log.limited(`lost ${this.name}`, `-i ${this.name}: ${reason}; waiting for it to come back`);
    this.#lostAtMs ??= this.#clocks.nowMs();
    const { signal } = this.#stopping;
    let state: InterfaceState | undefined;
    while (!signal.aborted && state?.up !== true) {
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
      state = this.#stateIfKnown();
    }
    const same = this.#capture?.resumable === true && state?.hardwareType === this.#hardwareType;
    if (!same) await this.#closeCapture();
  }

  /** Undefined also where it cannot be told now, because the process may open no more files. */
  #stateIfKnown(): InterfaceState | undefined {
    try {
      return interfaceState(this.#options.interface);
    } catch {
      return undefined;
    }
  }

  async #reopen(): Promise<Capture> {
    try {
      const capture = await this.#engine.open(this.#options, this.#log, this.#clocks);
      this.#hardwareType = this.#stateIfKnown()?.hardwareType;
      return capture;
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'permission') throw error;
      throw new SourceError(
        'permission',
        `-i ${this.name}: the interface is back, but opening it anew takes the right to capture, which was given up ` +
          'after the start; restart pcap-agg, or let it keep the right with "-Z root"',
        { cause: error },
      );
    }
  }

  #found(): void {
    if (this.#lostAtMs === undefined) return;
    const durationMs = this.#endGap();
    this.#log.limited(
      `found ${this.name}`,
      `-i ${this.name}: capturing again after ${(durationMs / 1000).toFixed(1)} s without the interface`,
    );
  }

  get #awayMs(): number {
    return this.#lostAtMs === undefined ? 0 : this.#clocks.nowMs() - this.#lostAtMs;
  }

  #endGap(): number {
    const durationMs = this.#awayMs;
    this.#lostAtMs = undefined;
    this.#countGap(durationMs);
    return durationMs;
  }

  #countGap(durationMs: number): void {
    this.#gaps++;
    this.#gapMs += durationMs;
  }

  #closeCapture(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#capture === undefined) return;
    await this.#capture.close();
    this.#closedCounts = sumCounts(this.#closedCounts, this.#capture.counts());
    this.#capture = undefined;
  }
}

/** Follows a counter that starts again from 0 when its interface is made anew, and is not there in between. */
function growingCount(first: number | undefined): (now: number | undefined) => number | undefined {
  let last = first;
  let total = 0;
  return (now) => {
    if (now !== undefined) total += last === undefined || now < last ? now : now - last;
    last = now ?? (last === undefined ? undefined : 0);
    return last === undefined ? undefined : total;
  };
}
