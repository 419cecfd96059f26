/**
 * Seeded traffic: a pcap file of N packets that go round F flows, the same bytes on every run.
 *
 * Packet i belongs to flow (i × step) mod F, with the step coprime to F and near the golden section of it. So each flow
 * has exactly N/F packets, every sum is known beforehand, and a flow comes again only after all the others: the least
 * a cache can be given. A flow of three or more packets sends new data in each, also when the file is sent round and round: its
 * sequence numbers go round once with it. Flows go one way, so that tools which join both directions hold as many entries as those that
 * do not. Every frame goes to a MAC address nobody has: a host that receives it live drops it right behind its taps.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export const mixes = ['small', 'average', 'ipv6', 'vlan'] as const;
export type Mix = (typeof mixes)[number];

export const mixWords: Record<Mix, string> = {
  small: 'IPv4, 64–100 bytes',
  average: 'IPv4, 650 bytes on average',
  ipv6: 'IPv6, 84–120 bytes',
  vlan: 'untagged, 802.1Q and 802.1ad frames, three IPv4 to one IPv6, 64–120 bytes',
};

export interface Traffic {
  readonly mix: Mix;
  readonly flows: number;
  readonly packets: number;
  /** Packets per second of packet time; default 100,000. */
  readonly packetsPerSecond?: number;
}

const SEED = 0x5eed1e55;
const START_SECONDS = 1_767_225_600; // 2026-01-01T00:00:00Z
const CHUNK_BYTES = 8 << 20;
const LARGEST_FRAME_BYTES = 1514;
const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const TCP = 6;
const UDP = 17;
const SERVER_PORTS = [443, 443, 443, 443, 80, 8443, 5432, 9092] as const;
/** Three sizes of which 47 %, 20 % and 33 % give 650 bytes on average. */
const AVERAGE_SIZES = { small: 74, middle: 576, large: 1514 } as const;

/** Writes `traffic` as a classic pcap file in microseconds, Ethernet, every frame captured whole. */
export function writeTraffic(path: string, traffic: Traffic): void {
  const { mix, flows, packets } = traffic;
  const gapUs = 1e6 / (traffic.packetsPerSecond ?? 100_000);
  const step = stepThrough(flows);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const file = openSync(path, 'w');
  let at = writeFileHeader(view);
  let flow = 0;
  for (let index = 0; index < packets; index++) {
    const sequence = sequenceOf(index, traffic);
    if (at + PACKET_HEADER_BYTES + LARGEST_FRAME_BYTES > CHUNK_BYTES) {
      writeSync(file, chunk, 0, at);
      chunk.fill(0, 0, at); // Payloads are zeros, whatever stood there before.
      at = 0;
    }
    const frameBytes = writeFrame(view, at + PACKET_HEADER_BYTES, mix, flow, index, sequence);
    const timeUs = Math.floor(index * gapUs);
    view.setUint32(at, START_SECONDS + Math.floor(timeUs / 1e6), true);
    view.setUint32(at + 4, timeUs % 1e6, true);
    view.setUint32(at + 8, frameBytes, true);
    view.setUint32(at + 12, frameBytes, true);
    at += PACKET_HEADER_BYTES + frameBytes;
    flow += step;
    if (flow >= flows) flow -= flows;
  }
  writeSync(file, chunk, 0, at);
  closeSync(file);
}

function writeFileHeader(view: DataView): number {
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 65_535, true);
  view.setUint32(20, 1, true); // LINKTYPE_ETHERNET
  return FILE_HEADER_BYTES;
}

/** Writes one frame of `flow` at `start`; returns its length. What it does not write is zero already. */
function writeFrame(
  view: DataView,
  start: number,
  mix: Mix,
  flow: number,
  index: number,
  sequence: number,
): number {
  const hash = mixBits(flow + 1);
  const protocol = hash % 5 === 0 ? UDP : TCP;
  const isIpv6 = mix === 'ipv6' || (mix === 'vlan' && (hash >>> 8) % 4 === 0);
  const tags = mix === 'vlan' ? (hash >>> 10) % 3 : 0;
  const ipStart = writeEthernet(view, start, tags, isIpv6);
  const extraBytes = mixBits(index ^ 0x2545f491) % 37;
  let ipBytes = (isIpv6 ? 70 : 50) + extraBytes;
  if (mix === 'average') ipBytes = averageSize(index) - 14;
  const transportStart = isIpv6
    ? writeIpv6(view, ipStart, ipBytes, protocol, flow, hash)
    : writeIpv4(view, ipStart, ipBytes, protocol, flow, hash);
  writeTransport(view, transportStart, ipStart + ipBytes, protocol, flow, hash, sequence);
  return ipStart + ipBytes - start;
}

