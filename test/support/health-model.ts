/**
 * What a flow's health is to be, worked out slowly from all of its packets: plain values without bounds, which are cut to what a row
 * can hold at the very end. docs/health.md has the rules.
 */
import {
  AWAITS_ACK,
  FlowHealth,
  HAS_END,
  HEALTH_TOLD,
  ICMP_ERROR_SHIFT,
  OFFLOADED,
  SENT_FIN,
  SENT_RST,
  SENT_SYN,
  SENT_SYN_ACK,
  SYN_AGAIN,
  UNSPLIT,
} from '../../src/flow/health/flow-health.js';
import { PROTOCOL_TCP } from '../../src/packet/numbers.js';
import type { Packet } from '../../src/packet/packet.js';
import { DATAGRAM, TCP_SEGMENT } from '../../src/packet/segment.js';

const has = (packet: Packet, flag: 'FIN' | 'SYN' | 'RST' | 'ACK') =>
  (packet.tcpFlags & { FIN: 1, SYN: 2, RST: 4, ACK: 16 }[flag]) !== 0;

/** How far `to` is ahead of `from`, where numbers go round at 2^bits: negative where it is behind. */
const ahead = (bits: number, from: bigint, to: bigint): number => Number(BigInt.asIntN(bits, to - from));

/** 0 stands for none, 1 for one that nobody knows. */
function momentOf({ timestampUs, isStamped }: Packet): number {
  const moment = Number(BigInt.asIntN(32, BigInt(Math.trunc(timestampUs))));
  if (!isStamped) return 1;
  return moment === 0 || moment === 1 ? 2 : moment;
}

interface Reached {
  readonly end: bigint;
  readonly identification: number;
}

/** A connection, from its SYN on where that was seen. */
interface Connection {
  opened: Packet | undefined;
  syns: Set<number>;
  isSynAgain: boolean;
  ack: Packet | undefined;
  payload: Packet | undefined;
  reached: Reached | undefined;
  ended: 'no' | 'fin' | 'rst' | 'fin, then rst';
}

const newConnection = (): Connection => ({
  opened: undefined,
  syns: new Set(),
  isSynAgain: false,
  ack: undefined,
  payload: undefined,
  reached: undefined,
  ended: 'no',
});

class SegmentModel {
  connection = newConnection();
  readonly counts = { again: 0, late: 0, twice: 0, bytes: 0, zeroWindows: 0, syns: 0, fins: 0, rsts: 0 };
  isUnsplit = false;
  isOffloaded = false;

  add(packet: Packet): void {
    const { connection, counts } = this;
    if (has(packet, 'RST')) {
      counts.rsts++;
      if (connection.ended === 'no') connection.ended = 'rst';
      if (connection.ended === 'fin') connection.ended = 'fin, then rst';
    } else if (has(packet, 'SYN')) {
      counts.syns++;
      this.#addSyn(packet);
    } else {
      if (has(packet, 'FIN')) counts.fins++;
      else if (packet.tcpWindow === 0) counts.zeroWindows++;
      if (has(packet, 'FIN') && connection.ended === 'no') connection.ended = 'fin';
      if (has(packet, 'ACK') && connection.opened !== undefined) connection.ack ??= packet;
      this.#addSpan(packet);
    }
  }

