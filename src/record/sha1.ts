/**
 * SHA-1 (FIPS 180-4, 6.1) of a message that fits into one block: all that a community id needs. Made here, for this stage uses
 * nothing of Node.
 */

const blockBytes = 64;
export const digestBytes = 20;

/** A block's last eight bytes say the message's length, and the bit after the message is set. */
export const longestMessageBytes = blockBytes - 9;

/** The message schedule. */
const words = new Int32Array(80);

/**
 * Hashes the first `messageBytes` of `block`, no more than `longestMessageBytes`, and writes the digest to the start of `digest`.
 * What stands in the block's 64 bytes after the message is overwritten with its padding.
 */
export function hashBlock(block: DataView, messageBytes: number, digest: DataView): void {
  pad(block, messageBytes);
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(4 * i);
  for (let i = 16; i < 80; i++) {
    const mixed = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!;
    words[i] = (mixed << 1) | (mixed >>> 31);
  }
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  for (let i = 0; i < 80; i++) {
    let mixed: number;
    if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const first = (((a << 5) | (a >>> 27)) + mixed + e + words[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = first;
  }
  digest.setInt32(0, a + 0x67452301);
  digest.setInt32(4, b + 0xefcdab89);
  digest.setInt32(8, c + 0x98badcfe);
  digest.setInt32(12, d + 0x10325476);
  digest.setInt32(16, e + 0xc3d2e1f0);
}

function pad(block: DataView, messageBytes: number): void {
  block.setUint8(messageBytes, 0x80);
  for (let at = messageBytes + 1; at < blockBytes - 2; at++) block.setUint8(at, 0);
  block.setUint16(blockBytes - 2, 8 * messageBytes);
}
