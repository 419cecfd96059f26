/**
 * Names as strangers send them. Shown is only what a host's name is made of (RFC 1123, with the underscore that is common),
 * in lower case, and nothing that reads as an address or as this program's own word for "no such name": whoever sends a
 * packet chooses the name in it.
 */

/** RFC 1035, 2.3.4: 255 octets with the lengths of the first label and of the root. */
export const longestNameBytes = 253;
/** The same section, for what stands between two dots. */
const longestLabelBytes = 63;

const dot = 0x2e;
const zero = 0x30;
const letterX = 0x78;
const nxdomain = 'nxdomain';

/** For each byte, what is shown of it; 0 for bytes that no name has. Dots are not in it. */
const shown = new Uint8Array(256);
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789-_') {
  shown[character.charCodeAt(0)] = character.charCodeAt(0);
  shown[character.toUpperCase().charCodeAt(0)] = character.charCodeAt(0);
}

/** Strings are made of a copy: a part of a longer one would keep all of that in memory. */
const text = Buffer.alloc(longestNameBytes);

/**
 * The name that `view`'s bytes from `start` to `end` are, in lower case; undefined where it is not fit to be shown, and
 * where there is none. One final dot, which says that the name is complete, is left out: with it or without, the
 * host is the same.
 */
export function nameText(view: DataView, start: number, end: number): string | undefined {
  const nameEnd = end > start && view.getUint8(end - 1) === dot ? end - 1 : end;
  const length = nameEnd - start;
  if (length <= 0 || length > longestNameBytes) return undefined;
  let labelAt = 0;
  for (let at = 0; at < length; at++) {
    const byte = view.getUint8(start + at);
    if (byte === dot) {
      if (!isLabelLength(at - labelAt)) return undefined;
      labelAt = at + 1;
      text[at] = dot;
    } else {
      const character = shown[byte]!;
      if (character === 0) return undefined;
      text[at] = character;
    }
  }
  if (!isLabelLength(length - labelAt) || isNumber(labelAt, length)) return undefined;
  const name = text.toString('latin1', 0, length);
  return name === nxdomain ? undefined : name;
}

const isLabelLength = (bytes: number): boolean => bytes > 0 && bytes <= longestLabelBytes;

/**
 * True where the last label is a number, decimal or hexadecimal: resolvers and browsers take such a name for an IPv4 address
 * in one of its many spellings (inet_aton; "ends in a number" in the URL standard).
 */
function isNumber(start: number, end: number): boolean {
  const isHexadecimal = end - start > 1 && text[start] === zero && text[start + 1] === letterX;
  for (let at = isHexadecimal ? start + 2 : start; at < end; at++) {
    const byte = text[at]!;
    const isDigit = byte >= zero && byte < zero + 10;
    const isHexadecimalLetter = byte >= 0x61 && byte <= 0x66;
    if (!isDigit && !(isHexadecimal && isHexadecimalLetter)) return false;
  }
  return true;
}
