/**
 * The columns of a FlowRows' flows that say how well they go: 32 bytes a flow. segment-rules.ts has their layout, and the rules. Here
 * is what most packets are: data that goes on, and ACKs.
 */
import { PROTOCOL_TCP, TCP_FIN, TCP_RST, TCP_SYN } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { DATAGRAM, TCP_SEGMENT } from '../../packet/segment.js';
import {
  AWAITS_ACK,
  type FlowHealth,
  HAS_END,
  HEALTH_TOLD,
  ICMP_ERROR,
  ICMP_ERROR_SHIFT,
  SOME_UNTOLD,
} from '../health/flow-health.js';
import type { RowLayout } from './row-layout.js';
import {
  ACK,
  AGAIN_BYTES,
  DATA,
  DOUBLED_8,
  END,
  FINS_SHIFT,
  HEALTH_WORDS,
  IDENTIFICATION_16,
  MARKS,
  marksMask,
  momentOf,
  mostFlagged,
  OPEN,
  OUT_OF_ORDER_16,
  RETRANSMITTED_16,
  RSTS_SHIFT,
  SegmentRules,
  SYNS_SHIFT,
  ZERO_WINDOWS_8,
} from './segment-rules.js';

const controlFlags = TCP_SYN | TCP_FIN | TCP_RST;
/** Of a flow that is under way, the first two of these marks are set. */
const underWay = HEALTH_TOLD | HAS_END;
const whetherUnderWay = underWay | AWAITS_ACK;

/** In a staged row's words. */
const KIND = 0;
const MOMENT = 1;
/** Sequence number or mark. */
const FIRST = 2;
const PAYLOAD_BYTES = 3;
const FLAGS = 4;
const WINDOW = 5;
const IDENTIFICATION = 6;
const IP_BYTES = 7;
/** Beside packet/segment.ts's kinds: a TCP packet of which nothing is told. */
const UNTOLD_SEGMENT = 3;

export class HealthRows {
  /** The flows' own rows: see RowLayout. */
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #rowWords: number;
  readonly #healthWord: number;
  readonly #stage: Int32Array;
  readonly #rules: SegmentRules;

  constructor(rows: SharedArrayBuffer, { rowWords, healthWord }: RowLayout, maxStaged: number) {
    this.#words = new Int32Array(rows);
    this.#halves = new Uint16Array(rows);
    this.#bytes = new Uint8Array(rows);
    this.#rowWords = rowWords;
    this.#healthWord = healthWord;
    this.#stage = new Int32Array(maxStaged * HEALTH_WORDS);
    this.#rules = new SegmentRules(rows);
  }

  /** Makes the columns of a new flow. */
  begin(position: number): void {
    const words = this.#words;
    const word = this.#wordOf(position);
    for (let i = 0; i < HEALTH_WORDS; i++) words[word + i] = 0;
  }

  stage(staged: number, packet: Packet): void {
    const stage = this.#stage;
    const word = staged * HEALTH_WORDS;
    const { segment } = packet;
    stage[word + KIND] = segment === 0 && packet.protocol === PROTOCOL_TCP ? UNTOLD_SEGMENT : segment;
    stage[word + MOMENT] = momentOf(packet);
    stage[word + FIRST] = segment === TCP_SEGMENT ? packet.sequence : packet.payloadMark;
    stage[word + PAYLOAD_BYTES] = packet.payloadBytes;
    stage[word + FLAGS] = packet.tcpFlags;
    stage[word + WINDOW] = packet.tcpWindow;
    stage[word + IDENTIFICATION] = packet.identification;
    stage[word + IP_BYTES] = packet.ipBytes;
  }

