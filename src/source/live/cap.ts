/**
 * The engine `cap`: libpcap through the npm package of that name, one call into JavaScript per frame. The package has
 * traps; each guard here names its own, and native-notes/cap.md tells the whole of them.
 */
import { isMainThread } from 'node:worker_threads';
import { steadyMs } from '../../host/clock.js';
import { loadNative } from '../../host/native.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { frameDecoder } from '../frame-decoder.js';
import { type FrameReceiver, SourceError } from '../source.js';
import { type CapHandle, type CapModule, capHasAssertions, loadCap } from './cap-module.js';
import { type CapSocket, openCapSocket } from './cap-socket.js';
import type { Capture, CaptureCounts, CaptureEvents, LiveEngine, LiveLog, LiveOptions } from './live.js';
import { capError, nativeError } from './live-errors.js';
import { LoopWatch } from './loop-watch.js';
import { rehearse } from './rehearsal.js';

export const capEngine: LiveEngine = { name: 'cap', lagMs: 0, open: openCapCapture };

async function openCapCapture(options: LiveOptions, log: LiveLog): Promise<Capture> {
  // cap polls in the main thread's event loop, whichever thread calls it, and so crashes in any other.
  if (!isMainThread) throw new SourceError('usage', '--engine cap works in the main thread only');
  const { cap, problem } = { problem: '', ...loadCap() };
  if (cap === undefined) throw new SourceError('usage', `--engine cap: ${problem}, or use --engine batch`);
  checkOptions(options);
  rehearse(options);
  const capture = new CapCapture(cap, options, log);
  if (!capture.resumable) log.limited('cap unguarded', unguarded());
  return capture;
}

