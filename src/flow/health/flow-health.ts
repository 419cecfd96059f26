/**
 * How well a flow went, as far as the packets of its own direction say; or several flows that are told as one, of which only the
 * counts go on. table/health-rows.ts has the rules.
 */

/** Bits of `marks`. */
export const HEALTH_TOLD = 1;
/** It sent a SYN, and a SYN with an ACK. */
export const SENT_SYN = 2;
export const SENT_SYN_ACK = 4;
/** The SYN, or SYN with ACK, that opened it came again. */
export const SYN_AGAIN = 8;
/** It is open, and has sent no ACK since. */
export const AWAITS_ACK = 16;
/** `end` holds something. */
export const HAS_END = 32;
/** Segments came again, or late, of which only one of both can be said: in IPv6, and where IPv4's identification is 0. */
export const UNSPLIT = 64;
/** Such a segment was longer than a link carries: it stands for several. */
export const OFFLOADED = 128;
/** Three bits: a position in packet/quoted.ts's `icmpErrors`, the last one that quoted a packet of this flow. */
export const ICMP_ERROR_SHIFT = 8;
export const ICMP_ERROR = 7 << ICMP_ERROR_SHIFT;
/** Of this direction, since it was opened: a FIN that came before any RST, and a RST. */
export const SENT_FIN = 0x800;
export const SENT_RST = 0x1000;
/** In a row only: a TCP packet of it could not be read, for it was a fragment or cut short. Nothing is told of the flow. */
export const SOME_UNTOLD = 0x2000;

/** There was one, and nobody knows when: see Packet.isStamped. */
export const MOMENT_UNKNOWN = 1;

export class FlowHealth {
  marks = 0;
  /**
   * Moments, 0 where there was none, else MOMENT_UNKNOWN or the low 32 bits, as a signed word, of a time in microseconds. When it was
   * opened, the first ACK after that, and the first payload. See `elapsedUs`.
   */
  openUs = 0;
  ackUs = 0;
  dataUs = 0;
  /** Of what is no TCP: the first payload's mark, see Packet.payloadMark; 0 where it has none. */
  firstMark = 0;
  /**
   * Segments that went back, by what is likely of them; with UNSPLIT, `retransmitted` has also those that may have come late or twice.
   * All counts of a flow stop where they are full, and are lower bounds then: 65,535 for the first two, 255 for `doubled` and
   * `zeroWindows`, 63 for the flags.
   */
  retransmitted = 0;
  outOfOrder = 0;
  doubled = 0;
  /** Payload bytes of `retransmitted`; 2^32 - 1 at most. */
  retransmittedBytes = 0;
  /** Segments that let the other end send nothing. */
  zeroWindows = 0;
  /** A segment with RST counts as that only, and one with SYN and FIN as a SYN. */
  syns = 0;
  fins = 0;
  rsts = 0;

  get isTold(): boolean {
    return (this.marks & HEALTH_TOLD) !== 0;
  }

  has(mark: number): boolean {
    return (this.marks & mark) !== 0;
  }

  /** A position in `icmpErrors`. */
  get icmpError(): number {
    return (this.marks & ICMP_ERROR) >>> ICMP_ERROR_SHIFT;
  }

  /** Becomes the health of nothing, which is not told. */
  clear(): void {
    if (this.marks !== 0) this.become(nothing);
  }

  become(other: Readonly<FlowHealth>): void {
    this.marks = other.marks;
    this.openUs = other.openUs;
    this.ackUs = other.ackUs;
    this.dataUs = other.dataUs;
    this.firstMark = other.firstMark;
    this.retransmitted = other.retransmitted;
    this.outOfOrder = other.outOfOrder;
    this.doubled = other.doubled;
    this.retransmittedBytes = other.retransmittedBytes;
    this.zeroWindows = other.zeroWindows;
    this.syns = other.syns;
    this.fins = other.fins;
    this.rsts = other.rsts;
  }

  /** Adds the counts of another flow, which has packets as this one has. Not told where one of both is not. */
  add(other: Readonly<FlowHealth>): void {
    if (!this.isTold || !other.isTold) {
      this.clear();
      return;
    }
    this.marks = HEALTH_TOLD | ((this.marks | other.marks) & (UNSPLIT | OFFLOADED));
    this.openUs = 0;
    this.ackUs = 0;
    this.dataUs = 0;
    this.firstMark = 0;
    this.retransmitted += other.retransmitted;
    this.outOfOrder += other.outOfOrder;
    this.doubled += other.doubled;
    this.retransmittedBytes += other.retransmittedBytes;
    this.zeroWindows += other.zeroWindows;
    this.syns += other.syns;
    this.fins += other.fins;
    this.rsts += other.rsts;
  }
}

const nothing: Readonly<FlowHealth> = new FlowHealth();

/** Whether it is a time. A time that would be 0 or MOMENT_UNKNOWN is a microsecond or two later. */
export function isMoment(moment: number): boolean {
  return moment >>> 0 > MOMENT_UNKNOWN;
}

/**
 * Microseconds from one moment to another; -1 where one of both is no time, or they are the other way round. They must be less than 35
 * minutes apart.
 */
export function elapsedUs(from: number, to: number): number {
  const us = (to - from) | 0;
  return isMoment(from) && isMoment(to) && us >= 0 ? us : -1;
}
