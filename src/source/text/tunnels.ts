/**
 * Tunnels, whose content tcpdump prints behind them:
 *
 *     10.0.0.1.40000 > 10.0.0.2.6081: Geneve, Flags [none], vni 0x7: IP 192.0.2.1 > …: VXLAN, flags …, vni 5
 *     IP 10.8.0.1.40000 > 10.8.0.2.443: Flags [.], ack 1, win 502, length 9
 *
 * That of most goes on in the same line, and with -v in indented ones. That of VXLAN and OTV starts at the
 * left edge, without a time, as a packet's line does under -t; so it matters whether one of these two is in
 * any of the others.
 */
import { Packet } from '../../packet/packet.js';
import { readAddresses } from './addresses.js';
import {
  ascii,
  type Cursor,
  digitValue,
  indexOfByte,
  indexOfWord,
  skip,
  skipSpaces,
  soughtWord,
  space,
  startsWith,
  startsWithAny,
} from './cursor.js';
import { linkWord, mostLinkWords } from './link-words.js';
import { skipChecksumNote } from './protocol.js';

/** They end in the number of their network; one that was captured too short does not, and has no content. */
const linedTunnels = ['VXLAN, flags ', 'OTV, flags '].map(ascii);
const geneve = ascii('Geneve, ');
/** With -e, IP in IP is not named. */
const tunnels = [
  ...linedTunnels,
  geneve,
  ...['GREv', 'IP ', 'IP6 ', '(tos ', '(class ', '(flowlabel ', '(hlim '].map(ascii),
];
const headerEnd = soughtWord(': ');

/** Nobody nests tunnels deeper. */
const mostTunnels = 16;

const inner = new Packet();

/** Whether the payload at the cursor, which stays where it is, is a tunnel's. */
export function isTunnel(cursor: Cursor): boolean {
  const start = cursor.at;
  skipChecksumNote(cursor);
  const isOne = startsWithAny(cursor, tunnels);
  cursor.at = start;
  return isOne;
}

/**
 * Whether content follows on the next line, at the left edge. Moves the cursor, which is behind the length
 * that the payload states.
 */
export function contentFollows(cursor: Cursor): boolean {
  if (digitValue(cursor.bytes[cursor.end - 1]!) > 9) return false;
  for (let depth = 0; depth < mostTunnels; depth++) {
    if (startsWithAny(cursor, linedTunnels)) return true;
    if (!skipToInnerPayload(cursor)) return false;
  }
  return false;
}

/** Moves from a tunnel's payload to that of the packet in it, where it is in the same line. */
function skipToInnerPayload(cursor: Cursor): boolean {
  if (startsWith(cursor, geneve)) {
    const at = indexOfWord(cursor, headerEnd);
    if (at < 0) return false;
    cursor.at = at;
  }
  skip(cursor, headerEnd.text);
  for (let count = 0; count < mostLinkWords; count++) {
    skipSpaces(cursor);
    if (cursor.at === cursor.end) return false;
    if (readAddresses(cursor, inner)) {
      skipSpaces(cursor);
      skipChecksumNote(cursor);
      return true;
    }
    const wordEnd = indexOfByte(cursor, space);
    if (linkWord(cursor, wordEnd) === 'foreign') return false;
    cursor.at = wordEnd;
  }
  return false;
}
