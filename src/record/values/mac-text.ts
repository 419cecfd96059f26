/** Link addresses as text: "00-00-5E-00-53-23" (RFC 7042, 2.1). */
import { ABSENT } from './value.js';

export const macBytes = 17;

/** Two digits of each byte as one little-endian word. */
const hexDigits = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).toUpperCase().padStart(2, '0');
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
});
const dash = 0x2d;

/** Writes 48 bits, the first byte the most significant; returns the offset after them, or ABSENT for -1. */
export function writeMac(view: DataView, offset: number, mac: number): number {
  if (mac < 0) return ABSENT;
  const upper = Math.floor(mac / 0x1_0000_0000);
  const lower = mac >>> 0;
  for (let byte = 0; byte < 6; byte++) {
    const value = byte < 2 ? upper >>> (8 - 8 * byte) : lower >>> (40 - 8 * byte);
    view.setUint16(offset + 3 * byte, hexDigits[value & 0xff]!, true);
    if (byte < 5) view.setUint8(offset + 3 * byte + 2, dash);
  }
  return offset + macBytes;
}
