/** Decodes single frames for tests, and says in text what came out. */
import assert from 'node:assert/strict';
import { formatIPv4, formatIPv6 } from '../../src/packet/address.js';
import { linkDecoder } from '../../src/packet/decode.js';
import { protocolName } from '../../src/packet/numbers.js';
import { type Outcome, outcomes, PACKET, type Packet } from '../../src/packet/packet.js';
import { decodeTwice } from './decode-twice.js';
import type { FrameBuilder } from './frames.js';

/**
 * What became of a frame, all of it, in a line: "10.0.0.1.40000 > 10.0.0.2.443 TCP 10 flags 16", or the outcome's name.
 * `wireBytes` defaults to as many as were captured. Fails where a read outside of the frame makes a difference.
 */
export function decoded(linkType: number, bytes: Uint8Array, wireBytes = bytes.length): string {
  const decode = linkDecoder(linkType);
  assert.ok(decode, `no decoder for link type ${linkType}`);
  const { outcome, packet } = decodeTwice(decode, bytes, wireBytes, linkType);
  return outcomeText(outcome, packet);
}

/**
 * What becomes of a frame cut at every byte: each outcome with the number of captured bytes from which on it is so,
 * "14 ip-header-cut".
 */
export function decodedByCut(linkType: number, bytes: Uint8Array): string[] {
  const steps: string[] = [];
  let last = '';
  for (let capturedBytes = 0; capturedBytes <= bytes.length; capturedBytes++) {
    const outcome = decoded(linkType, bytes.subarray(0, capturedBytes), bytes.length);
    if (outcome !== last) steps.push(`${capturedBytes} ${outcome}`);
    last = outcome;
  }
  return steps;
}

/**
 * Checks that IPv4 and IPv6 are found behind `prefix`, whole and cut at every byte, where all before IP has `headerBytes`,
 * of which it takes `knownFrom` captured bytes to know.
 */
export function decodesBoth(
  linkType: number,
  prefix: FrameBuilder,
  headerBytes: number,
  knownFrom = headerBytes,
): void {
  for (const [packet, ipBytes, text] of [
    [prefix.ipv4(), 20, '10.0.0.1.40000 > 10.0.0.2.443 UDP 5'],
    [prefix.ipv6(), 40, '2001:db8::1.40000 > 2001:db8::2.443 UDP 5'],
  ] as const) {
    assert.deepEqual(decodedByCut(linkType, packet.udp().payload(5).bytes()), [
      ...(headerBytes > 0 ? ['0 link-header-cut'] : []),
      `${knownFrom} ip-header-cut`,
      `${headerBytes + ipBytes} transport-header-cut`,
      `${headerBytes + ipBytes + 6} ${text}`,
    ]);
  }
}

/** What became of a frame that was decoded into `packet`: the packet in a line, or the outcome's name. */
export const outcomeText = (outcome: Outcome, packet: Packet): string =>
  outcome === PACKET ? packetText(packet) : outcomes[outcome]!;

/** A packet in a line: its key, payload length, and TCP's flags where any are set. */
export function packetText(packet: Packet): string {
  const { payloadBytes, tcpFlags } = packet;
  const flags = tcpFlags > 0 ? ` flags ${tcpFlags}` : '';
  return `${keyText(packet)} ${payloadBytes}${flags}`;
}

/** What makes a packet's flow, in a line: addresses and ports as tcpdump writes them, and the protocol. */
export function keyText(packet: Packet): string {
  const { family, hasPorts, ports, protocol } = packet;
  assert.ok(family === 4 || family === 6, `family ${family}`);
  assert.ok(hasPorts === 0 || hasPorts === 1, `hasPorts ${hasPorts}`);
  const source =
    family === 4
      ? formatIPv4(packet.source0)
      : formatIPv6(packet.source0, packet.source1, packet.source2, packet.source3);
  const target =
    family === 4
      ? formatIPv4(packet.target0)
      : formatIPv6(packet.target0, packet.target1, packet.target2, packet.target3);
  if (!hasPorts) assert.equal(ports, 0, 'ports without ports');
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setInt32(0, ports, true);
  const port = (offset: 0 | 2) => (hasPorts ? `.${bytes.getUint16(offset)}` : '');
  return `${source}${port(0)} > ${target}${port(2)} ${protocolName(protocol)}`;
}
