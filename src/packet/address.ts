/**
 * IP addresses as text: RFC 791 dotted decimals and RFC 5952, and back.
 *
 * An address is one word (IPv4) or four (IPv6): the bytes as they stand on the wire, loaded little-endian as signed
 * 32-bit integers, just as Packet holds them. 192.0.2.1 is 0x010200c0.
 */

/** `words` has four entries; an IPv4 address stands in the first, and the others are 0. */
export interface Address {
  readonly family: 4 | 6;
  readonly words: Int32Array;
}

/** Room that `writeIPv4` and `writeIPv6` need from `offset` on, in bytes: both may touch a few past the text's end. */
export const maxIPv4Bytes = 16;
export const maxIPv6Bytes = 40;

const zero = 0x30;
const nine = 0x39;
const dot = 0x2e;
const colon = 0x3a;

/** For each octet its digits and a dot as one little-endian word; and how many characters that is. */
const octetText = new Uint32Array(256);
const octetTextBytes = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const text = `${octet}.`;
  octetTextBytes[octet] = text.length;
  for (let i = 0; i < text.length; i++) octetText[octet]! |= text.charCodeAt(i) << (8 * i);
}

/** For each octet its two hexadecimal digits as one little-endian word. */
const hexText = Uint16Array.from({ length: 256 }, (_, octet) => {
  const text = octet.toString(16).padStart(2, '0');
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
});

/**
 * For each set of zero groups (bit i stands for group i, the leftmost is 0) the run that "::" replaces: its start in
 * the low four bits, its length above. RFC 5952, 4.2: the longest, the first of equals, and never a single group.
 */
const zeroRuns = Uint8Array.from({ length: 256 }, (_, zeroGroups) => {
  let bestStart = 0;
  let bestLength = 0;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while ((zeroGroups >> (start + length)) & 1) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  return bestLength > 1 ? bestStart | (bestLength << 4) : 0;
});

/** A word's bytes in the order of their weight, unsigned: addresses then compare as numbers. */
export function hostOrder(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** Whether it stands for several hosts wherever it is sent: 224.0.0.0/4 (RFC 5771), or 255.255.255.255 (RFC 919). */
export function isGroupIPv4(word: number): boolean {
  return (word & 0xf0) === 0xe0 || word === -1;
}

/** The same by the first word: ff00::/8 (RFC 4291). */
export function isGroupIPv6(word0: number): boolean {
  return (word0 & 0xff) === 0xff;
}

/** "192.0.2.1". */
export function formatIPv4(word: number): string {
  return `${word & 0xff}.${(word >>> 8) & 0xff}.${(word >>> 16) & 0xff}.${word >>> 24}`;
}

const scratch = Buffer.alloc(maxIPv6Bytes);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, maxIPv6Bytes);

/** RFC 5952 text: "2001:db8::1"; an IPv4-mapped address ends in dotted decimals, "::ffff:192.0.2.1". */
export function formatIPv6(word0: number, word1: number, word2: number, word3: number): string {
  return scratch.toString('latin1', 0, writeIPv6(scratchView, 0, word0, word1, word2, word3));
}

/** Writes what `formatIPv4` returns; returns the offset after it. */
export function writeIPv4(view: DataView, offset: number, word: number): number {
  let end = writeOctet(view, offset, word & 0xff);
  end = writeOctet(view, end, (word >>> 8) & 0xff);
  end = writeOctet(view, end, (word >>> 16) & 0xff);
  return writeOctet(view, end, word >>> 24) - 1;
}

/** Writes the octet and a dot. */
function writeOctet(view: DataView, offset: number, octet: number): number {
  view.setUint32(offset, octetText[octet]!, true);
  return offset + octetTextBytes[octet]!;
}

/** Writes what `formatIPv6` returns; returns the offset after it. */
export function writeIPv6(
  view: DataView,
  offset: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
): number {
  if (isIPv4Mapped(word0, word1, word2)) {
    view.setUint32(offset, mappedPrefixStart);
    view.setUint32(offset + 4, mappedPrefixEnd);
    return writeIPv4(view, offset + 7, word3);
  }
  const zeros =
    zeroGroups(word0) | (zeroGroups(word1) << 2) | (zeroGroups(word2) << 4) | (zeroGroups(word3) << 6);
  const run = zeroRuns[zeros]!;
  const runStart = run & 0xf;
  const runEnd = runStart + (run >> 4);
  let end = offset;
  for (let group = 0; group < 8; ) {
    if (group === runStart && runEnd > runStart) {
      view.setUint8(end++, colon);
      if (group === 0) view.setUint8(end++, colon);
      group = runEnd;
    } else {
      const word = group < 4 ? (group < 2 ? word0 : word1) : group < 6 ? word2 : word3;
      end = writeGroup(view, end, group & 1 ? word >>> 16 : word & 0xffff);
      if (++group < 8) view.setUint8(end++, colon);
    }
  }
  return end;
}

