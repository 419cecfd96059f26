/**
 * One interface as a Source, whatever engine captures on it: waits where the interface went down or away, goes on when it
 * is back or, with `-i auto`, on another where the default route moved; and sums the counts over all of that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FrameReceiver, type Source, type SourceCounts, SourceError } from '../source.js';
import { InterfaceDrops } from './interfaces/interface-drops.js';
import { type InterfaceState, interfaceState, interfaceStateIfKnown } from './interfaces/interfaces.js';
import { RouteFollower } from './interfaces/route-follower.js';
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
/** How often it is looked where the default route leads. */
const routeLookMs = 1_000;

/**
 * Opens the interface. Rejects with a SourceError that says why it cannot be. `leads` is for one that follows the default
 * route: see RouteFollower.
 */
export async function openLive(
  engine: LiveEngine,
  options: LiveOptions,
  log: LiveLog,
  clocks: LiveClocks,
  leads?: () => string | undefined,
): Promise<Source> {
  // libpcap also captures on things that are no interfaces: a firewall's log, a USB bus.
  if (interfaceState(options.interface) === undefined) throw openError(options, 'no-such-interface', '');
  checkSizes(options);
  const capture = await engine.open(options, log, clocks);
  const follower = leads === undefined ? undefined : new RouteFollower(leads, log);
  return new LiveSource(engine, options, log, clocks, capture, follower);
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

/** Why a delivery ended that was not stopped: for what reason the interface was lost, or where the default route leads now. */
type Ending = { readonly lost: string } | { readonly leadsTo: string };

class LiveSource implements Source {
  readonly #engine: LiveEngine;
  #options: LiveOptions;
  readonly #log: LiveLog;
  readonly #clocks: LiveClocks;
  readonly #follower: RouteFollower | undefined;
  readonly #interfaceDrops: InterfaceDrops;
  readonly #stopping = new AbortController();
  /** Counts of the captures that are closed. */
  #closedCounts: CaptureCounts = none;
  #capture: Capture | undefined;
  #hardwareType: number | undefined;
  /** Ends the delivery under way, with undefined when stopped. */
  #endDelivery: ((ending: Ending | undefined) => void) | undefined;
  /** On the steady clock; undefined while the interface is there. */
  #lostAtMs: number | undefined;
  /** Whether it is on its way to where the default route leads now. */
  #moving = false;
  #started = false;
  #closing: Promise<void> | undefined;
  #gaps = 0;
  #gapMs = 0;

  constructor(
    engine: LiveEngine,
    options: LiveOptions,
    log: LiveLog,
    clocks: LiveClocks,
    capture: Capture,
    follower: RouteFollower | undefined,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#log = log;
    this.#clocks = clocks;
    this.#capture = capture;
    this.#hardwareType = interfaceState(options.interface)?.hardwareType;
    this.#follower = follower;
    this.#interfaceDrops = new InterfaceDrops(options.interface);
  }

  get name(): string {
    return inputName(this.#options);
  }

  async run(receiver: FrameReceiver): Promise<void> {
    this.#started = true;
    const looks = this.#follower && setInterval(() => this.#lookAtRoute(), routeLookMs).unref();
    try {
      let ending = await this.#deliver(receiver);
      while (ending !== undefined) {
        await ('lost' in ending ? this.#waitForInterface(ending.lost) : this.#moveTo(ending.leadsTo));
        ending = await this.#deliver(receiver);
      }
    } finally {
      clearInterval(looks);
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
    const droppedByInterface = this.#interfaceDrops.count();
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

  /** Delivers until the interface is lost or another is to be captured on, or until `stop`, with undefined. */
  async #deliver(receiver: FrameReceiver): Promise<Ending | undefined> {
    const { signal } = this.#stopping;
    try {
      if (!signal.aborted && this.#capture === undefined) this.#capture = await this.#reopen();
      const capture = this.#capture;
      if (signal.aborted || capture === undefined) return undefined;
      return await new Promise((resolve) => {
        this.#endDelivery = resolve;
        capture.start(this.#options.interface, receiver, {
          lost: (reason) => resolve({ lost: reason }),
          interrupted: (durationMs) => this.#countGap(durationMs),
        });
        this.#found();
      });
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind === 'permission') throw error;
      return { lost: error.message };
    } finally {
      this.#endDelivery = undefined;
    }
  }

  /** Comes back when the interface is up, or soon after `stop`. */
  async #waitForInterface(reason: string): Promise<void> {
    if (this.#options.exitOnInterfaceLoss) throw new SourceError('input', `-i ${this.name}: ${reason}`);
    if (this.#lostAtMs === undefined || this.#moving)
      this.#log.limited(`lost ${this.name}`, `-i ${this.name}: ${reason}; waiting for it to come back`);
    this.#lostAtMs ??= this.#clocks.nowMs();
    this.#moving = false;
    const { signal } = this.#stopping;
    let state: InterfaceState | undefined;
    while (!signal.aborted && state?.up !== true) {
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
      const elsewhere = this.#elsewhere();
      if (elsewhere !== undefined) this.#leaveFor(elsewhere);
      state = interfaceStateIfKnown(this.#options.interface);
    }
    if (!this.#resumes(state?.hardwareType)) await this.#closeCapture();
  }

  #resumes(hardwareType: number | undefined): boolean {
    return this.#capture?.resumable === true && hardwareType === this.#hardwareType;
  }

  /** Where the default route leads, if the capture can go there from here. */
  #elsewhere(): string | undefined {
    return this.#follower?.next(this.#options.interface, (hardwareType) => this.#resumes(hardwareType));
  }

  #lookAtRoute(): void {
    if (this.#endDelivery === undefined) return;
    const leadsTo = this.#elsewhere();
    if (leadsTo !== undefined) this.#endDelivery({ leadsTo });
  }

  /** Where it takes a capture of its own, that is opened before the one here is closed: if it cannot be, all is as before. */
  async #moveTo(name: string): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    let opened: Capture | undefined;
    try {
      if (!this.#resumes(interfaceStateIfKnown(name)?.hardwareType)) opened = await this.#open(name);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#follower?.refuse(name, this.name, `it cannot be captured on (${error.message})`);
      return;
    }
    this.#lostAtMs = this.#clocks.nowMs();
    this.#leaveFor(name);
    if (opened === undefined) return;
    await this.#closeCapture();
    this.#hardwareType = interfaceStateIfKnown(name)?.hardwareType;
    this.#capture = opened;
  }

  #leaveFor(name: string): void {
    this.#options = { ...this.#options, interface: name };
    this.#interfaceDrops.moveTo(name);
    this.#moving = true;
  }

  #open(name: string): Promise<Capture> {
    return this.#engine.open({ ...this.#options, interface: name }, this.#log, this.#clocks);
  }

  async #reopen(): Promise<Capture> {
    try {
      const capture = await this.#open(this.#options.interface);
      this.#hardwareType = interfaceStateIfKnown(this.#options.interface)?.hardwareType;
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
    if (this.#moving) {
      this.#moving = false;
      this.#follower?.arrived(this.name, durationMs);
      return;
    }
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
