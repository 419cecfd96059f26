/**
 * The columns of a FlowRows' flows that say how well they go, and the rules by which packets change them. No timers and no state
 * of connections: 32 bytes a flow. In 32-bit words:
 *
 *     0 open    1 ack    2 end    3 data    4 retransmitted bytes
 *     5 segments retransmitted, out of order (16 bits each)
 *     6 identification (16 bits), doubled, zero windows (8 bits each)
 *     7 marks (14 bits, see flow-health.ts), SYN, RST, FIN (6 bits each)
 *
 * open, ack and data are moments, see FlowHealth. `end` is the highest sequence number sent, plus one, and `identification` IPv4's of
 * the segment that reached it; of what is no TCP, `end` is the first payload's mark. All counts stay at what they can hold.
 *
 * What went back behind `end` was sent again, or came late. Senders count their packets in IPv4's identification: one a little lower than
 * that of the segment that reached `end` was sent before it.
 */
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { NO_SEGMENT, TCP_SEGMENT } from '../../packet/segment.js';
import {
  AWAITS_ACK,
  type FlowHealth,
  HAS_END,
  HEALTH_TOLD,
  ICMP_ERROR,
  ICMP_ERROR_SHIFT,
  MOMENT_UNKNOWN,
  OFFLOADED,
  SENT_FIN,
  SENT_RST,
  SENT_SYN,
  SENT_SYN_ACK,
  SYN_AGAIN,
  UNSPLIT,
} from '../health/flow-health.js';

const rowWords = 8;
const OPEN = 0;
const ACK = 1;
const END = 2;
const DATA = 3;
const AGAIN_BYTES = 4;
const MARKS = 7;
/** Positions among a row's 16-bit and 8-bit halves and quarters, whatever the machine's byte order. */
const RETRANSMITTED_16 = 10;
const OUT_OF_ORDER_16 = 11;
const IDENTIFICATION_16 = 12;
const DOUBLED_8 = 26;
const ZERO_WINDOWS_8 = 27;

const marksMask = 0x3fff;
const SYNS_SHIFT = 14;
const RSTS_SHIFT = 20;
const FINS_SHIFT = 26;
const mostFlagged = 0x3f;
const most16 = 0xffff;
const most8 = 0xff;

/** What is farther behind is a sequence number of another connection, or a forged one. */
const farthestBack = -(2 ** 30);
/** How many packets a sender may have sent between one that came late and the one before which it came. */
const mostOvertaken = 256;
/** The longest IP packet that a link without jumbo frames carries. */
const longestLinkBytes = 1500;
/** Packets may be so much earlier than the first that was counted. */
const slackUs = 1_000_000;

export class HealthRows {
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  /** In a staged row: 0 time, 1 sequence number or mark, 2 payload bytes, 3 flags and kind, 4 window and identification, 5 IP bytes. */
  readonly #stage: Int32Array;
  readonly #stageTimes: Float64Array;
  /** Moment 0; NaN before the first packet. */
  #startUs = Number.NaN;

  constructor(maxFlows: number, maxStaged: number) {
    // Shared with nobody: see FlowRows.
    const rows = new SharedArrayBuffer(maxFlows * rowWords * 4);
    this.#words = new Int32Array(rows);
    this.#halves = new Uint16Array(rows);
    this.#bytes = new Uint8Array(rows);
    this.#stage = new Int32Array(maxStaged * rowWords);
    this.#stageTimes = new Float64Array(maxStaged);
  }

  /** Bytes of memory that a flow takes. */
  get flowBytes(): number {
    return rowWords * 4;
  }

  /** Loads what adding will need; any number. */
  touch(position: number): number {
    return this.#words[position * rowWords]!;
  }

  /** Forgets when the window began. */
  clear(): void {
    this.#startUs = Number.NaN;
  }

  /** Makes the columns of a new flow. */
  begin(position: number): void {
    this.#words.fill(0, position * rowWords, (position + 1) * rowWords);
  }

  stage(staged: number, packet: Packet): void {
    const word = staged * rowWords;
    const stage = this.#stage;
    this.#stageTimes[staged] = packet.timestampUs;
    stage[word + 1] = packet.segment === TCP_SEGMENT ? packet.sequence : packet.payloadMark;
    stage[word + 2] = packet.payloadBytes;
    stage[word + 3] = packet.tcpFlags | (packet.segment << 8);
    stage[word + 4] = (packet.tcpWindow << 16) | packet.identification;
    stage[word + 5] = packet.ipBytes;
  }

