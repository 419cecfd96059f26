/**
 * The engine `batch`: libpcap through the project's own addon. The kernel gathers frames in blocks, the addon packs them
 * into one buffer with their timestamps and lengths, and a plain loop hands them on: one call across the border between
 * C and JavaScript for thousands of frames.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CaptureHandle, type FramePart, loadNative, type Native } from '../../host/native.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { partFor } from '../frame-part.js';
import { inlineFrameLoop } from '../inlining.js';
import { PackedFrames, packedBytes } from '../packed-frames.js';
import { type FrameReceiver, SourceError } from '../source.js';
import { InterfaceSelection } from './interfaces/interface-selection.js';
import { kernelFilter } from './kernel-filter.js';
import type {
  Capture,
  CaptureCounts,
  CaptureEvents,
  LiveClocks,
  LiveEngine,
  LiveLog,
  LiveOptions,
} from './live.js';
import { liveDecoder, liveOrigin } from './live-decoder.js';
import { nativeError } from './live-errors.js';
import { nameBytesFor, namesDoNotPass } from './name-frames.js';
import { lagMsOf, type Pace, thrifty } from './pace.js';

/**
 * Waking up for each block costs as much as its frames; a rest this long after some were taken lets blocks gather. Frames
 * wait up to twice as long as they gather in their block anyway, and before a window is closed all that are ready are taken.
 */
const longestRestMs = 120;
/** A smaller buffer allows a shorter rest: two million frames a second must fit, 1.6 GB of them at the most. */
const framesPerRestMs = 2_000;
const ringHeaderBytes = 72;
const mostBytesPerRestMs = 1_600_000;
/** No rest after so large a part of the kernel's buffer was taken: the next could overrun it. */
const restlessPart = 1 / 4;
/**
 * Small enough to stay in the processor's cache between C and JavaScript: 2,000 frames, of most of which 64 bytes are packed.
 * Behind them is room for the longest one.
 */
const usualBufferBytes = 1 << 17;
/** How often it is looked whether the last frames have come. */
const closingPollMs = 5;
/** How long frames are taken before the event loop has its turn. */
const longestTakeMs = 2;

export const batchEngine: LiveEngine = { name: 'batch', open: openBatchCapture };

async function openBatchCapture(options: LiveOptions, log: LiveLog, clocks: LiveClocks): Promise<Capture> {
  const { native, problem } = { problem: '', ...loadNative() };
  if (native !== undefined) return openBatch(native, options, log, clocks);
  throw new SourceError(
    'usage',
    `the engine batch, which -s, -p, -Q and patterns of interfaces need: ${problem}, or leave the option away`,
  );
}

/** Takes no frame before `start` or `takeOver`. Throws a SourceError. */
export function openBatch(
  native: Native,
  options: LiveOptions,
  log: LiveLog,
  clocks: LiveClocks,
  pace: Pace = thrifty,
): BatchCapture {
  inlineFrameLoop();
  try {
    return new BatchCapture(native, options, log, clocks, pace);
  } catch (error) {
    throw error instanceof SourceError ? error : nativeError(options, error);
  }
}

export class BatchCapture implements Capture {
  readonly resumable = true;
  readonly lagMs: number;
  readonly #native: Native;
  #options: LiveOptions;
  readonly #clocks: LiveClocks;
  readonly #handle: CaptureHandle;
  readonly #descriptor: number;
  readonly #linkType: number;
  readonly #part: FramePart;
  readonly #decode: LinkDecoder;
  /** Undefined where all frames count. */
  readonly #selection: InterfaceSelection | undefined;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #frames: PackedFrames;
  readonly #pace: Pace;
  readonly #restMs: number;
  /** As many frames as fill `restlessPart` of the kernel's buffer. */
  readonly #restlessFrames: number;
  #receiver: FrameReceiver | undefined;
  #events: CaptureEvents | undefined;
  /** How many frames were delivered when the kernel's buffer was last found empty. */
  #deliveredWhenEmpty = 0;
  /** When that was, on the steady clock. */
  #emptyMs = 0;
  /** The timer of a rest; undefined while the kernel is polled. */
  #rest: NodeJS.Timeout | undefined;
  /** The last counts, once it is closed. */
  #closedCounts: CaptureCounts | undefined;

