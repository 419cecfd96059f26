/** Decodes a frame in a way that shows any read outside of it and any field that is not filled in. */
import assert from 'node:assert/strict';
import { clearDetails, readDetails } from '../../src/packet/details.js';
import { type LinkDecoder, type Outcome, outcomes, PACKET, Packet } from '../../src/packet/packet.js';
import { icmpErrors, NO_ERROR, readQuoted } from '../../src/packet/quoted.js';
import { DATAGRAM, readSegment, TCP_SEGMENT } from '../../src/packet/segment.js';

export interface Decoded {
  readonly outcome: Outcome;
  /** Filled in where the outcome is PACKET; filled again by the next call. */
  readonly packet: Packet;
  /** What `readQuoted` says of it, and the quoted packet's key where it says something. */
  readonly error: number;
  readonly quoted: Packet;
}

/** Odd, so that nothing is aligned; more than any header and its payload's start. */
const canaryBytes = 67;

const alone = new Packet();
const among = new Packet();
const aloneQuoted = new Packet();
const amongQuoted = new Packet();
let canaries = new Uint8Array(0);

/**
 * Decodes `bytes` in a buffer of their own, where a read behind them throws, and among other bytes, which must make no
 * difference. Before each, the packet holds what an earlier and different frame may have left.
 */
export function decodeTwice(
  decode: LinkDecoder,
  bytes: Uint8Array,
  wireBytes: number,
  linkType: number,
): Decoded {
  leaveOther(alone, 4, -1);
  const copy = new Uint8Array(bytes);
  const exact = new DataView(copy.buffer);
  const outcome = decode(exact, 0, copy.length, wireBytes, alone);
  if (outcomes[outcome] === undefined) assert.fail(`an outcome of ${outcome}`);

  leaveOther(among, 6, 0x5a5a5a5a);
  const end = canaryBytes + bytes.length;
  if (canaries.length < end + canaryBytes) canaries = new Uint8Array(2 * end + canaryBytes).fill(0xff);
  canaries.set(bytes, canaryBytes);
  canaries.fill(0xff, end, end + canaryBytes);
  const view = new DataView(canaries.buffer);
  const second = decode(view, canaryBytes, end, canaryBytes + wireBytes, among);
  assert.equal(outcomes[second], outcomes[outcome], 'canaries were read');
  if (outcome === PACKET) {
    readDetails(exact, 0, copy.length, wireBytes, linkType, alone);
    readDetails(view, canaryBytes, end, canaryBytes + wireBytes, linkType, among);
    readSegment(exact, copy.length, alone);
    readSegment(view, end, among);
    comparePackets();
    checkDetails();
    checkSegment();
  }
  const error = outcome === PACKET ? compareQuoted(exact, view, end) : NO_ERROR;
  return { outcome, packet: alone, error, quoted: aloneQuoted };
}

/** `alone` was decoded from `exact`, and `among` from `view`. */
function compareQuoted(exact: DataView, view: DataView, end: number): number {
  leaveOther(aloneQuoted, 4, -1);
  leaveOther(amongQuoted, 6, 0x5a5a5a5a);
  const error = readQuoted(exact, exact.byteLength, alone, aloneQuoted);
  assert.equal(readQuoted(view, end, among, amongQuoted), error, 'canaries were read');
  if (icmpErrors[error] === undefined) assert.fail(`an error of ${error}`);
  if (error === NO_ERROR) return error;
  if (!isKeySame(aloneQuoted, amongQuoted))
    assert.deepEqual(amongQuoted, aloneQuoted, 'canaries were quoted');
  if (aloneQuoted.hasPorts === 0 && aloneQuoted.ports !== 0) assert.fail('ports without ports');
  if (aloneQuoted.family !== alone.family) assert.fail('a quoted packet of the other version');
  return error;
}

function leaveOther(packet: Packet, family: 4 | 6, word: number): void {
  packet.family = family;
  packet.source0 = packet.source1 = packet.source2 = packet.source3 = word;
  packet.target0 = packet.target1 = packet.target2 = packet.target3 = word;
  packet.ports = word;
  packet.hasPorts = family === 4 ? 1 : 0;
  packet.protocol = packet.tcpFlags = family === 4 ? 255 : 254;
  packet.payloadBytes = -family;
  packet.payloadOffset = packet.ipOffset = packet.ipBytes = packet.transportOffset = -2;
  packet.wireBytes = packet.trafficClass = packet.ttl = -2;
  packet.interface = -1;
  packet.segment = -2;
  packet.sequence = packet.tcpWindow = packet.identification = packet.payloadMark = word;
  clearDetails(packet);
}

