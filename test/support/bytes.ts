/** Bytes by hand: what the builders of frames and captures are made of. */

/** Whole numbers of one width, in network byte order. */
export const uint8 = (...values: number[]): Uint8Array => Uint8Array.from(values);
export const uint16 = (...values: number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >>> 8, value]));
export const uint32 = (...values: number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >>> 24, value >>> 16, value >>> 8, value]));

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Bytes from hexadecimal text; blanks are ignored. */
export function hexadecimal(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits))
    throw new Error(`not whole bytes in hex: ${text}`);
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/** A recognisable payload: 00 01 02 … ff 00 …, `count` bytes of it. */
export const pattern = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, at) => at);

/** "aa:bb:cc:dd:ee:ff" as six bytes. */
export const macAddress = (text: string): Uint8Array => hexadecimal(text.replaceAll(':', ''));

/** Dotted quad as four bytes. */
export function ipv4Address(text: string): Uint8Array {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255)))
    throw new Error(`no IPv4: ${text}`);
  return Uint8Array.from(parts);
}

/** IPv6 text with at most one "::" as sixteen bytes. */
export function ipv6Address(text: string): Uint8Array {
  const groups = (half: string) => (half ? half.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [left = '', right] = text.split('::');
  const [head, tail] = [groups(left), groups(right ?? '')];
  const gap = right === undefined ? 0 : 8 - head.length - tail.length;
  const all = [...head, ...new Array<number>(Math.max(gap, 0)).fill(0), ...tail];
  if (all.length !== 8 || all.some((group) => !(group >= 0 && group <= 0xffff)))
    throw new Error(`no IPv6: ${text}`);
  return uint16(...all);
}

/** RFC 1071: the Internet checksum of `bytes`. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
