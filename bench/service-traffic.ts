/**
 * A capture of a service: connections of some clients, each with a request and its answer, most of them short and a few very
 * long, as they are on the Internet. The same bytes on every run; headers only, whose lengths say what was on the wire.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { seededRandom } from '../test/support/random.js';

export interface ServiceTraffic {
  readonly clients: number;
  readonly connectionsEach: number;
}

const START_SECONDS = 1_767_225_600; // 2026-01-01T00:00:00Z
const RECORD_BYTES = 16 + 14 + 20 + 20;
const LONGEST_ANSWER_PACKETS = 300;
const FIRST_CLIENT_PORT = 32_768;
const SERVER = 0xc000_0201; // 192.0.2.1
const SERVER_PORT = 443;
/** 10.0.0.0/16 and on: four networks, a quarter of the clients each. */
const NETWORK = 0x0a00_0000;
export const clientNetworks = [0, 1, 2, 3].map((number) => `site-${number + 1}=10.${number}.0.0/16`);

/** Writes classic pcap in microseconds; returns how many packets are in it. */
export function writeServiceTraffic(path: string, { clients, connectionsEach }: ServiceTraffic): number {
  const random = seededRandom(0x5eed);
  const file = openSync(path, 'w');
  writeSync(file, fileHeader());
  let packets = 0;
  for (let client = 0; client < clients; client++) {
    const address = NETWORK + (client % clientNetworks.length) * 0x1_0000 + (client >> 2) + 1;
    for (let connection = 0; connection < connectionsEach; connection++) {
      // One in n connections has n packets in its answer.
      const answer = Math.min(LONGEST_ANSWER_PACKETS, Math.floor(2 ** 32 / (random() + 1)));
      const bytes = Buffer.alloc((answer + 1) * RECORD_BYTES);
      const port = FIRST_CLIENT_PORT + connection;
      writePacket(bytes, 0, { source: address, target: SERVER, ports: [port, SERVER_PORT], payload: 300 });
      for (let packet = 1; packet <= answer; packet++) {
        const payload = packet === answer ? random() % 1_460 : 1_460;
        const ends = { source: SERVER, target: address, ports: [SERVER_PORT, port] as const };
        writePacket(bytes, packet * RECORD_BYTES, { ...ends, payload });
      }
      writeSync(file, bytes);
      packets += answer + 1;
    }
  }
  closeSync(file);
  return packets;
}

function fileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20); // LINKTYPE_ETHERNET
  return header;
}

interface Segment {
  readonly source: number;
  readonly target: number;
  readonly ports: readonly [source: number, target: number];
  readonly payload: number;
}

/** Ethernet, RFC 791 and RFC 9293, without checksums. All packets are of one second. */
function writePacket(bytes: Buffer, at: number, { source, target, ports, payload }: Segment): void {
  bytes.writeUInt32LE(START_SECONDS, at);
  bytes.writeUInt32LE(RECORD_BYTES - 16, at + 8);
  bytes.writeUInt32LE(RECORD_BYTES - 16 + payload, at + 12);
  const ip = at + 16 + 14;
  bytes.writeUInt16BE(0x0800, ip - 2);
  bytes.writeUInt8(0x45, ip);
  bytes.writeUInt16BE(40 + payload, ip + 2);
  bytes.writeUInt8(64, ip + 8);
  bytes.writeUInt8(6, ip + 9);
  bytes.writeUInt32BE(source, ip + 12);
  bytes.writeUInt32BE(target, ip + 16);
  bytes.writeUInt16BE(ports[0], ip + 20);
  bytes.writeUInt16BE(ports[1], ip + 22);
  bytes.writeUInt16BE(0x5010, ip + 32); // Five words of header; ACK.
}
