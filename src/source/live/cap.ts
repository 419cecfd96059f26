/**
 * The engine `cap`: libpcap through the npm package of that name, one call into JavaScript per frame. The package has
 * traps; each guard here names its own, and native-notes/cap.md tells the whole of them.
 */
import { loadNative } from '../../host/native.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { type FrameReceiver, SourceError } from '../source.js';
import {
  createHandle,
  linkTypeNumber,
  longestFrameBytes,
  opensWithoutFilter,
  type ReceivingHandle,
} from './cap-handle.js';
import { type CapModule, capHasAssertions, loadCap } from './cap-module.js';
import { type CapSocket, openCapSocket } from './cap-socket.js';
import { isNetfilter } from './interfaces/interfaces.js';
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
import { capError, nativeError } from './live-errors.js';
import { LoopWatch } from './loop-watch.js';
import { rehearse } from './rehearsal.js';

export const capEngine: LiveEngine = { name: 'cap', open: openCapCapture };

async function openCapCapture(options: LiveOptions, log: LiveLog, clocks: LiveClocks): Promise<Capture> {
  const { cap, problem } = { problem: '', ...loadCap() };
  if (cap === undefined) throw new SourceError('usage', `--engine cap: ${problem}, or use --engine batch`);
  checkOptions(options);
  rehearse(options);
  const capture = openCap(cap, options, log, clocks);
  if (!capture.resumable) log.limited('cap unguarded', unguarded());
  if (options.healthToo) log.limited('cap without stamps', withoutTimes());
  return capture;
}

/** Where it is known that the interface can be opened: see `rehearse`. Throws a SourceError all the same. */
export function openCap(cap: CapModule, options: LiveOptions, log: LiveLog, clocks: LiveClocks): CapCapture {
  return new CapCapture(cap, options, log, clocks);
}

function checkOptions({ interface: name, patterns, direction, promiscuous }: LiveOptions): void {
  const [unheeded] = [
    patterns === undefined ? [] : `-i ${patterns[0]}`,
    isNetfilter(name) ? `-i ${name}` : [],
    direction === 'inout' ? [] : `-Q ${direction}`,
    promiscuous ? [] : '-p',
  ].flat();
  if (unheeded !== undefined)
    throw new SourceError('usage', `${unheeded}: --engine cap cannot do that; add --engine batch`);
}

/** What a user has to know who does without the addon. */
function unguarded(): string {
  const loss = capHasAssertions()
    ? 'cap ends the process when an interface goes down'
    : 'after an interface was lost, it takes the right to capture to go on';
  const { problem } = { problem: 'its socket was not found', ...loadNative() };
  return (
    `the engine cap does without the project's addon (${problem}): the kernel's drops are unknown, batch cannot take ` +
    `over where cap cannot keep up, and ${loss}`
  );
}

/** What a user has to know whose schema tells how well flows go. */
function withoutTimes(): string {
  const { native } = loadNative();
  const remedy = native === undefined ? 'build the addon with "npm run bindings"' : 'leave --engine away';
  return `the engine cap gives frames the time when it takes them, so handshake and response times are not told; ${remedy}`;
}

/** Reading a clock costs as much as a tenth of a frame, so it is read once in so many (a power of two). */
const framesPerLook = 32;
const breatheMs = 5;
/** Longer than this without a turn of the event loop, and the capture is interrupted to let it turn. */
const longestStandMs = 1_000;
/** Where more frames a second than this come over this time, `batch` takes over. */
const busyFramesPerSecond = 50_000;
const busyMs = 2_000;
const lookAtDropsMs = 10;