function comparePackets(): void {
  const isSame =
    isKeySame(among, alone) &&
    among.payloadBytes === alone.payloadBytes &&
    among.tcpFlags === alone.tcpFlags &&
    among.tunnel === alone.tunnel &&
    among.tunnelId === alone.tunnelId &&
    among.payloadOffset === (alone.payloadOffset < 0 ? -1 : canaryBytes + alone.payloadOffset) &&
    among.ipOffset === canaryBytes + alone.ipOffset &&
    among.ipBytes === alone.ipBytes &&
    areDetailsSame() &&
    isSegmentSame();
  if (!isSame) assert.deepEqual(among, alone, 'canaries were read, or a field was not filled in');
  const { payloadBytes, hasPorts, ports } = alone;
  if (!(Number.isSafeInteger(payloadBytes) && payloadBytes >= 0))
    assert.fail(`a payload of ${payloadBytes} bytes`);
  if (hasPorts === 0 && ports !== 0) assert.fail('ports without ports');
}

function isKeySame(one: Packet, other: Packet): boolean {
  return (
    one.family === other.family &&
    one.source0 === other.source0 &&
    one.target0 === other.target0 &&
    one.ports === other.ports &&
    one.hasPorts === other.hasPorts &&
    one.protocol === other.protocol &&
    (one.family === 4 || areTailsSame(one, other))
  );
}

/** The words of an address that IPv4 does not touch. */
function areTailsSame(one: Packet, other: Packet): boolean {
  return (
    one.source1 === other.source1 &&
    one.source2 === other.source2 &&
    one.source3 === other.source3 &&
    one.target1 === other.target1 &&
    one.target2 === other.target2 &&
    one.target3 === other.target3
  );
}

/** Of fields that the segment has. */
function isSegmentSame(): boolean {
  if (among.segment !== alone.segment) return false;
  if (alone.segment === DATAGRAM) return among.payloadMark === alone.payloadMark;
  return (
    alone.segment !== TCP_SEGMENT ||
    (among.sequence === alone.sequence &&
      among.tcpWindow === alone.tcpWindow &&
      among.identification === alone.identification)
  );
}

function areDetailsSame(): boolean {
  return (
    among.wireBytes === alone.wireBytes &&
    among.trafficClass === alone.trafficClass &&
    among.ttl === alone.ttl &&
    among.outerVlan === alone.outerVlan &&
    among.innerVlan === alone.innerVlan &&
    among.mplsLabel === alone.mplsLabel &&
    among.packetType === alone.packetType &&
    among.sourceMac === alone.sourceMac &&
    among.targetMac === alone.targetMac &&
    among.icmpType === alone.icmpType &&
    among.icmpCode === alone.icmpCode &&
    among.interface === alone.interface
  );
}

/** Each detail is what its field can state, or -1 where a frame need not have it. */
function checkDetails(): void {
  const { ipBytes, payloadBytes, family, trafficClass, ttl } = alone;
  const leastBytes = payloadBytes + (family === 4 ? 20 : 40);
  if (!(Number.isSafeInteger(ipBytes) && ipBytes >= leastBytes)) assert.fail(`${ipBytes} bytes of IP`);
  checkRange('trafficClass', trafficClass, 0, 0xff);
  checkRange('ttl', ttl, 0, 0xff);
  checkRange('outerVlan', alone.outerVlan, -1, 0xfff);
  checkRange('innerVlan', alone.innerVlan, -1, alone.outerVlan < 0 ? -1 : 0xfff);
  checkRange('mplsLabel', alone.mplsLabel, -1, 0xfffff);
  checkRange('packetType', alone.packetType, -1, 0xffff);
  checkRange('sourceMac', alone.sourceMac, -1, 2 ** 48 - 1);
  checkRange('targetMac', alone.targetMac, -1, 2 ** 48 - 1);
  checkRange('icmpType', alone.icmpType, -1, 0xff);
  checkRange('icmpCode', alone.icmpCode, alone.icmpType < 0 ? -1 : 0, alone.icmpType < 0 ? -1 : 0xff);
  checkRange('interface', alone.interface, -1, 0x3fff_ffff);
}

function checkSegment(): void {
  checkRange('segment', alone.segment, 0, 2);
  if (alone.segment === TCP_SEGMENT) {
    checkRange('sequence', alone.sequence, -(2 ** 31), 2 ** 31 - 1);
    checkRange('tcpWindow', alone.tcpWindow, 0, 0xffff);
    checkRange('identification', alone.identification, 0, alone.family === 4 ? 0xffff : 0);
  }
  if (alone.segment === DATAGRAM) checkRange('payloadMark', alone.payloadMark, 0, 0x1_0000);
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) assert.fail(`${name} ${value}`);
}
