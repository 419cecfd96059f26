/**
 * What `cap` does not offer of its own capture: the kernel's counts, a pause, and a life after the interface was lost. The
 * project's addon can do all that to the socket that cap opened; without the addon, cap is closed and opened anew.
 */
import type { CapHandle } from './cap-module.js';
import { interfaceState } from './interfaces.js';
import { loadNative, type Native } from './native.js';
import { isPolled, packetSockets } from './packet-sockets.js';

export interface CapSocket {
  /** Whether `pause` and `resume` can be called. */
  readonly resumable: boolean;
  /** Frames that found no room in the kernel's buffer, since the first call; undefined where nobody can know. */
  dropped(): number | undefined;
  /** Takes no more frames; what is in the kernel's buffer stays to be delivered. */
  pause(): void;
  /** Takes frames again, also of an interface that was lost. Throws the addon's errors. */
  resume(): void;
  /** To be called when the handle is closed, outside of any call from it. */
  release(): void;
}

/**
 * Opens `handle` by calling `open` and takes hold of its socket. `failed` is called when the capture has ended by
 * itself, because the interface went down or away.
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
  if (native === undefined || descriptor === undefined) return new WatchedSocket(handle, descriptor, failed);
  return new GuardedSocket(native, handle, descriptor, interfaceName, failed);
}

class GuardedSocket implements CapSocket {
  readonly resumable = true;
  readonly #native: Native;
  readonly #handle: CapHandle;
  readonly #descriptor: number;
  readonly #interfaceName: string;
  /** Undefined until the first call, and known for good once released. */
  #dropped: number | undefined;
  #released = false;

  constructor(
    native: Native,
    handle: CapHandle,
    descriptor: number,
    interfaceName: string,
    failed: () => void,
  ) {
    this.#native = native;
    this.#handle = handle;
    this.#descriptor = descriptor;
    this.#interfaceName = interfaceName;
    native.guardPoll(descriptor, failed);
    // On loopback every frame is sent and received, and libpcap leaves the first out after it has filled a slot.
    if (interfaceState(interfaceName)?.loopback) native.ignoreOutgoing(descriptor);
  }

  /** The kernel forgets its counts when they are read. */
  dropped(): number {
    if (!this.#released) {
      const { dropped } = this.#native.packetStatistics(this.#descriptor);
      this.#dropped = this.#dropped === undefined ? 0 : this.#dropped + dropped;
    }
    return this.#dropped ?? 0;
  }

  pause(): void {
    this.#native.pause(this.#descriptor);
  }

  resume(): void {
    this.#native.listen(this.#descriptor, this.#interfaceName, true);
    this.#native.resumePoll(this.#descriptor);
  }

  release(): void {
    this.#released = true;
    this.#native.releasePoll(this.#descriptor, this.#handle);
  }
}

const lookMs = 1_000;

/**
 * libuv's list of handles goes on pointing into a closed capture: it must never be collected. About a kilobyte for each
 * time that an interface was lost and found.
 */
const closedHandles: CapHandle[] = [];

class WatchedSocket implements CapSocket {
  readonly resumable = false;
  readonly #handle: CapHandle;
  readonly #timer: NodeJS.Timeout;

  constructor(handle: CapHandle, descriptor: number | undefined, failed: () => void) {
    this.#handle = handle;
    this.#timer = setInterval(() => {
      if (descriptor !== undefined && !isPolled(descriptor)) failed();
    }, lookMs);
  }

  dropped(): undefined {}

  pause(): void {}

  resume(): void {}

  release(): void {
    clearInterval(this.#timer);
    closedHandles.push(this.#handle);
  }
}