export class CapCapture implements Capture {
  readonly lagMs = 0;
  #options: LiveOptions;
  readonly #log: LiveLog;
  readonly #clocks: LiveClocks;
  /** cap keeps its address only; this reference keeps it, and the handle's `emit` keeps this. */
  readonly #buffer = Buffer.alloc(longestFrameBytes);
  readonly #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, longestFrameBytes);
  readonly #handle: ReceivingHandle;
  readonly #socket: CapSocket;
  readonly #linkType: number;
  readonly #decode: LinkDecoder;
  readonly #loop = new LoopWatch();
  #receiver: FrameReceiver | undefined;
  #events: CaptureEvents | undefined;
  /** Whether the capture ended by itself since it was last started. */
  #failed = false;
  #frames = 0;
  #breathedMs = 0;
  /** When the capture was paused for the event loop to turn, on the steady clock; undefined while it is not. */
  #pausedMs: number | undefined;
  #rate = { sinceMs: 0, frames: 0 };
  #drops = { lookedMs: 0, dropped: 0 };
  #advised = false;
  /** Whether the receiver is about to be told that frames were delivered. */
  #tells = false;
  /** Frames are stamped with no later time than that of `close`, which they came before. */
  #lastMs = Number.POSITIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor(cap: CapModule, options: LiveOptions, log: LiveLog, clocks: LiveClocks) {
    this.#options = options;
    this.#log = log;
    this.#clocks = clocks;
    this.#handle = createHandle(cap, (capturedBytes) => this.#receive(capturedBytes));
    let linkType = '';
    const open = () => {
      linkType = this.#handle.open(options.interface, options.filter, options.bufferBytes, this.#buffer);
    };
    try {
      this.#socket = openCapSocket(this.#handle, options.interface, open, () => this.#fail());
    } catch (error) {
      throw capError(options, error as Error, () => opensWithoutFilter(cap, options));
    }
    this.#linkType = linkTypeNumber(linkType);
    this.#decode = liveDecoder(this.#linkType, options, log);
  }

  get resumable(): boolean {
    return this.descriptor !== undefined;
  }

  /** Of its packet socket, where that is known and the addon is there. */
  get descriptor(): number | undefined {
    return this.#socket.descriptor;
  }

  start(interfaceName: string, receiver: FrameReceiver, events: CaptureEvents): void {
    this.#receiver = receiver;
    this.#events = events;
    receiver.from({ ...liveOrigin(this.#linkType, interfaceName), stampedOnArrival: true });
    this.#socket.dropped();
    if (!this.#failed && interfaceName === this.#options.interface) return;
    this.#options = { ...this.#options, interface: interfaceName };
    try {
      this.#socket.resume(interfaceName);
      this.#failed = false;
    } catch (error) {
      throw nativeError(this.#options, error);
    }
  }

  /** Frames are delivered as they come, and only by cap itself. */
  drain(): boolean {
    return true;
  }

  counts(): CaptureCounts {
    return { offered: undefined, dropped: this.#socket.dropped() };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#lastMs = this.#clocks.wallMs();
    await this.#socket.close();
    this.#loop.close();
    // The handle stays; all else may go.
    this.#handle.receive = () => undefined;
  }

  #fail(): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#events?.lost('the interface went down or away');
  }

  /** One frame, at the start of the buffer. */
  #receive(capturedBytes: number): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const nowUs = Math.min(this.#clocks.wallMs(), this.#lastMs) * 1000;
    if (nowUs >= receiver.windowEndUs) receiver.advance(nowUs);
    receiver.frame(this.#decode, this.#view, 0, capturedBytes, capturedBytes, nowUs);
    this.#frames++;
    if (receiver.delivered !== undefined && !this.#tells) this.#tellSoon(receiver.delivered);
    if ((this.#frames & (framesPerLook - 1)) === 0) this.#look(receiver);
  }

  /** When the event loop has turned: cap does not say when it has emptied the kernel's buffer. */
  #tellSoon(delivered: () => void): void {
    this.#tells = true;
    setImmediate(() => {
      this.#tells = false;
      delivered();
    });
  }

  /** cap empties the kernel's buffer without returning to the event loop: for as long as the load lasts. */
  #look(receiver: FrameReceiver): void {
    const nowMs = this.#clocks.nowMs();
    const standsMs = this.#loop.standsMs(nowMs);
    if (standsMs >= breatheMs && nowMs - this.#breathedMs >= breatheMs) {
      this.#breathedMs = nowMs;
      receiver.delivered?.();
      receiver.breathe();
    }
    if (this.#pausedMs !== undefined || this.#closing !== undefined || this.#failed) return;
    const reason = this.#strain(nowMs, standsMs);
    if (reason !== undefined) this.#outpaced(reason);
    if (standsMs >= longestStandMs) this.#interrupt(nowMs);
  }

  /** Why it cannot keep up; undefined while it can. */
  #strain(nowMs: number, standsMs: number): string | undefined {
    const framesPerSecond = this.#measureRate(nowMs);
    if (this.#dropsGrow(nowMs)) return 'the kernel drops frames';
    if (framesPerSecond > busyFramesPerSecond) return `${Math.round(framesPerSecond)} frames a second`;
    return standsMs >= longestStandMs ? 'frames come faster than they are counted' : undefined;
  }

  /** Once in so many milliseconds, over which it is measured; else 0. */
  #measureRate(nowMs: number): number {
    const elapsedMs = nowMs - this.#rate.sinceMs;
    if (elapsedMs < busyMs) return 0;
    const framesPerSecond = ((this.#frames - this.#rate.frames) / elapsedMs) * 1_000;
    this.#rate = { sinceMs: nowMs, frames: this.#frames };
    return framesPerSecond;
  }

  #dropsGrow(nowMs: number): boolean {
    if (nowMs - this.#drops.lookedMs < lookAtDropsMs) return false;
    const before = this.#drops.dropped;
    this.#drops = { lookedMs: nowMs, dropped: this.#socket.dropped() ?? 0 };
    return this.#drops.dropped > before;
  }

  #outpaced(reason: string): void {
    if (this.#events?.outpaced !== undefined) {
      this.#events.outpaced(reason);
    } else if (!this.#advised) {
      this.#advised = true;
      this.#log.line(`-i ${this.#options.interface}: ${reason}; ${advice()}`);
    }
  }

  /** Lets signals, sockets and timers have their turn: takes no more frames until the event loop has turned. */
  #interrupt(nowMs: number): void {
    if (this.#pausedMs !== undefined || this.#closing !== undefined) return;
    this.#log.limited(
      `interrupted ${this.#options.interface}`,
      `-i ${this.#options.interface}: frames come faster than they are counted; the capture is interrupted for a ` +
        'moment every second',
    );
    this.#pausedMs = nowMs;
    if (!this.resumable) {
      this.#handle.close();
      setImmediate(() => this.#fail());
      return;
    }
    this.#socket.pause();
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    const pausedMs = this.#clocks.nowMs() - (this.#pausedMs ?? 0);
    this.#pausedMs = undefined;
    if (this.#closing !== undefined || this.#failed) return;
    try {
      this.#socket.resume(this.#options.interface);
      this.#events?.interrupted(pausedMs);
    } catch {
      this.#fail();
    }
  }
}

function advice(): string {
  const { native } = loadNative();
  return native === undefined
    ? `"npm run bindings" builds the addon, and with it batch, which takes a fraction of the CPU time`
    : 'leave --engine away, and batch takes over, for a fraction of the CPU time';
}
