/** Decodes single frames for tests, in a way that shows any read outside of them. */
import assert from 'node:assert/strict';
import { formatIPv4, formatIPv6 } from '../../src/packet/address.js';
import { linkDecoder } from '../../src/packet/decode.js';
import { protocolName } from '../../src/packet/numbers.js';
import { type LinkDecoder, outcomes, PACKET, Packet } from '../../src/packet/packet.js';

/**
 * What became of a frame, all of it, in a line: "10.0.0.1.40000 > 10.0.0.2.443 TCP 10 flags 16", or the outcome's name.
 *
 * It is decoded twice, at the very end of a buffer and among canaries, which must not make a difference. `wireBytes`
 * defaults to as many as were captured.
 */
export function decoded(linkType: number, bytes: Uint8Array, wireBytes = bytes.length): string {
  const decode = linkDecoder(linkType);
  assert.ok(decode, `no decoder for link type ${linkType}`);

  const atTheEnd = new Uint8Array(canaries + bytes.length);
  atTheEnd.set(bytes, canaries);
  const among = new Uint8Array(canaries + bytes.length + canaries).fill(0xff);
  among.set(bytes, canaries);
  const outcome = describe(decode, atTheEnd.buffer, bytes.length, wireBytes);
  assert.equal(describe(decode, among.buffer, bytes.length, wireBytes), outcome, 'canaries were read');
  return outcome;
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

/** Odd, so that nothing is aligned; more than any header and its payload's start. */
const canaries = 67;

function describe(
  decode: LinkDecoder,
  buffer: ArrayBuffer,
  capturedBytes: number,
  wireBytes: number,
): string {
  const packet = staleAs(capturedBytes);
  const outcome = decode(
    new DataView(buffer),
    canaries,
    canaries + capturedBytes,
    canaries + wireBytes,
    packet,
  );
  if (outcome !== PACKET) return outcomes[outcome] ?? `outcome ${outcome}`;
  assert.ok(
    Number.isSafeInteger(packet.payloadBytes) && packet.payloadBytes >= 0,
    `${packet.payloadBytes} bytes`,
  );
  return packetText(packet);
}

/** A packet as an earlier, different frame may have left it. */
function staleAs(seed: number): Packet {
  const packet = new Packet();
  packet.family = seed % 2 === 0 ? 4 : 6;
  packet.ports = -1;
  packet.hasPorts = seed % 2 === 0 ? 1 : 0;
  packet.protocol = 255;
  packet.payloadBytes = -1;
  packet.tcpFlags = 255;
  return packet;
}

/** A packet in a line: addresses and ports as tcpdump writes them, protocol, payload length, and TCP's flags where any are set. */
export function packetText(packet: Packet): string {
  const { family, hasPorts, ports, protocol, payloadBytes, tcpFlags } = packet;
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
  const flags = tcpFlags ? ` flags ${tcpFlags}` : '';
  return `${source}${port(0)} > ${target}${port(2)} ${protocolName(protocol)} ${payloadBytes}${flags}`;
}
