/** Texts inside JSON strings (RFC 8259, 7), and how long they may be. */

/** The longest name of the DNS (RFC 1035, 3.1) in characters, without its final dot. */
export const maxHostCharacters = 253;

/** The most that one UTF-16 unit becomes in a JSON string: a control character's six, "\u0007". */
const maxBytesPerCharacter = 6;

/** Room for the names of some thirty services; the eleven that Datadog had in 2024 take 110 bytes. */
export const maxLabelTextBytes = 512;

const firstPrintable = 0x20;
const firstBeyondAscii = 0x80;
const quote = 0x22;
const backslash = 0x5c;

/** The most bytes that so many characters (UTF-16 units) take. */
export function longestTextBytes(characters: number): number {
  return characters * maxBytesPerCharacter;
}

/** Writes a text's first `longest` characters as the inside of a JSON string; returns the offset after it. */
export function writeText(bytes: Uint8Array, offset: number, text: string, longest: number): number {
  if (text.length > longest) return writeText(bytes, offset, cut(text, longest), longest);
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (
      character < firstPrintable ||
      character >= firstBeyondAscii ||
      character === quote ||
      character === backslash
    ) {
      return offset + new TextEncoder().encodeInto(insideString(text), bytes.subarray(offset)).written;
    }
    bytes[offset + i] = character;
  }
  return offset + text.length;
}

/** The text's first `longest` UTF-16 units, or one less where that would part a pair of surrogates. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const isPairParted =
    /[\ud800-\udbff]$/.test(text.slice(0, longest)) && /^[\udc00-\udfff]/.test(text.slice(longest));
  return text.slice(0, isPairParted ? longest - 1 : longest);
}

/**
 * Those of the names joined by ',' that fit into `maxLabelTextBytes` as the inside of a JSON string. What does not fit is
 * left out, whole names from the end; of a single name that does not fit, its end.
 */
export function fittingLabels(service: string): string {
  if (Buffer.byteLength(insideString(service)) <= maxLabelTextBytes) return service;
  let kept = '';
  for (const name of service.split(',')) {
    const longer = kept === '' ? name : `${kept},${name}`;
    if (Buffer.byteLength(insideString(longer)) > maxLabelTextBytes) break;
    kept = longer;
  }
  return kept || cut(service, Math.floor(maxLabelTextBytes / maxBytesPerCharacter));
}

/** Unpaired surrogates become escapes, so that the bytes are valid UTF-8 (well-formed JSON.stringify). */
export function insideString(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