function checkOptions({ patterns, direction, promiscuous }: LiveOptions): void {
  const [unheeded] = [
    patterns === undefined ? [] : `-i ${patterns[0]}`,
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
  return `--engine cap does without the project's addon (${problem}): the kernel's drops are unknown, and ${loss}`;
}

/** cap's own limit on what it captures of a frame, and so on the wire length that it can tell. */
const longestFrameBytes = 65_535;
/** Reading a clock costs as much as a tenth of a frame, so it is read once in so many (a power of two). */
const framesPerLook = 32;
const breatheMs = 5;
/** Longer than this without a turn of the event loop, and the capture is interrupted to let it turn. */
const longestStandMs = 1_000;
const busyFramesPerSecond = 50_000;
const advice = '--engine batch takes a fraction of the CPU time for the same frames';

class CapCapture implements Capture {
  readonly #options: LiveOptions;
  readonly #log: LiveLog;
  /** cap keeps its address only; this reference keeps it, and the handle's `emit` keeps this. */
  readonly #buffer = Buffer.alloc(longestFrameBytes);
  readonly #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, longestFrameBytes);
  readonly #handle: ReceivingHandle;
  readonly #socket: CapSocket;
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
  #advised = false;
  #closing: Promise<void> | undefined;

  constructor(cap: CapModule, options: LiveOptions, log: LiveLog) {
    this.#options = options;
    this.#log = log;
    this.#handle = createHandle(cap, (capturedBytes) => this.#receive(capturedBytes));
    let linkType = '';
    const open = () => {
      linkType = this.#handle.open(options.interface, options.filter, options.bufferBytes, this.#buffer);
    };
    try {
      this.#socket = openCapSocket(this.#handle, options.interface, open, () => this.#fail());
    } catch (error) {
      throw capError(options, error as Error);
    }
    this.#decode = frameDecoder(
      linkTypeNumber(linkType),
      options.tunnels,
      `-i ${options.interface}`,
      (text) => log.line(text),
    );
  }

  get resumable(): boolean {
    return this.#socket.resumable;
  }

  start(receiver: FrameReceiver, events: CaptureEvents): void {
    this.#receiver = receiver;
    this.#events = events;
    this.#socket.dropped();
    if (!this.#failed) return;
    try {
      this.#socket.resume();
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
    const dropped = this.#socket.dropped();
    if (dropped !== undefined && dropped > 0) this.#advise('the kernel drops frames');
    return { offered: undefined, dropped };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
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
    const nowUs = Date.now() * 1000;
    if (nowUs >= receiver.windowEndUs) receiver.advance(nowUs);
    receiver.frame(this.#decode, this.#view, 0, capturedBytes, capturedBytes, nowUs);
    this.#frames++;
    if ((this.#frames & (framesPerLook - 1)) === 0) this.#look(receiver);
  }

  /** cap empties the kernel's buffer without returning to the event loop: under load, until the end of days. */
  #look(receiver: FrameReceiver): void {
    const nowMs = steadyMs();
    const standsMs = this.#loop.standsMs(nowMs);
    if (standsMs >= breatheMs && nowMs - this.#breathedMs >= breatheMs) {
      this.#breathedMs = nowMs;
      receiver.breathe();
    }
    if (standsMs >= longestStandMs) this.#interrupt(nowMs);
    this.#measureRate(nowMs);
  }

  /** Lets signals, sockets and timers have their turn: takes no more frames until the event loop has turned. */
  #interrupt(nowMs: number): void {
    if (this.#pausedMs !== undefined || this.#closing !== undefined) return;
    this.#log.limited(
      `interrupted ${this.#options.interface}`,
      `-i ${this.#options.interface}: frames come faster than they are counted; the capture is interrupted for a ` +
        `moment every second. ${advice}`,
    );
    this.#pausedMs = nowMs;
    if (!this.#socket.resumable) {
      this.#handle.close();
      setImmediate(() => this.#fail());
      return;
    }
    this.#socket.pause();
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    const pausedMs = steadyMs() - (this.#pausedMs ?? 0);
    this.#pausedMs = undefined;
    if (this.#closing !== undefined || this.#failed) return;
    try {
      this.#socket.resume();
      this.#events?.interrupted(pausedMs);
    } catch {
      this.#fail();
    }
  }

  #measureRate(nowMs: number): void {
    const elapsedMs = nowMs - this.#rate.sinceMs;
    if (elapsedMs < 1_000) return;
    const framesPerSecond = ((this.#frames - this.#rate.frames) / elapsedMs) * 1_000;
    if (framesPerSecond > busyFramesPerSecond) this.#advise(`${Math.round(framesPerSecond)} frames a second`);
    this.#rate = { sinceMs: nowMs, frames: this.#frames };
  }

  #advise(reason: string): void {
    if (this.#advised) return;
    this.#advised = true;
    this.#log.line(`-i ${this.#options.interface}: ${reason}; ${advice}`);
  }
}

interface ReceivingHandle extends CapHandle {
  /** Called for every frame with its captured bytes. */
  receive: (capturedBytes: number) => void;
}

let receivingHandle: (new () => ReceivingHandle) | undefined;

/**
 * Collecting a handle crashes: its destructor stops a poll that a failed open() never started, leaves libuv with a pointer
 * to one that was closed, and calls into Node where that is not allowed. So they are all kept, under a kilobyte each.
 */
const handles: CapHandle[] = [];

/** Where `emit` is overridden, cap calls it straight: the event machinery costs a third of the time of a frame. */
function createHandle(cap: CapModule, receive: (capturedBytes: number) => void): ReceivingHandle {
  receivingHandle ??= class extends cap.Cap implements ReceivingHandle {
    receive: ReceivingHandle['receive'] = () => undefined;
    override emit(_event: 'packet', capturedBytes: number): boolean {
      this.receive(capturedBytes);
      return true;
    }
  };
  const handle = new receivingHandle();
  handle.receive = receive;
  handles.push(handle);
  return handle;
}

/** cap's names, and the DLT_ values that it made them of. */
const linkTypeNumbers: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 12,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
};

/** For a type it does not know, cap answers "Unknown linktype 276". -1 for any other text. */
export function linkTypeNumber(name: string): number {
  return linkTypeNumbers[name] ?? Number(/^Unknown linktype (\d+)$/.exec(name)?.[1] ?? -1);
}