  addStaged(position: number, staged: number): void {
    const word = staged * rowWords;
    const stage = this.#stage;
    const flags = stage[word + 3]!;
    const segment = flags >>> 8;
    if (segment === NO_SEGMENT) return;
    const timestampUs = this.#stageTimes[staged]!;
    const first = stage[word + 1]!;
    const payloadBytes = stage[word + 2]!;
    if (segment !== TCP_SEGMENT) {
      this.#addDatagram(position, timestampUs, first, payloadBytes);
      return;
    }
    const second = stage[word + 4]!;
    this.#addSegment(
      position,
      timestampUs,
      flags & 0xff,
      first,
      payloadBytes,
      second >>> 16,
      second & 0xffff,
      stage[word + 5]!,
    );
  }

  add(position: number, packet: Packet): void {
    const { segment, timestampUs, payloadBytes } = packet;
    if (segment === NO_SEGMENT) return;
    if (segment !== TCP_SEGMENT) {
      this.#addDatagram(position, timestampUs, packet.payloadMark, payloadBytes);
      return;
    }
    this.#addSegment(
      position,
      timestampUs,
      packet.tcpFlags,
      packet.sequence,
      payloadBytes,
      packet.tcpWindow,
      packet.identification,
      packet.ipBytes,
    );
  }

  /** An ICMP error quoted a packet of this flow: a position in `icmpErrors`. */
  noteError(position: number, error: number): void {
    const at = position * rowWords + MARKS;
    this.#words[at] = (this.#words[at]! & ~ICMP_ERROR) | HEALTH_TOLD | (error << ICMP_ERROR_SHIFT);
  }

  read(position: number, isTcp: boolean, health: FlowHealth): void {
    const word = position * rowWords;
    const words = this.#words;
    const last = words[word + MARKS]!;
    health.marks = last & marksMask;
    health.openUs = words[word + OPEN]! >>> 0;
    health.ackUs = words[word + ACK]! >>> 0;
    health.dataUs = words[word + DATA]! >>> 0;
    health.firstMark = isTcp ? 0 : words[word + END]!;
    health.retransmittedBytes = words[word + AGAIN_BYTES]! >>> 0;
    health.retransmitted = this.#halves[word * 2 + RETRANSMITTED_16]!;
    health.outOfOrder = this.#halves[word * 2 + OUT_OF_ORDER_16]!;
    health.doubled = this.#bytes[word * 4 + DOUBLED_8]!;
    health.zeroWindows = this.#bytes[word * 4 + ZERO_WINDOWS_8]!;
    health.syns = (last >>> SYNS_SHIFT) & mostFlagged;
    health.rsts = (last >>> RSTS_SHIFT) & mostFlagged;
    health.fins = last >>> FINS_SHIFT;
  }

  #addDatagram(position: number, timestampUs: number, mark: number, payloadBytes: number): void {
    const words = this.#words;
    const word = position * rowWords;
    words[word + MARKS]! |= HEALTH_TOLD;
    if (payloadBytes === 0 || words[word + DATA] !== 0) return;
    words[word + DATA] = this.#moment(timestampUs);
    words[word + END] = mark;
  }

  #addSegment(
    position: number,
    timestampUs: number,
    flags: number,
    sequence: number,
    payloadBytes: number,
    window: number,
    identification: number,
    ipBytes: number,
  ): void {
    const words = this.#words;
    const word = position * rowWords;
    let marks = words[word + MARKS]! | HEALTH_TOLD;
    if ((flags & (TCP_RST | TCP_SYN)) !== 0) {
      if ((flags & TCP_RST) !== 0) {
        words[word + MARKS] = marks | SENT_RST;
        this.#count(word, RSTS_SHIFT);
      } else {
        words[word + MARKS] = marks;
        this.#addSyn(word, timestampUs, flags, sequence, identification);
      }
      return;
    }
    if (window === 0 && (flags & TCP_FIN) === 0) countUp(this.#bytes, word * 4 + ZERO_WINDOWS_8, most8);
    if ((marks & AWAITS_ACK) !== 0 && (flags & TCP_ACK) !== 0) {
      words[word + ACK] = this.#moment(timestampUs);
      marks &= ~AWAITS_ACK;
    }
    const fin = flags & TCP_FIN;
    if (fin !== 0 && (marks & SENT_RST) === 0) marks |= SENT_FIN;
    words[word + MARKS] = marks;
    if (fin !== 0) this.#count(word, FINS_SHIFT);
    const end = (sequence + payloadBytes + fin) | 0;
    if ((marks & HAS_END) === 0) {
      words[word + MARKS]! |= HAS_END;
      words[word + END] = payloadBytes === 0 && fin === 0 ? sequence : end;
      this.#halves[word * 2 + IDENTIFICATION_16] = identification;
      if (payloadBytes > 0 && words[word + DATA] === 0) words[word + DATA] = this.#moment(timestampUs);
      return;
    }
    if (payloadBytes === 0 && fin === 0) return;
    if (payloadBytes > 0 && words[word + DATA] === 0) words[word + DATA] = this.#moment(timestampUs);
    const beyond = (end - words[word + END]!) | 0;
    if (beyond > 0 || beyond < farthestBack) {
      words[word + END] = end;
      this.#halves[word * 2 + IDENTIFICATION_16] = identification;
      return;
    }
    const isKeepAlive = payloadBytes === 1 && beyond === 0 && fin === 0;
    if (!isKeepAlive) this.#addAgain(word, beyond, payloadBytes, identification, ipBytes);
  }

  #addSyn(word: number, timestampUs: number, flags: number, sequence: number, identification: number): void {
    const words = this.#words;
    this.#count(word, SYNS_SHIFT);
    let marks = words[word + MARKS]! | ((flags & TCP_ACK) === 0 ? SENT_SYN : SENT_SYN_ACK);
    const end = (sequence + 1) | 0;
    if (words[word + OPEN] !== 0 && words[word + END] === end) {
      words[word + MARKS] = marks | SYN_AGAIN;
      return;
    }
    // Another connection begins in this row.
    marks = (marks | AWAITS_ACK | HAS_END) & ~(SYN_AGAIN | SENT_FIN | SENT_RST);
    words[word + MARKS] = (flags & TCP_FIN) === 0 ? marks : marks | SENT_FIN;
    words[word + OPEN] = this.#moment(timestampUs);
    words[word + ACK] = 0;
    words[word + DATA] = 0;
    words[word + END] = end;
    this.#halves[word * 2 + IDENTIFICATION_16] = identification;
  }

  /** A segment that went back. */
  #addAgain(
    word: number,
    beyond: number,
    payloadBytes: number,
    identification: number,
    ipBytes: number,
  ): void {
    const words = this.#words;
    const highest = this.#halves[word * 2 + IDENTIFICATION_16]!;
    const isSplit = identification !== 0 && highest !== 0;
    if (!isSplit) words[word + MARKS]! |= UNSPLIT;
    if (ipBytes > longestLinkBytes) words[word + MARKS]! |= OFFLOADED;
    const overtaken = (highest - identification) & 0xffff;
    if (isSplit && overtaken === 0 && beyond === 0) {
      countUp(this.#bytes, word * 4 + DOUBLED_8, most8);
    } else if (isSplit && overtaken > 0 && overtaken <= mostOvertaken) {
      countUp(this.#halves, word * 2 + OUT_OF_ORDER_16, most16);
    } else {
      countUp(this.#halves, word * 2 + RETRANSMITTED_16, most16);
      const bytes = (words[word + AGAIN_BYTES]! >>> 0) + payloadBytes;
      words[word + AGAIN_BYTES] = Math.min(bytes, 0xffff_ffff);
    }
  }

  /** Counts up six bits of the last word. */
  #count(word: number, shift: number): void {
    const last = this.#words[word + MARKS]!;
    if (((last >>> shift) & mostFlagged) < mostFlagged) this.#words[word + MARKS] = (last + (1 << shift)) | 0;
  }

  #moment(timestampUs: number): number {
    if (Number.isNaN(this.#startUs)) this.#startUs = timestampUs - slackUs;
    const moment = timestampUs - this.#startUs;
    return moment >= 1 && moment < MOMENT_UNKNOWN ? moment : MOMENT_UNKNOWN;
  }
}

function countUp(counts: Uint8Array | Uint16Array, at: number, most: number): void {
  const count = counts[at]!;
  if (count < most) counts[at] = count + 1;
}
