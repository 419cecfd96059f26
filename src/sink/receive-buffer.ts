/**
 * The collector's receive buffer, where the collector is on this host, as it mostly is. UDP drops what that has no room
 * for and tells nobody; so it is asked beforehand, and datagrams wait here for a collector that is slow, or that has no
 * processor to run on. Of one on another host nothing is known.
 */

/** As the kernel tells it: sock_diag(7), struct inet_diag_meminfo and SK_MEMINFO_DROPS. */
export interface ReceiveBufferState {
  /** Bytes of memory that wait to be read; up to a quarter of `limitBytes` may have been read already. */
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Datagrams since the socket was opened, whoever sent them. */
  readonly dropped: number;
  /** Tells it from others. */
  readonly socket: number;
}

/** A connected socket. */
export interface AsksReceiver {
  /** Undefined where nobody tells. */
  receiveBuffer(): ReceiveBufferState | undefined;
}

/** An answer takes some 15 µs, so it holds for as long as one tick of the sending clock. */
const freshMs = 5;
/** The rest is left to others who send to the same collector, and came since it was asked. */
const usedPart = 3 / 4;
/** After so long without asking, what was dropped meanwhile is none of ours. */
const pauseMs = 1_000;

export class ReceiveBuffer {
  /** Dropped while it was looked at, whoever sent them: at most so many of those that were sent from here. */
  datagramsDropped = 0;
  #roomBytes = 0;
  #askedMs = Number.NEGATIVE_INFINITY;
  #state: ReceiveBufferState | undefined;
  #fullSinceMs: number | undefined;

  /** Whether there is room for a datagram of so many bytes, which then is to be sent. */
  hasRoomFor(datagramBytes: number, nowMs: number, link: AsksReceiver): boolean {
    const bytes = mostMemoryOf(datagramBytes);
    if (this.#roomBytes < bytes || nowMs - this.#askedMs >= freshMs) this.#take(link.receiveBuffer(), nowMs);
    // What is larger than it all is not held back for ever.
    if (this.#roomBytes < bytes && this.#state?.usedBytes !== 0) {
      this.#fullSinceMs ??= nowMs;
      return false;
    }
    this.#fullSinceMs = undefined;
    this.#roomBytes -= bytes;
    return true;
  }

  /** How long there has been no room. */
  fullMs(nowMs: number): number {
    return nowMs - (this.#fullSinceMs ?? nowMs);
  }

  /** There is none any more. */
  forget(): void {
    this.#fullSinceMs = undefined;
  }

  #take(state: ReceiveBufferState | undefined, nowMs: number): void {
    const known = state !== undefined && state.socket === this.#state?.socket;
    if (known && nowMs - this.#askedMs < pauseMs) {
      this.datagramsDropped += (state.dropped - this.#state!.dropped) >>> 0;
    }
    this.#roomBytes = state === undefined ? Infinity : state.limitBytes * usedPart - state.usedBytes;
    this.#state = state;
    this.#askedMs = nowMs;
  }
}

/** Bytes of memory that a datagram takes at the most in Linux: a structure, and a power of two for it with its headers. */
function mostMemoryOf(datagramBytes: number): number {
  return 2 * datagramBytes + 1056;
}