  addStaged(position: number, staged: number): void {
    const stage = this.#stage;
    const from = staged * HEALTH_WORDS;
    const word = this.#wordOf(position);
    const kind = stage[from + KIND]!;
    const moment = stage[from + MOMENT]!;
    const first = stage[from + FIRST]!;
    const payloadBytes = stage[from + PAYLOAD_BYTES]!;
    if (kind !== TCP_SEGMENT) {
      if (kind === DATAGRAM) {
        if (this.#tellsFirstPayload(word, payloadBytes)) this.#setPayload(word, moment, first);
      } else if (kind === UNTOLD_SEGMENT) this.#words[word + MARKS]! |= SOME_UNTOLD;
      return;
    }
    const flags = stage[from + FLAGS]!;
    const window = stage[from + WINDOW]!;
    const identification = stage[from + IDENTIFICATION]!;
    if (this.#goesOn(word, flags, first, payloadBytes, window, identification)) return;
    this.#rules.add(
      word,
      moment,
      flags,
      first,
      payloadBytes,
      window,
      identification,
      stage[from + IP_BYTES]!,
    );
  }

  /** Adds a packet that is not staged. */
  add(position: number, packet: Packet): void {
    const word = this.#wordOf(position);
    const { segment, payloadBytes } = packet;
    if (segment !== TCP_SEGMENT) {
      if (segment === DATAGRAM) {
        if (this.#tellsFirstPayload(word, payloadBytes))
          this.#setPayload(word, momentOf(packet), packet.payloadMark);
      } else if (packet.protocol === PROTOCOL_TCP) this.#words[word + MARKS]! |= SOME_UNTOLD;
      return;
    }
    const { tcpFlags, sequence, tcpWindow, identification } = packet;
    if (this.#goesOn(word, tcpFlags, sequence, payloadBytes, tcpWindow, identification)) return;
    this.#rules.add(
      word,
      momentOf(packet),
      tcpFlags,
      sequence,
      payloadBytes,
      tcpWindow,
      identification,
      packet.ipBytes,
    );
  }

  /** An ICMP error quoted a packet of this flow: a position in `icmpErrors`. */
  noteError(position: number, error: number): void {
    const at = this.#wordOf(position) + MARKS;
    this.#words[at] = (this.#words[at]! & ~ICMP_ERROR) | (error << ICMP_ERROR_SHIFT);
  }

  read(position: number, isTcp: boolean, health: FlowHealth): void {
    const words = this.#words;
    const word = this.#wordOf(position);
    const last = words[word + MARKS]!;
    if ((last & (HEALTH_TOLD | SOME_UNTOLD)) !== HEALTH_TOLD) {
      health.clear();
      health.marks = last & ICMP_ERROR;
      return;
    }
    health.marks = last & marksMask;
    health.openUs = words[word + OPEN]!;
    health.ackUs = words[word + ACK]!;
    health.dataUs = words[word + DATA]!;
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

  #wordOf(position: number): number {
    return position * this.#rowWords + this.#healthWord;
  }

  /** Notes that something is told of a datagram. Returns whether it has its flow's first payload. */
  #tellsFirstPayload(word: number, payloadBytes: number): boolean {
    this.#words[word + MARKS]! |= HEALTH_TOLD;
    return payloadBytes > 0 && this.#words[word + DATA] === 0;
  }

  #setPayload(word: number, moment: number, mark: number): void {
    this.#words[word + DATA] = moment;
    this.#words[word + END] = mark;
  }

  /** Whether it is an ACK, or data beyond all that was sent before, of a flow that is under way; it has been added then. */
  #goesOn(
    word: number,
    flags: number,
    sequence: number,
    payloadBytes: number,
    window: number,
    identification: number,
  ): boolean {
    const words = this.#words;
    if ((flags & controlFlags) !== 0 || window === 0) return false;
    if ((words[word + MARKS]! & whetherUnderWay) !== underWay) return false;
    if (payloadBytes === 0) return true;
    const end = (sequence + payloadBytes) | 0;
    if (((end - words[word + END]!) | 0) <= 0 || words[word + DATA] === 0) return false;
    words[word + END] = end;
    this.#halves[word * 2 + IDENTIFICATION_16] = identification;
    return true;
  }
}