  constructor(native: Native, options: LiveOptions, log: LiveLog, clocks: LiveClocks, pace: Pace) {
    this.#native = native;
    this.#pace = pace;
    this.lagMs = lagMsOf(pace);
    this.#options = options;
    this.#clocks = clocks;
    this.#handle = native.open(
      options.interface,
      kernelFilter(options),
      options.bufferBytes,
      options.snapshotBytes,
      nameBytesFor(options),
      pace.gatherMs,
      options.promiscuous,
      (status) => (status === 0 ? this.#take() : this.#fail('the interface went down or away')),
    );
    this.#descriptor = native.descriptor(this.#handle);
    this.#linkType = native.linkType(this.#handle);
    this.#part = partFor(options);
    if (!native.namesPass(this.#handle)) log.limited(`names ${options.interface}`, namesDoNotPass(options));
    const decode = liveDecoder(this.#linkType, options, log);
    const { patterns, promiscuous } = options;
    if (patterns !== undefined) {
      this.#selection = new InterfaceSelection(native, {
        patterns,
        promiscuous,
        descriptor: this.#descriptor,
        linkType: this.#linkType,
      });
      log.line(this.#selection.open());
    }
    this.#decode = this.#selection?.decoder(decode) ?? decode;
    const longestBytes = Math.max(options.snapshotBytes, nameBytesFor(options));
    this.#bytes = new Uint8Array(usualBufferBytes + packedBytes(longestBytes));
    this.#frames = new PackedFrames(this.#bytes.buffer);
    const frameBytes = options.snapshotBytes + ringHeaderBytes;
    this.#restlessFrames = (options.bufferBytes * restlessPart) / frameBytes;
    const bytesPerRestMs = Math.min(framesPerRestMs * frameBytes, mostBytesPerRestMs);
    this.#restMs = Math.min(longestRestMs, options.bufferBytes / bytesPerRestMs);
  }

  start(interfaceName: string, receiver: FrameReceiver, events: CaptureEvents): void {
    this.receive(receiver, events);
    this.listen(interfaceName);
  }

  /** Takes frames of this interface, and of no other. Throws a SourceError. */
  listen(interfaceName: string): void {
    this.#bind(interfaceName, this.#native.listen);
  }

  /** Takes no frame before `takeOver` does, of this interface. Throws a SourceError. */
  standBy(interfaceName: string): void {
    this.#bind(interfaceName, this.#native.standBy);
  }

  #bind(interfaceName: string, bind: Native['listen']): void {
    this.#options = { ...this.#options, interface: interfaceName };
    try {
      bind(this.#descriptor, interfaceName, this.#options.promiscuous);
    } catch (error) {
      throw nativeError(this.#options, error);
    }
    this.#tellOrigin();
  }

  #tellOrigin(): void {
    this.#receiver?.from(liveOrigin(this.#linkType, this.#options.interface));
  }

  /**
   * Takes frames in place of the packet socket `other`, which takes none from then on; they wait until `receive` is called.
   * Returns for how many milliseconds neither took any. Throws where the interface does not let it, and all is as before.
   */
  takeOver(other: number): number {
    const { interface: name, promiscuous } = this.#options;
    return this.#native.takeOver(other, this.#descriptor, name, promiscuous);
  }

  /** Delivers what is taken. */
  receive(receiver: FrameReceiver, events: CaptureEvents): void {
    this.#receiver = receiver;
    this.#events = events;
    this.#tellOrigin();
    this.#poll();
  }

  drain(): boolean {
    return this.#readSome().emptied;
  }

  counts(): CaptureCounts {
    return this.#closedCounts ?? this.#native.statistics(this.#handle);
  }

  /** A block that is not full is handed over when its time is up; until then its frames are on their way. */
  async close(): Promise<void> {
    if (this.#closedCounts !== undefined) return;
    this.#native.pause(this.#descriptor);
    let delivered = -1;
    while (this.#underWay > 0 && this.#frames.delivered > delivered) {
      delivered = this.#frames.delivered;
      await this.#progress(delivered);
      // Where this thread got no processor until the time was over, nobody has looked yet.
      this.#readSome();
    }
    clearTimeout(this.#rest);
    this.#selection?.close();
    this.#closedCounts = this.counts();
    this.#native.close(this.#handle);
  }

  /** Resolves when more than `delivered` frames were delivered, or when none will be any more. */
  async #progress(delivered: number): Promise<void> {
    const deadlineMs = this.#clocks.nowMs() + this.lagMs;
    while (this.#frames.delivered === delivered && this.#clocks.nowMs() < deadlineMs)
      await sleep(closingPollMs);
  }

  get #underWay(): number {
    const { offered = 0, dropped = 0 } = this.counts();
    return offered - dropped - this.#frames.delivered;
  }

  /** Takes what waits, whether the kernel said that something does or the rest is over. */
  #take(): void {
    const { takenFrames, tookMs, emptied } = this.#readSome();
    if (this.#closedCounts !== undefined) return;
    const isWorthIt = takenFrames > 0 && takenFrames >= tookMs * this.#pace.restFramesPerMs;
    const rests = emptied && isWorthIt && takenFrames < this.#restlessFrames;
    if (!rests) {
      if (this.#rest !== undefined) this.#poll();
    } else if (this.#rest === undefined) {
      this.#native.rest(this.#handle);
      this.#rest = setTimeout(() => this.#take(), this.#restMs);
    } else {
      this.#rest.refresh();
    }
  }

  #poll(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#native.poll(this.#handle);
  }

  /**
   * libuv has stopped polling. The block that was open when the interface was lost is yet to be handed over, so polling
   * goes on; nothing follows that block until `start` is called again.
   */
  #fail(reason: string): void {
    this.#readSome();
    this.#poll();
    this.#events?.lost(reason);
  }

  /**
   * Empties the kernel's buffer or, where that takes too long, a part of it. Counts the frames since it was last empty, and in how long
   * they came.
   */
  #readSome(): { takenFrames: number; tookMs: number; emptied: boolean } {
    const nowMs = this.#clocks.nowMs();
    const tookMs = nowMs - this.#emptyMs;
    const endMs = nowMs + longestTakeMs;
    let filledBytes: number;
    do filledBytes = this.#read();
    while (filledBytes > 0 && this.#clocks.nowMs() < endMs);
    const { delivered } = this.#frames;
    const takenFrames = delivered - this.#deliveredWhenEmpty;
    const emptied = filledBytes === 0;
    if (takenFrames > 0) this.#receiver?.delivered?.();
    if (emptied) {
      this.#deliveredWhenEmpty = delivered;
      this.#emptyMs = nowMs;
    }
    return { takenFrames, tookMs, emptied };
  }

  /** Delivers one buffer of frames and returns how many bytes of it were filled. */
  #read(): number {
    if (this.#receiver === undefined || this.#closedCounts !== undefined) return 0;
    let filledBytes: number;
    try {
      filledBytes = this.#native.read(this.#handle, this.#bytes, this.#part);
    } catch (error) {
      this.#events?.lost((error as Error).message);
      return 0;
    }
    const deliveredBytes = this.#frames.deliver(0, filledBytes, this.#decode, this.#receiver);
    if (deliveredBytes < filledBytes) throw new Error('a receiver of live frames cannot have them wait');
    return filledBytes;
  }
}
