/**
 * What `cap` does not offer of its own capture: the kernel's counts, a pause, and a life after the interface was lost. The
 * project's addon can do all that to the socket that cap opened; without the addon, cap is closed and opened anew.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { loadNative, type Native } from '../../host/native.js';
import type { CapHandle } from './cap-module.js';
import { interfaceState } from './interfaces/interfaces.js';
import { isPolled, isRunning, packetSockets } from './packet-sockets.js';

export interface CapSocket {
  /** Of the packet socket; undefined where `pause` and `resume` cannot be called. */
  readonly descriptor: number | undefined;
  /** Frames that found no room in the kernel's buffer, since the first call; undefined where nobody can know. */
  dropped(): number | undefined;
  /** Takes no more frames; what is in the kernel's buffer stays to be delivered. */
  pause(): void;
  /** Takes frames of this interface again, or of it in place of another. Throws the addon's errors. */
  resume(interfaceName: string): void;
  /** Takes no more frames, lets cap deliver what is in the kernel's buffer, and closes the handle. */
  close(): Promise<void>;
}

/**
 * Opens `handle` by calling `open` and takes hold of its socket. `failed` is called, perhaps more than once, when the
 * capture has come to nothing by itself, because the interface went down or away.
 */
export function openCapSocket(
  handle: CapHandle,
  interfaceName: string,
  open: () => void,
  failed: () => void,
): CapSocket {
  const before = packetSockets();
  open();
  const descriptor = [...packetSockets()].find((socket) => !before.has(socket));
  const { native } = loadNative();
  if (native === undefined || descriptor === undefined) return new PlainSocket(handle, descriptor, failed);
  return new GuardedSocket(native, handle, descriptor, interfaceName, failed);
}

const lookMs = 1_000;

/**
 * libpcap may take the error of an interface gone down from the socket while cap empties the buffer, and nobody hears of
 * it; and libuv polls no more where it was libuv that saw the error. So the socket is looked at.
 */
function watch(descriptor: number, failed: () => void): NodeJS.Timeout {
  return setInterval(() => {
    if (!isRunning(descriptor) || !isPolled(descriptor)) failed();
  }, lookMs);
}

class GuardedSocket implements CapSocket {
  readonly descriptor: number;
  readonly #native: Native;
  readonly #handle: CapHandle;
  readonly #watch: NodeJS.Timeout;
  /** Undefined until the first call, and known for good once released. */
  #dropped: number | undefined;
  #closed = false;

  constructor(
    native: Native,
    handle: CapHandle,
    descriptor: number,
    interfaceName: string,
    failed: () => void,
  ) {
    this.#native = native;
    this.#handle = handle;
    this.descriptor = descriptor;
    this.#watch = watch(descriptor, failed);
    native.guardPoll(descriptor, failed);
    // On loopback every frame is sent and received, and libpcap leaves the first out after it has filled a slot.
    if (interfaceState(interfaceName)?.loopback) native.ignoreOutgoing(descriptor);
  }

  /** The kernel forgets its counts when they are read. */
  dropped(): number {
    if (!this.#closed) {
      const { dropped } = this.#native.packetStatistics(this.descriptor);
      this.#dropped = this.#dropped === undefined ? 0 : this.#dropped + dropped;
    }
    return this.#dropped ?? 0;
  }

  pause(): void {
    this.#native.pause(this.descriptor);
  }

  resume(interfaceName: string): void {
    this.#native.listen(this.descriptor, interfaceName, true);
  }

  /**
   * cap empties the kernel's buffer in the first turn of the event loop; and as this may be called while cap delivers a
   * frame, it is only after another one that cap has let go of its poll.
   */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.pause();
    await turn();
    await turn();
    this.dropped();
    this.#closed = true;
    this.#handle.close();
    await turn();
    this.#native.unguardPoll(this.descriptor);
  }
}

class PlainSocket implements CapSocket {
  readonly descriptor = undefined;
  readonly #handle: CapHandle;
  readonly #watch: NodeJS.Timeout | undefined;

  constructor(handle: CapHandle, descriptor: number | undefined, failed: () => void) {
    this.#handle = handle;
    this.#watch = descriptor === undefined ? undefined : watch(descriptor, failed);
  }

  dropped(): undefined {}

  pause(): void {}

  resume(): void {}

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await turn();
    this.#handle.close();
  }
}
