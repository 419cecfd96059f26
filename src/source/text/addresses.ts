/** "10.0.0.1.40000 > 10.0.0.2.22:" and what goes with it. */
import type { Packet } from '../../packet/packet.js';
import { ascii, type Cursor, colon, skip } from './cursor.js';
import { Endpoint, readEndpoint, readPort } from './endpoint.js';

const arrow = ascii(' > ');
const source = new Endpoint();
const target = new Endpoint();

/**
 * Reads both addresses with their ports and moves behind the colon. False, and nothing moved, where they do
 * not stand here: names instead of numbers, or MAC addresses, which are followed by a comma.
 */
export function readAddresses(cursor: Cursor, packet: Packet): boolean {
  const start = cursor.at;
  if (
    readEndpoint(cursor, source) &&
    skip(cursor, arrow) &&
    readEndpoint(cursor, target) &&
    cursor.bytes[cursor.at] === colon &&
    source.family === target.family &&
    source.port >= 0 === target.port >= 0
  ) {
    cursor.at++;
    store(packet);
    return true;
  }
  cursor.at = start;
  return false;
}

function store(packet: Packet): void {
  packet.family = source.family;
  packet.source0 = source.word0;
  packet.target0 = target.word0;
  if (source.family === 6) {
    packet.source1 = source.word1;
    packet.source2 = source.word2;
    packet.source3 = source.word3;
    packet.target1 = target.word1;
    packet.target2 = target.word2;
    packet.target3 = target.word3;
  }
  packet.hasPorts = source.port >= 0 ? 1 : 0;
  packet.ports = packet.hasPorts ? source.port | (target.port << 16) : 0;
}

/** Reads "40000 > 53:", ports on their own, which stand behind extension headers. */
export function readPorts(cursor: Cursor, packet: Packet): boolean {
  const start = cursor.at;
  const sourcePort = readPort(cursor);
  if (sourcePort >= 0 && skip(cursor, arrow)) {
    const targetPort = readPort(cursor);
    if (targetPort >= 0 && cursor.bytes[cursor.at] === colon) {
      cursor.at++;
      packet.hasPorts = 1;
      packet.ports = sourcePort | (targetPort << 16);
      return true;
    }
  }
  cursor.at = start;
  return false;
}
