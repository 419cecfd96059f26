/** Decodes a frame in a way that shows any read outside of it and any field that is not filled in. */
import assert from 'node:assert/strict';
import { clearDetails, readDetails } from '../../src/packet/details.js';
import { type LinkDecoder, type Outcome, outcomes, PACKET, Packet } from '../../src/packet/packet.js';

export interface Decoded {
  readonly outcome: Outcome;
  /** Filled in where the outcome is PACKET; filled again by the next call. */
  readonly packet: Packet;
}

/** Odd, so that nothing is aligned; more than any header and its payload's start. */
const canaryBytes = 67;

const alone = new Packet();
const among = new Packet();
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
    comparePackets();
    checkDetails();
  }
  return { outcome, packet: alone };
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
  clearDetails(packet);
}

function comparePackets(): void {
  const isSame =
    among.family === alone.family &&
    among.source0 === alone.source0 &&
    among.target0 === alone.target0 &&
    among.ports === alone.ports &&
    among.hasPorts === alone.hasPorts &&
    among.protocol === alone.protocol &&
    among.payloadBytes === alone.payloadBytes &&
    among.tcpFlags === alone.tcpFlags &&
    among.tunnel === alone.tunnel &&
    among.tunnelId === alone.tunnelId &&
    among.payloadOffset === (alone.payloadOffset < 0 ? -1 : canaryBytes + alone.payloadOffset) &&
    among.ipOffset === canaryBytes + alone.ipOffset &&
    among.ipBytes === alone.ipBytes &&
    areDetailsSame() &&
    (alone.family === 4 || areTailsSame());
  if (!isSame) assert.deepEqual(among, alone, 'canaries were read, or a field was not filled in');
  const { payloadBytes, hasPorts, ports } = alone;
  if (!(Number.isSafeInteger(payloadBytes) && payloadBytes >= 0))
    assert.fail(`a payload of ${payloadBytes} bytes`);
  if (hasPorts === 0 && ports !== 0) assert.fail('ports without ports');
}

/** The words of an address that IPv4 does not touch. */
function areTailsSame(): boolean {
  return (
    among.source1 === alone.source1 &&
    among.source2 === alone.source2 &&
    among.source3 === alone.source3 &&
    among.target1 === alone.target1 &&
    among.target2 === alone.target2 &&
    among.target3 === alone.target3
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

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) assert.fail(`${name} ${value}`);
}