/** With fewer than three packets a flow, one step round would be half the way, which is neither on nor back. */
function sequenceOf(index: number, { flows, packets }: Traffic): number {
  const perFlow = packets / flows;
  return perFlow < 3 ? index : Math.floor(Math.floor(index / flows) * (2 ** 32 / perFlow));
}

function averageSize(index: number): number {
  const percent = mixBits(index ^ 0x7ed55d16) % 100;
  if (percent < 47) return AVERAGE_SIZES.small;
  return percent < 67 ? AVERAGE_SIZES.middle : AVERAGE_SIZES.large;
}

function writeEthernet(view: DataView, start: number, tags: number, isIpv6: boolean): number {
  view.setUint32(start, 0x02_00_00_00);
  view.setUint16(start + 4, 0x00_02);
  view.setUint32(start + 6, 0x02_00_00_00);
  view.setUint16(start + 10, 0x00_01);
  let at = start + 12;
  if (tags === 2) at = writeTag(view, at, 0x88a8, 200);
  if (tags > 0) at = writeTag(view, at, 0x8100, 100);
  view.setUint16(at, isIpv6 ? 0x86dd : 0x0800);
  return at + 2;
}

function writeTag(view: DataView, at: number, tagProtocol: number, vlan: number): number {
  view.setUint16(at, tagProtocol);
  view.setUint16(at + 2, vlan);
  return at + 4;
}

/** RFC 791. The source holds 17 bits of the flow's number (the port has the rest), the target is one of 256. */
function writeIpv4(
  view: DataView,
  at: number,
  ipBytes: number,
  protocol: number,
  flow: number,
  hash: number,
) {
  const source = 0x0a000000 + Math.floor(clientOf(flow) / CLIENT_PORTS);
  const target = 0xc0a80000 + (hash >>> 24);
  view.setUint16(at, 0x4500);
  view.setUint16(at + 2, ipBytes);
  view.setUint16(at + 4, 0);
  view.setUint16(at + 6, 0x4000);
  view.setUint16(at + 8, (64 << 8) | protocol);
  view.setUint32(at + 12, source);
  view.setUint32(at + 16, target);
  let sum = 0x4500 + ipBytes + 0x4000 + ((64 << 8) | protocol);
  sum += (source >>> 16) + (source & 0xffff) + (target >>> 16) + (target & 0xffff);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(at + 10, ~(sum + (sum >>> 16)) & 0xffff);
  return at + 20;
}

/** RFC 8200, with documentation addresses (RFC 3849). */
function writeIpv6(
  view: DataView,
  at: number,
  ipBytes: number,
  protocol: number,
  flow: number,
  hash: number,
) {
  view.setUint32(at, 0x60000000);
  view.setUint16(at + 4, ipBytes - 40);
  view.setUint16(at + 6, (protocol << 8) | 64);
  view.setUint32(at + 8, 0x20010db8);
  view.setUint32(at + 12, 0);
  view.setUint32(at + 16, 0);
  view.setUint32(at + 20, 1 + Math.floor(clientOf(flow) / CLIENT_PORTS));
  view.setUint32(at + 24, 0x20010db8);
  view.setUint32(at + 28, 0xffff0000);
  view.setUint32(at + 32, 0);
  view.setUint32(at + 36, 1 + (hash >>> 24));
  return at + 40;
}

function writeTransport(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
  flow: number,
  hash: number,
  sequence: number,
): void {
  view.setUint16(at, 1024 + (clientOf(flow) % CLIENT_PORTS));
  view.setUint16(at + 2, SERVER_PORTS[(hash >>> 16) & 7]!);
  if (protocol === UDP) {
    view.setUint16(at + 4, end - at);
    view.setUint16(at + 6, 0); // Without checksum.
    return;
  }
  view.setUint32(at + 4, sequence);
  view.setUint32(at + 8, 0);
  view.setUint16(at + 12, 0x5010); // Five words of header; ACK.
  view.setUint16(at + 14, 0xffff);
  view.setUint32(at + 16, 0);
}

const CLIENT_PORTS = 60_000;

/** A number of 32 bits for each flow, no two alike: address and port of its source. */
function clientOf(flow: number): number {
  return mixBits(flow ^ SEED);
}

/** The finaliser of MurmurHash3: every 32-bit value comes from exactly one other. */
function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function stepThrough(flows: number): number {
  let step = Math.max(1, Math.round(flows * 0.618_034));
  while (greatestDivisor(step, flows) !== 1) step++;
  return step % flows;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
