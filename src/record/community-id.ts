/**
 * Community ID, version 1 with seed 0: the name that Zeek, Suricata, Packetbeat and Wireshark give a conversation too.
 * https://github.com/corelight/community-id-spec
 *
 * It is "1:" and, in Base64, the SHA-1 of
 *
 *     seed         2 bytes: 0
 *     addresses    4 or 16 bytes each
 *     protocol     1 byte, and a byte 0
 *     ports        2 bytes each: of TCP, UDP and SCTP, and what takes their place in ICMP; nothing for other protocols
 *
 * in which the end with the lower address comes first, or with the lower port where both have the same address.
 */
import { hostOrder } from '../packet/address.js';
import {
  PROTOCOL_ICMP,
  PROTOCOL_IPV6_ICMP,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../packet/numbers.js';
import type { Packet } from '../packet/packet.js';
import { sourcePort, targetPort } from './ends.js';
import type { FlowRecord } from './record.js';
import { digestBytes, hashBlock } from './sha1.js';

export const communityIdBytes = 30;

const seedBytes = 2;
const message = new DataView(new ArrayBuffer(64));
/** With a byte 0 after it, which fills up its last group of three. */
const digest = new DataView(new ArrayBuffer(digestBytes + 1));

/** Types of messages that ask and answer each other, both ways. RFC 792, 950 and 1256. */
const icmpCounterparts = bothWays([
  [8, 0], // echo
  [10, 9], // routers
  [13, 14], // timestamp
  [15, 16], // information
  [17, 18], // address mask
]);
/** RFC 4443, 2710, 4861, 4620 and 6275. */
const icmpv6Counterparts = bothWays([
  [128, 129], // echo
  [130, 131], // multicast listeners
  [133, 134], // routers
  [135, 136], // neighbours
  [139, 140], // node information
  [144, 145], // home agents
]);

/**
 * Writes the id at `offset`, and returns the offset after it; or -1 where a record has none, because it stands for flows that
 * differ in an end, or its packets do not say their ports or types, as later fragments do not.
 */
export function writeCommunityId(record: FlowRecord, view: DataView, offset: number): number {
  const messageBytes = layOut(record);
  if (messageBytes < 0) return -1;
  hashBlock(message, messageBytes, digest);
  view.setUint16(offset, 0x313a); // "1:"
  return writeDigest(view, offset + 2);
}

/** Puts together what is hashed; returns its length, or -1. */
function layOut(record: FlowRecord): number {
  const { key } = record;
  if (record.rest || record.sourceFold !== null || record.targetFold !== null) return -1;
  switch (key.protocol) {
    case PROTOCOL_TCP:
    case PROTOCOL_UDP:
    case PROTOCOL_SCTP: {
      const source = sourcePort(record);
      const target = targetPort(record);
      if (source === undefined || target === undefined) return -1;
      return layOutEnds(key, source, target, isTargetLower(key, source, target));
    }
    case PROTOCOL_ICMP:
      return layOutIcmp(record, icmpCounterparts);
    case PROTOCOL_IPV6_ICMP:
      return layOutIcmp(record, icmpv6Counterparts);
    default:
      return layOutAddresses(key, isTargetLower(key, 0, 0));
  }
}

/**
 * The type takes the place of the sender's port, and its counterpart that of the receiver's. Where it has none, the code does,
 * and the sender comes first.
 */
function layOutIcmp(record: FlowRecord, counterparts: ReadonlyMap<number, number>): number {
  const { key, forward, reverse } = record;
  const isFromTarget = forward.packets === 0;
  const { icmpType, icmpCode } = isFromTarget ? reverse : forward;
  if (icmpType < 0) return -1;
  const counterpart = counterparts.get(icmpType);
  const receiver = counterpart ?? icmpCode;
  const source = isFromTarget ? receiver : icmpType;
  const target = isFromTarget ? icmpType : receiver;
  const isTargetFirst = counterpart === undefined ? isFromTarget : isTargetLower(key, source, target);
  return layOutEnds(key, source, target, isTargetFirst);
}

function layOutEnds(key: Packet, source: number, target: number, isTargetFirst: boolean): number {
  const end = layOutAddresses(key, isTargetFirst);
  message.setUint16(end, isTargetFirst ? target : source);
  message.setUint16(end + 2, isTargetFirst ? source : target);
  return end + 4;
}

/** And the protocol after them. */
function layOutAddresses(key: Packet, isTargetFirst: boolean): number {
  const addressBytes = key.family === 4 ? 4 : 16;
  const first = seedBytes;
  const second = seedBytes + addressBytes;
  const sourceAt = isTargetFirst ? second : first;
  const targetAt = isTargetFirst ? first : second;
  message.setUint16(0, 0);
  message.setInt32(sourceAt, key.source0, true);
  message.setInt32(targetAt, key.target0, true);
  if (key.family === 6) {
    message.setInt32(sourceAt + 4, key.source1, true);
    message.setInt32(sourceAt + 8, key.source2, true);
    message.setInt32(sourceAt + 12, key.source3, true);
    message.setInt32(targetAt + 4, key.target1, true);
    message.setInt32(targetAt + 8, key.target2, true);
    message.setInt32(targetAt + 12, key.target3, true);
  }
  const end = second + addressBytes;
  message.setUint16(end, key.protocol << 8);
  return end + 2;
}

function isTargetLower(key: Packet, source: number, target: number): boolean {
  if (key.source0 !== key.target0) return isLower(key.target0, key.source0);
  if (key.family === 6) {
    if (key.source1 !== key.target1) return isLower(key.target1, key.source1);
    if (key.source2 !== key.target2) return isLower(key.target2, key.source2);
    if (key.source3 !== key.target3) return isLower(key.target3, key.source3);
  }
  return target < source;
}

/** Of words as Packet has them: their bytes in the order of the wire. */
function isLower(word: number, other: number): boolean {
  return hostOrder(word) < hostOrder(other);
}

/** RFC 4648, 4. */
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Returns the offset after it. */
function writeDigest(view: DataView, offset: number): number {
  let end = offset;
  for (let from = 0; from < digestBytes; from += 3) {
    const bits = (digest.getUint16(from) << 8) | digest.getUint8(from + 2);
    for (let shift = 18; shift >= 0; shift -= 6)
      view.setUint8(end++, base64.charCodeAt((bits >>> shift) & 63));
  }
  view.setUint8(end - 1, 0x3d); // "=": the last group has two bytes.
  return end;
}

function bothWays(pairs: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
  return new Map([...pairs, ...pairs.map(([one, other]) => [other, one] as const)]);
}
