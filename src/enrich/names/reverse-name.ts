/** The domain names under which DNS keeps the names of addresses (RFC 1035 3.5, RFC 3596 2.5). */

/** "1.2.0.192.in-addr.arpa" of 192.0.2.1. The word is as Packet holds it. */
export function reverseNameIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}.in-addr.arpa`;
}

/** 32 hexadecimal digits, the last first, each a label: "1.0.0. … .8.b.d.0.1.0.0.2.ip6.arpa" of 2001:db8::1. */
export function reverseNameIPv6(word0: number, word1: number, word2: number, word3: number): string {
  let name = '';
  for (const word of [word3, word2, word1, word0]) {
    for (let shift = 24; shift >= 0; shift -= 8) {
      const octet = (word >>> shift) & 0xff;
      name += `${(octet & 0xf).toString(16)}.${(octet >> 4).toString(16)}.`;
    }
  }
  return `${name}ip6.arpa`;
}
