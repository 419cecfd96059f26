/** Names of conversations and of single records, 64 bits in hexadecimal. */
import { communityIdBytes, writeCommunityId } from '../community-id.js';
import type { KnownOwner } from '../owner.js';
import type { FlowRecord, WindowTimes } from '../record.js';
import { ABSENT, bytesText, type Line, type RunFacts, writtenText } from './value.js';

const idBytes = 16;

export const idValues = {
  conversation_id: writtenText(
    {
      meaning: 'The same in each window and for both directions of a conversation; 16 hexadecimal digits',
      needs: ['ids'],
    },
    idBytes,
    (record) => (hasId(record) ? hex(record.idHigh) + hex(record.idLow) : null),
    (record, { view }, offset) => {
      if (!hasId(record)) return ABSENT;
      return writeHex(view, writeHex(view, offset, record.idHigh), record.idLow);
    },
  ),
  record_id: writtenText(
    {
      meaning:
        'Names this record alone, and is the same when a capture is read again on a host of this name with these settings; 16 hexadecimal digits',
    },
    idBytes,
    (record, line) => {
      hashRecord(record, line);
      return hex(hash[0]!) + hex(hash[1]!);
    },
    (record, line, offset) => {
      hashRecord(record, line);
      return writeHex(line.view, writeHex(line.view, offset, hash[0]!), hash[1]!);
    },
  ),
  community_id: bytesText(
    {
      meaning:
        'Community ID, version 1, which Zeek, Suricata and Packetbeat have as well; absent in a record of several conversations, and of fragments alone',
      figures: ['icmp'],
    },
    communityIdBytes,
    (record, { view }, offset) => writeCommunityId(record, view, offset),
  ),
} as const;

function hasId({ idHigh, idLow }: FlowRecord): boolean {
  return idHigh !== 0 || idLow !== 0;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** Two digits of each byte as one little-endian word. */
const hexDigits = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, '0');
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
});

function writeHex(view: DataView, offset: number, word: number): number {
  for (let byte = 0; byte < 4; byte++)
    view.setUint16(offset + 2 * byte, hexDigits[(word >>> (24 - 8 * byte)) & 0xff]!, true);
  return offset + 8;
}

/** What ids of a window's records have in common: two words to go on from. */
export function hashWindow({ host, recordSettings }: RunFacts, { startUs, again }: WindowTimes): Int32Array {
  hash[0] = 0x9747b28c;
  hash[1] = 0x3c6ef372;
  addText(host);
  addText(recordSettings);
  addWord(startUs % 0x1_0000_0000);
  addWord(Math.floor(startUs / 0x1_0000_0000));
  if (again !== undefined) addWord(again);
  return hash.slice();
}

/** The hash that is being made, two words that are mixed in different ways. */
const hash = new Int32Array(2);

/** Flows between two networks are told as one only where they have the same client. */
const clientIsTarget = 0x100;
/** No port's number. */
const foldedPort = 0x10000;

/** Of all that tells one record of a window from another. */
function hashRecord(record: FlowRecord, { windowHash }: Line): void {
  const { key, rest, client, sourceFold, targetFold } = record;
  hash[0] = windowHash[0]!;
  hash[1] = windowHash[1]!;
  addWord(key.protocol | (rest ? 0x100 : 0));
  if (!rest) {
    const isTurned = client === 'target' && (sourceFold !== null || targetFold !== null);
    addWord(key.family | (key.hasPorts << 4) | (isTurned ? clientIsTarget : 0));
    addWord(record.sourcePortFolded ? foldedPort : key.ports & 0xffff);
    addWord(record.targetPortFolded ? foldedPort : key.ports >>> 16);
    if (sourceFold !== null) addFold(sourceFold, record.sourceOwner);
    else addAddress(key.family, key.source0, key.source1, key.source2, key.source3);
    if (targetFold !== null) addFold(targetFold, record.targetOwner);
    else addAddress(key.family, key.target0, key.target1, key.target2, key.target3);
  }
  finish();
}

/** A network and owners of each kind may have one name. */
function addFold(name: string, known: KnownOwner | null): void {
  addText(name);
  if (known !== null) addText(known.owner?.kind ?? '');
}

function addAddress(family: 4 | 6, word0: number, word1: number, word2: number, word3: number): void {
  addWord(word0);
  if (family === 4) return;
  addWord(word1);
  addWord(word2);
  addWord(word3);
}

function addText(text: string): void {
  addWord(text.length);
  for (let i = 0; i < text.length; i++) addWord(text.charCodeAt(i));
}

/** MurmurHash3's step for each of the two, with multipliers of their own. */
function addWord(word: number): void {
  hash[0] = step(hash[0]!, Math.imul(turned(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593));
  hash[1] = step(hash[1]!, Math.imul(turned(Math.imul(word, 0x239b961b), 17), 0xab0e9789));
}

function step(state: number, word: number): number {
  return (Math.imul(turned(state ^ word, 13), 5) + 0xe6546b64) | 0;
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Each bit of the id depends on all of both words. */
function finish(): void {
  hash[0] = spread(hash[0]! + hash[1]!);
  hash[1] = spread(hash[1]! + hash[0]!);
}

function spread(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
