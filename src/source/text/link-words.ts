/**
 * What tcpdump prints between the time and the IP header: the interface column of `-i any`, the link header
 * of -e, and MPLS and PPPoE, which it always prints.
 *
 *     eth0  In  IP 10.0.0.1 > …
 *     02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), length 102: vlan 7, p 0, ethertype IPv4 (0x0800), 10.0.0.1 > …
 *     MPLS (label 100, tc 0, [S], ttl 64) IP 10.0.0.1 > …
 *
 * These parts are made of the words and numbers below and nothing else. A line with any other word before its
 * addresses is not IP, and is not searched any further: names that a frame of LLDP or CDP brings along are
 * printed as they are, and could be made to look like a packet.
 */
import { ascii, type Cursor, hexadecimalValue, space } from './cursor.js';

/** tcpdump's deepest link headers have some forty words. */
export const mostLinkWords = 256;

/**
 * What a word is to a link header: one of its own (or a number, or a MAC address), one that announces IP, or
 * neither.
 */
export type LinkWord = 'link' | 'ip' | 'foreign';

/**
 * What `-i any` prints of a packet's way: to this host, broadcast, multicast, for another host, from this
 * host.
 */
const ways = ['In', 'Out', 'B', 'M', 'P', '?'];

const linkWords = [
  ...ways,
  ...['ifindex', '>', 'Broadcast', 'ethertype', 'length', 'AF', 'PPP'],
  ...['802.1Q', '802.1Q-QinQ', '802.1Q-9100', '802.1Q-9200', 'VMAN', 'vlan', 'p', 'DEI'],
  ...['MPLS', 'unicast', 'multicast', 'label', 'tc', 'S', 'ttl'],
  ...['PPPoE', 'ver', 'type', 'len', 'ses'],
  // What is said of a version or type other than 1 has no space behind it: " [ver 2]PPPoE  [ses 0x1]".
  ...Array.from({ length: 16 }, (_, number) => `${number}]PPPoE`),
  ...['explicit', 'implicit', 'NULL', 'router', 'alert', 'rsvd'],
  ...['802.2', '802.3', 'LLC', 'dsap', 'ssap', 'SNAP', 'ctrl', 'oui', 'Ethernet'],
  ...['Individual', 'Command', 'Response'],
  ...['802.1AE', 'MACsec', 'an', 'pn', 'flags', 'none', 'I', 'sl', 'sci'],
  ...['version', 'resource', 'ID', 'family'],
  ...['BRCM', 'tag', 'OP', 'EG', 'IG', 'TC', 'TE', 'None', 'TS', 'DST', 'map'],
];

const ipWords = ['IPv4', 'IPv6', 'IP', 'IP6', 'ip'];

/** Words by their first byte. */
type WordTable = readonly (readonly Uint8Array[])[];

function wordTable(words: readonly string[]): WordTable {
  const table: Uint8Array[][] = Array.from({ length: 128 }, () => []);
  for (const word of words.map(ascii)) table[word[0]!]!.push(word);
  return table;
}

const linkTable = wordTable(linkWords);
const ipTable = wordTable(ipWords);
const wayTable = wordTable(ways);

/** Judges the word from the cursor to `wordEnd`, without the brackets and punctuation around it. */
export function linkWord(cursor: Cursor, wordEnd: number): LinkWord {
  const { bytes } = cursor;
  let start = cursor.at;
  let end = wordEnd;
  if (isOpening(bytes[start]!)) start++;
  while (end > start && isClosing(bytes[end - 1]!)) end--;
  if (isNumber(bytes, start, end) || isIn(linkTable, bytes, start, end)) return 'link';
  return isIn(ipTable, bytes, start, end) ? 'ip' : 'foreign';
}

/** Whether an interface's name and a packet's way stand here. The name may be any, so only the way tells. */
export function isInterfaceColumn(cursor: Cursor): boolean {
  const { bytes, end } = cursor;
  let at = cursor.at;
  while (at < end && bytes[at] !== space) at++;
  while (bytes[at] === space) at++;
  const start = at;
  while (at < end && bytes[at] !== space) at++;
  return isIn(wayTable, bytes, start, at);
}

/** "(" or "[". */
const isOpening = (byte: number): boolean => byte === 0x28 || byte === 0x5b;

/** ",", ":", ")", "]" or "!". */
const isClosing = (byte: number): boolean =>
  byte === 0x2c || byte === 0x3a || byte === 0x29 || byte === 0x5d || byte === 0x21;

/** Hexadecimal digits and colons, after a "0x" or not. */
function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const isDigit = hexadecimalValue(byte) < 16 || byte === 0x3a || (byte === 0x78 && at === start + 1);
    if (!isDigit) return false;
  }
  return end > start;
}

function isIn(table: WordTable, bytes: Uint8Array, start: number, end: number): boolean {
  const candidates = table[bytes[start]!];
  if (!candidates) return false;
  for (let i = 0; i < candidates.length; i++) {
    if (isWord(candidates[i]!, bytes, start, end)) return true;
  }
  return false;
}

function isWord(word: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (bytes[start + i] !== word[i]) return false;
  }
  return true;
}