/** The third word of an IPv4-mapped address (RFC 4291, 2.5.5.2): bytes 0, 0, 0xff, 0xff. Its first two are 0. */
export const ipv4MappedWord2 = 0xffff0000 | 0;

/** Whether an address is IPv4-mapped, by the words before the IPv4 address. */
export function isIPv4Mapped(word0: number, word1: number, word2: number): boolean {
  return word0 === 0 && word1 === 0 && word2 === ipv4MappedWord2;
}

/** "::ffff:" and a zero byte, big-endian. */
const mappedPrefixStart = 0x3a3a6666;
const mappedPrefixEnd = 0x66663a00;

/** Bit 0 where the word's first group is zero, bit 1 where its second is. */
function zeroGroups(word: number): number {
  return (word & 0xffff ? 0 : 1) | (word >>> 16 ? 0 : 2);
}

/** Writes a group without leading zeros. `swapped` has the group's two bytes in little-endian order. */
function writeGroup(view: DataView, offset: number, swapped: number): number {
  const first = swapped & 0xff;
  const second = swapped >>> 8;
  const leadingZeros = (Math.clz32((first << 8) | second | 1) - 16) >> 2;
  view.setUint32(offset, (hexText[first]! | (hexText[second]! << 16)) >>> (8 * leadingZeros), true);
  return offset + 4 - leadingZeros;
}

/**
 * Reads a whole text as one address; undefined where it is not exactly that. Four decimal octets without leading
 * zeros, or any of RFC 4291's three forms of IPv6 in either case. No zone, no brackets, no prefix length, no spaces.
 */
export function parseAddress(text: string): Address | undefined {
  const octets = new Uint8Array(16);
  const isIPv6 = text.includes(':');
  if (!(isIPv6 ? parseIPv6(text, octets) : parseIPv4(text, 0, octets, 0))) return undefined;
  const view = new DataView(octets.buffer);
  const words = new Int32Array(4);
  for (let i = 0; i < 4; i++) words[i] = view.getInt32(4 * i, true);
  return { family: isIPv6 ? 6 : 4, words };
}

/** Reads dotted decimals from `start` to the text's end into `octets[at]` and the three after it. */
function parseIPv4(text: string, start: number, octets: Uint8Array, at: number): boolean {
  let position = start;
  for (let i = 0; i < 4; i++) {
    if (i > 0 && text.charCodeAt(position++) !== dot) return false;
    const first = position;
    let octet = 0;
    for (; position < first + 3; position++) {
      const character = text.charCodeAt(position);
      if (!(character >= zero && character <= nine)) break;
      octet = octet * 10 + character - zero;
    }
    const digits = position - first;
    if (digits === 0 || octet > 255 || (digits > 1 && text.charCodeAt(first) === zero)) return false;
    octets[at + i] = octet;
  }
  return position === text.length;
}

/** Reads an IPv6 address into the sixteen zeroed `octets`. */
function parseIPv6(text: string, octets: Uint8Array): boolean {
  let position = 0;
  let filled = 0;
  /** How many octets stand before the "::"; -1 while there was none. */
  let gapAt = -1;
  if (text.startsWith('::')) {
    gapAt = 0;
    position = 2;
  }
  while (position < text.length) {
    if (filled === 16) return false;
    const groupEnd = endOfHexDigits(text, position);
    if (text.charCodeAt(groupEnd) === dot) {
      if (filled > 12 || !parseIPv4(text, position, octets, filled)) return false;
      filled += 4;
      break;
    }
    if (groupEnd === position) return false;
    const group = Number.parseInt(text.slice(position, groupEnd), 16);
    octets[filled++] = group >> 8;
    octets[filled++] = group;
    position = groupEnd;
    if (position === text.length) break;
    if (text.charCodeAt(position++) !== colon || position === text.length) return false;
    if (text.charCodeAt(position) === colon) {
      if (gapAt >= 0) return false;
      gapAt = filled;
      position++;
    }
  }
  if (gapAt < 0) return filled === 16;
  if (filled > 14) return false; // "::" stands for at least one group (RFC 4291, 2.2).
  octets.copyWithin(16 - (filled - gapAt), gapAt, filled);
  octets.fill(0, gapAt, 16 - (filled - gapAt));
  return true;
}

/** The position after at most four hexadecimal digits from `start` on. */
function endOfHexDigits(text: string, start: number): number {
  let end = start;
  while (end < start + 4) {
    const character = text.charCodeAt(end);
    const lower = character | 0x20;
    if (!((character >= zero && character <= nine) || (lower >= 0x61 && lower <= 0x66))) break;
    end++;
  }
  return end;
}
