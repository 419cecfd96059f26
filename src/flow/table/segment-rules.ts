/**
 * What a TCP segment changes in its flow's health row: the rules of whatever is not plain data that goes on, which health-rows.ts sees
 * to. No timers and no state of connections.
 *
 * A row in 32-bit words:
 *
 *     0 open    1 ack    2 end    3 data    4 bytes sent again
 *     5 segments sent again, out of order (16 bits each)
 *     6 identification (16 bits), doubled, zero windows (8 bits each)
 *     7 marks (14 bits, see flow-health.ts), SYN, RST, FIN (6 bits each)
 *
 * open, ack and data are moments, see FlowHealth. `end` is the highest sequence number sent, plus one, and `identification` IPv4's of
 * the segment that reached it; of what is no TCP, `end` is the first payload's mark. A count that is full stays so.
 *
 * What went back behind `end` was sent again, or came late. Senders count their packets in IPv4's identification: one a little lower than
 * that of the segment that reached `end` was sent before it, and an equal one is the same packet.
 */
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import {
  AWAITS_ACK,
  elapsedUs,
  HAS_END,
  HEALTH_TOLD,
  isMoment,
  MOMENT_UNKNOWN,
  OFFLOADED,
  SENT_FIN,
  SENT_RST,
  SENT_SYN,
  SENT_SYN_ACK,
  SYN_AGAIN,
  UNSPLIT,
} from '../health/flow-health.js';

export const HEALTH_WORDS = 8;
export const OPEN = 0;
export const ACK = 1;
export const END = 2;
export const DATA = 3;
export const AGAIN_BYTES = 4;
export const MARKS = 7;
/** Positions among a row's 16-bit halves and 8-bit quarters, whatever the machine's byte order. */
export const RETRANSMITTED_16 = 10;
export const OUT_OF_ORDER_16 = 11;
export const IDENTIFICATION_16 = 12;
export const DOUBLED_8 = 26;
export const ZERO_WINDOWS_8 = 27;

export const marksMask = 0x3fff;
export const SYNS_SHIFT = 14;
export const RSTS_SHIFT = 20;
export const FINS_SHIFT = 26;
export const mostFlagged = 0x3f;
const most8 = 0xff;
const most16 = 0xffff;
const most32 = 0xffff_ffff;

/** What is farther behind is of another connection, or forged. No window in use is as large. */
const farthestBack = -(2 ** 26);
/** A SYN so little behind what was sent since is that of the same connection, not of one that reuses its ports. */
const mostBehindSyn = 2 ** 16;
/**
 * A SYN without identification that comes again sooner is the same packet, seen twice, or one of two answers to such a packet. Nobody
 * waits so short a time for an answer.
 */
const longestCopyUs = 10_000;
/** How many packets a sender may have sent between one that came late and the one before which it came: some ms at 10 Gbit/s. */
const mostOvertaken = 4096;
/** The longest IP packet that a link without jumbo frames carries. */
const longestLinkBytes = 1500;

/** Marks that tell of the connection that was opened last. */
const ofConnection = SENT_SYN | SENT_SYN_ACK | SYN_AGAIN | AWAITS_ACK | SENT_FIN | SENT_RST;

/** When a packet was captured, see FlowHealth. */
export function momentOf({ timestampUs, isStamped }: Packet): number {
  if (!isStamped) return MOMENT_UNKNOWN;
  const moment = timestampUs | 0;
  return isMoment(moment) ? moment : MOMENT_UNKNOWN + 1;
}

export class SegmentRules {
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;

  /** Changes rows that lie somewhere in `rows`: each begins at a word that `add` is given, and is HEALTH_WORDS long. */
  constructor(rows: SharedArrayBuffer) {
    this.#words = new Int32Array(rows);
    this.#halves = new Uint16Array(rows);
    this.#bytes = new Uint8Array(rows);
  }

  /** Adds any segment to the row that starts at `word`. */
  add(
    word: number,
    moment: number,
    flags: number,
    sequence: number,
    payloadBytes: number,
    window: number,
    identification: number,
    ipBytes: number,
  ): void {
    const words = this.#words;
    words[word + MARKS]! |= HEALTH_TOLD;
    if ((flags & TCP_RST) !== 0) {
      this.#count(word, RSTS_SHIFT);
      words[word + MARKS]! |= SENT_RST;
      return;
    }
    if ((flags & TCP_SYN) !== 0) {
      this.#addSyn(word, moment, flags, sequence, payloadBytes, identification);
      return;
    }
    const fin = flags & TCP_FIN;
    if (fin !== 0) this.#addFin(word);
    else if (window === 0) countUp(this.#bytes, word * 4 + ZERO_WINDOWS_8, most8);
    if ((words[word + MARKS]! & AWAITS_ACK) !== 0 && (flags & TCP_ACK) !== 0) {
      words[word + ACK] = moment;
      words[word + MARKS]! &= ~AWAITS_ACK;
    }
    this.#addSpan(word, moment, sequence, payloadBytes, fin, identification, ipBytes);
  }

  #addSyn(
    word: number,
    moment: number,
    flags: number,
    sequence: number,
    payloadBytes: number,
    identification: number,
  ): void {
    const words = this.#words;
    this.#count(word, SYNS_SHIFT);
    const kind = (flags & TCP_ACK) === 0 ? SENT_SYN : SENT_SYN_ACK;
    const end = (sequence + 1) | 0;
    if (this.#isSynAgain(word, end)) {
      const isCopy = this.#isSame(word, end, identification) && this.#isSynCopy(word, moment, identification);
      if (isCopy && identification !== 0) countUp(this.#bytes, word * 4 + DOUBLED_8, most8);
      words[word + MARKS]! |= isCopy ? kind : kind | SYN_AGAIN;
      return;
    }
    const fin = (flags & TCP_FIN) === 0 ? 0 : SENT_FIN;
    words[word + MARKS] = (words[word + MARKS]! & ~ofConnection) | kind | fin | AWAITS_ACK | HAS_END;
    words[word + OPEN] = moment;
    words[word + ACK] = 0;
    words[word + DATA] = payloadBytes > 0 ? moment : 0;
    this.#reach(word, end, identification);
  }

  /** Whether it is open by this very SYN, which data may have followed. */
  #isSynAgain(word: number, end: number): boolean {
    const words = this.#words;
    if (words[word + OPEN] === 0) return false;
    const behind = (words[word + END]! - end) | 0;
    const hasEnded = (words[word + MARKS]! & (SENT_FIN | SENT_RST)) !== 0;
    return behind === 0 || (behind > 0 && behind < mostBehindSyn && !hasEnded);
  }

