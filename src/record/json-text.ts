/** Names inside JSON strings (RFC 8259, 7), and how long they may be. */

/** The longest name of the DNS (RFC 1035, 3.1) in characters, without its final dot. */
export const maxHostCharacters = 253;

/** The most that one UTF-16 unit becomes in a JSON string: a control character's six, "\u0007". */
const maxBytesPerCharacter = 6;
export const maxHostTextBytes = maxHostCharacters * maxBytesPerCharacter;

/** Room for the names of some thirty services; the eleven that Datadog had in 2024 take 110 bytes. */
export const maxLabelTextBytes = 512;

const firstPrintable = 0x20;
const firstBeyondAscii = 0x80;
const quote = 0x22;
const backslash = 0x5c;

/** Writes a name of at most `maxHostCharacters` as the inside of a JSON string; returns the offset after it. */
export function writeHost(bytes: Uint8Array, offset: number, host: string): number {
  for (let i = 0; i < host.length; i++) {
    const character = host.charCodeAt(i);
    if (
      character < firstPrintable ||
      character >= firstBeyondAscii ||
      character === quote ||
      character === backslash
    ) {
      return offset + new TextEncoder().encodeInto(insideString(host), bytes.subarray(offset)).written;
    }
    bytes[offset + i] = character;
  }
  return offset + host.length;
}

/**
 * Names of services joined by ',' as the inside of a JSON string of at most `maxLabelTextBytes`. What does not fit is
 * left out, whole names from the end; of a single name that does not fit, its end.
 */
export function labelText(service: string): string {
  const whole = insideString(service);
  if (Buffer.byteLength(whole) <= maxLabelTextBytes) return whole;
  let kept = '';
  for (const name of service.split(',')) {
    const longer = kept === '' ? name : `${kept},${name}`;
    if (Buffer.byteLength(insideString(longer)) > maxLabelTextBytes) break;
    kept = longer;
  }
  return insideString(kept || service.slice(0, Math.floor(maxLabelTextBytes / maxBytesPerCharacter)));
}

/** Unpaired surrogates become escapes, so that the bytes are valid UTF-8 (well-formed JSON.stringify). */
function insideString(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
