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
 * Where so many looks found no room while others' datagrams were dropped, others take all the room that there is, and who
 * waits for it gets none: a datagram goes all the same.
 */
const crowdedLooks = 10;
/** As long as the collector was seen to read within so long. */
const readingMs = 1_000;
/** Where nothing is read a datagram goes, too, once in so long: into what is left to others. */
const testMs = 1_000;

export class ReceiveBuffer {
  /** Dropped after they were sent from here: at most so many. */
  datagramsDropped = 0;
  #state: ReceiveBufferState | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  #roomBytes = 0;
  /** Sent since it was asked; and, before that, not among those that were dropped by then. */
  #sent = 0;
  #doubtful = 0;
  #crowded = 0;
  /** Since when there has been no room. */
  #fullSinceMs: number | undefined;
  /** When it was last seen that something was read while there was no room. */
  #readMs = Number.NEGATIVE_INFINITY;
  /** The state before the last datagram that went where nothing was read, and when that was. */
  #tested: { readonly state: ReceiveBufferState; readonly ms: number } | undefined;

  /** Whether there is room for a datagram of so many bytes. */
  hasRoomFor(datagramBytes: number, nowMs: number, link: AsksReceiver): boolean {
    const bytes = mostMemoryOf(datagramBytes);
    if (this.#roomBytes < bytes || nowMs - this.#askedMs >= freshMs) {
      this.look(nowMs, link);
      // What is larger than all of it goes alone.
      const isEmpty = this.#state?.usedBytes === 0;
      if (this.#roomBytes < bytes && !isEmpty) return this.#sendsAnyway(nowMs, this.#state!);
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

  /** For how long there has been no room, and nothing was read, when it was last asked. */
  get idleMs(): number {
    return this.#fullSinceMs === undefined ? 0 : this.#askedMs - Math.max(this.#fullSinceMs, this.#readMs);
  }

  /** What is asked next may be another one's. */
  forget(): void {
    this.#state = undefined;
    this.#askedMs = Number.NEGATIVE_INFINITY;
    this.#silentUntilMs = Number.NEGATIVE_INFINITY;
    this.#roomBytes = 0;
    this.#sent = 0;
    this.#doubtful = 0;
    this.#crowded = 0;
    this.#fullSinceMs = undefined;
  }

  /** Asks, and counts what was dropped since it was asked before. */
  look(nowMs: number, link: AsksReceiver): void {
    if (nowMs < this.#silentUntilMs) return;
    const last = this.#state;
    const state = link.receiveBuffer();
    this.#state = state;
    this.#askedMs = nowMs;
    if (state === undefined) {
      this.#distrust(nowMs);
    } else {
      this.#roomBytes = state.limitBytes * usedPart - state.usedBytes;
      if (state.socket === last?.socket) this.#compare(last, state);
    }
    this.#sent = 0;
  }

  #compare(last: ReceiveBufferState, state: ReceiveBufferState): void {
    const own = this.#sent + this.#doubtful;
    // The counter has 32 bits.
    const dropped = (state.dropped - last.dropped) >>> 0;
    const ownDropped = Math.min(dropped, own);
    this.datagramsDropped += ownDropped;
    // On a busy machine what was sent may be on its way still.
    this.#doubtful = Math.max(0, this.#sent - ownDropped);
    if (dropped > own) this.#crowded++;
    if (state.unreadBytes < last.unreadBytes) {
      this.#readMs = this.#askedMs;
      this.#tested = undefined;
    }
  }

  /** There is no room: whether a datagram may go nevertheless. */
  #sendsAnyway(nowMs: number, state: ReceiveBufferState): boolean {
    if (this.#fullSinceMs === undefined) {
      this.#fullSinceMs = nowMs;
      this.#readMs = Number.NEGATIVE_INFINITY;
      this.#tested = undefined;
    }
    this.#roomBytes = 0;
    if (this.#crowded >= crowdedLooks && nowMs - this.#readMs < readingMs) {
      this.#crowded = 0;
      return true;
    }
    const last = this.#tested;
    if (this.idleMs < testMs || (last !== undefined && nowMs - last.ms < testMs)) return false;
    // It neither came nor was dropped: another socket gets them, a BPF program's choice perhaps.
    if (last !== undefined && isSame(last.state, state)) this.#distrust(nowMs);
    else this.#tested = { state, ms: nowMs };
    return true;
  }

  /** For a while it is as if nobody told. */
  #distrust(nowMs: number): void {
    this.#state = undefined;
    this.#fullSinceMs = undefined;
    this.#roomBytes = Number.POSITIVE_INFINITY;
    this.#silentUntilMs = nowMs + silenceMs;
  }
}

function isSame(one: ReceiveBufferState, other: ReceiveBufferState): boolean {
  return one.unreadBytes === other.unreadBytes && one.dropped === other.dropped;
}

/** Bytes of memory that a datagram takes at the most in Linux: a structure, and a power of two for it with its headers. */
function mostMemoryOf(datagramBytes: number): number {
  return 2 * datagramBytes + 1056;
}
