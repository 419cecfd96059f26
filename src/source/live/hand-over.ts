/**
 * One interface captured by `cap` until that cannot keep up, and by `batch` from then on. batch's socket is opened with cap's,
 * since that takes a right that is given up afterwards, and takes no frame before.
 */
import type { FrameReceiver } from '../source.js';
import type { BatchCapture } from './batch.js';
import type { CapCapture } from './cap.js';
import { type Capture, type CaptureCounts, type CaptureEvents, type LiveLog, sumCounts } from './live.js';

export interface HandOverOptions {
  readonly cap: CapCapture & { readonly descriptor: number };
  readonly batch: BatchCapture;
  readonly log: LiveLog;
  /** Called when batch has taken over. */
  readonly handedOver: () => void;
}

export class HandOver implements Capture {
  readonly resumable = true;
  readonly #options: HandOverOptions;
  /** Settles when cap's last frame has been delivered and batch delivers; undefined while cap captures. */
  #handingOver: Promise<void> | undefined;
  #batchDelivers = false;
  /** As given to `start` last. */
  #target: { readonly receiver: FrameReceiver; readonly events: CaptureEvents } | undefined;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** From the moment batch takes frames, windows wait for them. */
  get lagMs(): number {
    const { cap, batch } = this.#options;
    return this.#handingOver === undefined ? cap.lagMs : batch.lagMs;
  }

  start(interfaceName: string, receiver: FrameReceiver, events: CaptureEvents): void {
    const { cap, batch } = this.#options;
    this.#target = { receiver, events };
    if (this.#handingOver !== undefined) {
      if (this.#batchDelivers) batch.receive(receiver, events);
      batch.listen(interfaceName);
      return;
    }
    batch.standBy(interfaceName);
    cap.start(interfaceName, receiver, {
      ...events,
      // batch finds it out itself, once it delivers.
      lost: (reason) => {
        if (this.#handingOver === undefined) events.lost(reason);
      },
      outpaced: (reason) => this.#takeOver(reason, interfaceName, events),
    });
  }

  /** While cap's last frames are on their way, batch's wait behind them. */
  drain(): boolean {
    if (this.#handingOver === undefined) return this.#options.cap.drain();
    return this.#batchDelivers && this.#options.batch.drain();
  }

  counts(): CaptureCounts {
    const { cap, batch } = this.#options;
    return sumCounts(cap.counts(), batch.counts());
  }

  async close(): Promise<void> {
    const { cap, batch } = this.#options;
    await (this.#handingOver ?? cap.close());
    await batch.close();
  }

  /** Called by cap between two frames, so nothing is delivered meanwhile. */
  #takeOver(reason: string, interfaceName: string, events: CaptureEvents): void {
    const { cap, batch, log, handedOver } = this.#options;
    let gapMs: number;
    try {
      gapMs = batch.takeOver(cap.descriptor);
    } catch (error) {
      // Nearly always because the interface has just been lost, which cap is about to hear.
      log.limited(
        `hand-over ${interfaceName}`,
        `-i ${interfaceName}: ${reason}; batch cannot take over yet (${(error as Error).message})`,
      );
      return;
    }
    this.#handingOver = this.#finish();
    events.interrupted(gapMs);
    log.line(
      `-i ${interfaceName}: ${reason}, more than cap keeps up with; batch captures from now on, after a gap of ` +
        `${gapMs.toFixed(2)} ms`,
    );
    handedOver();
  }

  /** cap's ring is read to its end first. */
  async #finish(): Promise<void> {
    const { cap, batch } = this.#options;
    await cap.close();
    this.#batchDelivers = true;
    if (this.#target !== undefined) batch.receive(this.#target.receiver, this.#target.events);
  }
}