  #addSyn(packet: Packet): void {
    const end = BigInt(packet.sequence) + 1n;
    const { opened, reached, ended } = this.connection;
    const behind = reached === undefined ? 0 : ahead(32, end, reached.end);
    const isSame = opened !== undefined && behind === 0;
    const isLittleBehind = behind > 0 && behind < 65_536 && ended === 'no';
    const isAgain = isSame || (opened !== undefined && isLittleBehind);
    if (!isAgain) {
      this.connection = newConnection();
      this.connection.opened = packet;
      this.connection.reached = { end, identification: packet.identification };
      if (packet.payloadBytes > 0) this.connection.payload = packet;
      if (has(packet, 'FIN')) this.connection.ended = 'fin';
    }
    const { connection } = this;
    connection.syns.add(has(packet, 'ACK') ? SENT_SYN_ACK : SENT_SYN);
    if (!isAgain) return;
    const sinceUs = ahead(32, BigInt(momentOf(opened!)), BigInt(momentOf(packet)));
    const isKnown = opened!.isStamped && packet.isStamped;
    const isSoon = packet.identification !== 0 || (isKnown && sinceUs >= 0 && sinceUs < 10_000);
    if (!isSame || packet.identification !== reached!.identification || !isSoon) connection.isSynAgain = true;
    else if (packet.identification !== 0) this.counts.twice++;
  }

  #addSpan(packet: Packet): void {
    const { connection, counts } = this;
    const { payloadBytes, identification } = packet;
    const fin = has(packet, 'FIN') ? 1 : 0;
    const end = BigInt(packet.sequence) + BigInt(payloadBytes + fin);
    const { reached } = connection;
    const isEmpty = payloadBytes + fin === 0;
    if (isEmpty && reached !== undefined) return;
    const beyond = reached === undefined ? 1 : ahead(32, reached.end, end);
    const isTwice = beyond === 0 && identification !== 0 && identification === reached!.identification;
    if (beyond === 0 && payloadBytes === 1 && fin === 0 && !isTwice) return;
    if (payloadBytes > 0) connection.payload ??= packet;
    if (beyond > 0 || beyond < -(2 ** 26)) {
      connection.reached = { end, identification };
      return;
    }
    if (packet.ipBytes > 1_500) this.isOffloaded = true;
    const overtaken = ahead(16, BigInt(identification), BigInt(reached!.identification));
    const isNear = overtaken !== 0 && Math.abs(overtaken) <= 4_096;
    const isCounted = isNear || (identification !== 0 && reached!.identification !== 0);
    if (isTwice) {
      counts.twice++;
    } else if (isNear && overtaken > 0) {
      counts.late++;
    } else {
      counts.again++;
      counts.bytes += payloadBytes;
      if (!isCounted) this.isUnsplit = true;
    }
  }

  get marks(): number {
    const { syns, isSynAgain, opened, ack, reached, ended } = this.connection;
    let marks = [...syns].reduce((all, mark) => all | mark, 0);
    if (isSynAgain) marks |= SYN_AGAIN;
    if (opened !== undefined && ack === undefined) marks |= AWAITS_ACK;
    if (reached !== undefined) marks |= HAS_END;
    if (ended.includes('fin')) marks |= SENT_FIN;
    if (ended.includes('rst')) marks |= SENT_RST;
    if (this.isUnsplit) marks |= UNSPLIT;
    if (this.isOffloaded) marks |= OFFLOADED;
    return marks;
  }
}

/** The health of the flow that has these packets, in this order; `error` is the last that quoted one of them. */
export function healthOf(packets: readonly Packet[], error = 0): FlowHealth {
  const health = new FlowHealth();
  const told = packets.filter(({ segment }) => segment === TCP_SEGMENT || segment === DATAGRAM);
  const isTcp = packets[0]!.protocol === PROTOCOL_TCP;
  const isTold = isTcp ? told.length === packets.length : told.length > 0;
  health.marks = error << ICMP_ERROR_SHIFT;
  if (!isTold) return health;
  health.marks |= HEALTH_TOLD;
  return isTcp ? segmentsHealth(told, health) : datagramsHealth(told, health);
}

function datagramsHealth(packets: readonly Packet[], health: FlowHealth): FlowHealth {
  const first = packets.find(({ payloadBytes }) => payloadBytes > 0);
  if (first === undefined) return health;
  return Object.assign(health, { dataUs: momentOf(first), firstMark: first.payloadMark });
}

function segmentsHealth(packets: readonly Packet[], health: FlowHealth): FlowHealth {
  const model = new SegmentModel();
  for (const packet of packets) model.add(packet);
  const { connection, counts } = model;
  const moment = (packet: Packet | undefined) => (packet === undefined ? 0 : momentOf(packet));
  return Object.assign(health, {
    marks: health.marks | model.marks,
    openUs: moment(connection.opened),
    ackUs: moment(connection.ack),
    dataUs: moment(connection.payload),
    retransmitted: Math.min(counts.again, 65_535),
    outOfOrder: Math.min(counts.late, 65_535),
    doubled: Math.min(counts.twice, 255),
    retransmittedBytes: Math.min(counts.bytes, 4_294_967_295),
    zeroWindows: Math.min(counts.zeroWindows, 255),
    syns: Math.min(counts.syns, 63),
    fins: Math.min(counts.fins, 63),
    rsts: Math.min(counts.rsts, 63),
  });
}
