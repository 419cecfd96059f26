/**
 * The collector's receive buffer, where the collector is on this host, as it mostly is. UDP drops what that has no room
 * for and tells nobody; so it is asked beforehand, and datagrams wait here for a collector that is slow, or that has no
 * processor to run on. Of one on another host nothing is known.
 */

/** As the kernel tells it: sock_diag(7), idiag_rqueue, and SK_MEMINFO_ of linux/sock_diag.h. */
export interface ReceiveBufferState {
  /** Bytes of memory that wait to be read. */
  readonly unreadBytes: number;
  /** The same with what was read and is not free yet: that happens a quarter of the buffer at a time. */
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
/** Who did not tell is left alone for so long: the kernel may have looked for a module on disk. */
const silenceMs = 10_000;
/**
 * After so many looks that found no room while others' datagrams were dropped, others take all the room that there is, and
 * who waits for it gets none: every other look lets a few datagrams go out all the same. More would be lost, too.
 */
const crowdedLooks = 10;
const crowdedPart = 1 / 8;
/** As long as the collector was seen to read within so long. */
const readingMs = 1_000;

export class ReceiveBuffer {
  /** Dropped after they were sent from here: at most so many. */
  datagramsDropped = 0;
  #state: ReceiveBufferState | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  #roomBytes = 0;
  /** Sent since it was asked. */
  #sent = 0;
  #crowded = 0;
  /** Since when there has been no room. */
  #fullSinceMs: number | undefined;
  /** When it was last seen that something was read while there was no room. */
  #readMs = Number.NEGATIVE_INFINITY;

  /** Whether there is room for a datagram of so many bytes. */
  hasRoomFor(datagramBytes: number, nowMs: number, link: AsksReceiver): boolean {
    const bytes = mostMemoryOf(datagramBytes);
    if (this.#roomBytes < bytes || nowMs - this.#askedMs >= freshMs) {
      this.look(nowMs, link);
      // What is larger than all of it goes alone.
      const isEmpty = this.#state?.usedBytes === 0;
      if (this.#roomBytes < bytes && !isEmpty) return this.#goesAllTheSame(nowMs);
      this.#fullSinceMs = undefined;
      this.#crowded = 0;
    }
    this.#roomBytes -= bytes;
    return true;
  }

  /** A datagram has gone out. */
  sent(): void {
    this.#sent++;
  }

  /** For how long there has been no room, and nothing was read. */
  idleMs(nowMs: number): number {
    return this.#fullSinceMs === undefined ? 0 : nowMs - Math.max(this.#fullSinceMs, this.#readMs);
  }

  /** The collector has gone. */
  forget(): void {
    this.#fullSinceMs = undefined;
    this.#silentUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** Asks, and counts what was dropped since it was asked before. */
  look(nowMs: number, link: AsksReceiver): void {
    if (nowMs < this.#silentUntilMs) return;
    const last = this.#state;
    const state = link.receiveBuffer();
    this.#state = state;
    this.#askedMs = nowMs;
    if (state === undefined) {
      this.#silentUntilMs = nowMs + silenceMs;
      this.#roomBytes = Number.POSITIVE_INFINITY;
    } else {
      this.#roomBytes = state.limitBytes * usedPart - state.usedBytes;
      if (state.socket === last?.socket) this.#compare(last, state);
    }
    this.#sent = 0;
  }

  #compare(last: ReceiveBufferState, state: ReceiveBufferState): void {
    // The counter has 32 bits.
    const dropped = (state.dropped - last.dropped) >>> 0;
    this.datagramsDropped += Math.min(dropped, this.#sent);
    if (dropped > this.#sent) this.#crowded = Math.min(this.#crowded + 1, crowdedLooks);
    if (state.unreadBytes < last.unreadBytes) this.#readMs = this.#askedMs;
  }

  /** There is no room: whether a datagram may go nevertheless. */
  #goesAllTheSame(nowMs: number): boolean {
    if (this.#fullSinceMs === undefined) {
      this.#fullSinceMs = nowMs;
      this.#readMs = Number.NEGATIVE_INFINITY;
    }
    const isCrowdedOut = this.#crowded >= crowdedLooks && nowMs - this.#readMs < readingMs;
    if (isCrowdedOut) {
      this.#crowded--;
      this.#roomBytes = this.#state!.limitBytes * crowdedPart;
    }
    return isCrowdedOut;
  }
}

/** Bytes of memory that a datagram takes at the most in Linux: a structure, and a power of two for it with its headers. */
function mostMemoryOf(datagramBytes: number): number {
  return 2 * datagramBytes + 1056;
}