  /** Linux has no identification in a SYN with ACK. */
  #isSynCopy(word: number, moment: number, identification: number): boolean {
    if (identification !== 0) return true;
    const sinceUs = elapsedUs(this.#words[word + OPEN]!, moment);
    return sinceUs >= 0 && sinceUs < longestCopyUs;
  }

  #addFin(word: number): void {
    this.#count(word, FINS_SHIFT);
    if ((this.#words[word + MARKS]! & SENT_RST) === 0) this.#words[word + MARKS]! |= SENT_FIN;
  }

  /** Adds what takes sequence numbers, which is not the case for a mere ACK. */
  #addSpan(
    word: number,
    moment: number,
    sequence: number,
    payloadBytes: number,
    fin: number,
    identification: number,
    ipBytes: number,
  ): void {
    const words = this.#words;
    const hasEnd = (words[word + MARKS]! & HAS_END) !== 0;
    if (hasEnd && payloadBytes === 0 && fin === 0) return;
    const end = (sequence + payloadBytes + fin) | 0;
    const beyond = (end - words[word + END]!) | 0;
    const isSame = hasEnd && this.#isSame(word, end, identification) && identification !== 0;
    // RFC 9293, 3.8.4: a keep-alive may have a byte that was acknowledged long ago.
    const isKeepAlive = hasEnd && payloadBytes === 1 && beyond === 0 && fin === 0 && !isSame;
    if (isKeepAlive) return;
    if (payloadBytes > 0 && words[word + DATA] === 0) words[word + DATA] = moment;
    if (!hasEnd || beyond > 0 || beyond < farthestBack) {
      words[word + MARKS]! |= HAS_END;
      this.#reach(word, end, identification);
      return;
    }
    if (isSame) countUp(this.#bytes, word * 4 + DOUBLED_8, most8);
    else this.#addAgain(word, payloadBytes, identification);
    if (ipBytes > longestLinkBytes) words[word + MARKS]! |= OFFLOADED;
  }

  /** A segment that went back, and is not the very one that reached `end`. */
  #addAgain(word: number, payloadBytes: number, identification: number): void {
    const words = this.#words;
    const highest = this.#halves[word * 2 + IDENTIFICATION_16]!;
    const overtaken = (highest - identification) & 0xffff;
    if (!isCounted(highest, identification)) {
      words[word + MARKS]! |= UNSPLIT;
    } else if (overtaken > 0 && overtaken <= mostOvertaken) {
      countUp(this.#halves, word * 2 + OUT_OF_ORDER_16, most16);
      return;
    }
    countUp(this.#halves, word * 2 + RETRANSMITTED_16, most16);
    const bytes = (words[word + AGAIN_BYTES]! >>> 0) + payloadBytes;
    words[word + AGAIN_BYTES] = Math.min(bytes, most32);
  }

  /** Whether a segment ends where the one did that reached `end`, and has its identification. */
  #isSame(word: number, end: number, identification: number): boolean {
    return this.#words[word + END] === end && this.#halves[word * 2 + IDENTIFICATION_16] === identification;
  }

  #reach(word: number, end: number, identification: number): void {
    this.#words[word + END] = end;
    this.#halves[word * 2 + IDENTIFICATION_16] = identification;
  }

  /** Counts up six bits of the last word. */
  #count(word: number, shift: number): void {
    const last = this.#words[word + MARKS]!;
    if (((last >>> shift) & mostFlagged) < mostFlagged) this.#words[word + MARKS] = last + (1 << shift);
  }
}

/** Whether a sender counts in its identifications. 0 means that it does not, but where the count has just gone round. */
function isCounted(highest: number, identification: number): boolean {
  if (highest !== 0 && identification !== 0) return true;
  const apart = Math.abs(((highest - identification) << 16) >> 16);
  return apart > 0 && apart <= mostOvertaken;
}

function countUp(counts: Uint8Array | Uint16Array, at: number, most: number): void {
  const count = counts[at]!;
  if (count < most) counts[at] = count + 1;
}
