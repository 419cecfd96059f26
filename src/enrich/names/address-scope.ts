/**
 * Which addresses are worth a question for their name, after IANA's special-purpose registries (RFC 6890) and the
 * multicast blocks (RFC 5771, RFC 4291). Words are as Packet holds them; among four of them IPv4 stands as IPv4-mapped IPv6.
 */
import { isIPv4Mapped } from '../../packet/address.js';
import { createPrefixTable, parsePrefix } from '../prefix-table.js';

/** 'none': no host has this address alone; 'local': only this network can know its name; 'public': all others. */
export type AddressScope = 'none' | 'local' | 'public';

const scopes: Record<Exclude<AddressScope, 'public'>, readonly string[]> = {
  none: [
    '0.0.0.0/8', // "this network"
    '224.0.0.0/3', // multicast, reserved, limited broadcast
    '::/128', // unspecified
    '::ffff:0.0.0.0/96', // IPv4-mapped: a notation, not an address on a wire
    'ff00::/8', // multicast
  ],
  local: [
    '10.0.0.0/8', // private
    '100.64.0.0/10', // carrier-grade NAT
    '127.0.0.0/8', // loopback
    '169.254.0.0/16', // link-local
    '172.16.0.0/12', // private
    '192.0.0.0/24', // protocol assignments
    '192.0.2.0/24', // documentation
    '192.168.0.0/16', // private
    '198.18.0.0/15', // benchmarking
    '198.51.100.0/24', // documentation
    '203.0.113.0/24', // documentation
    '::1/128', // loopback
    '64:ff9b:1::/48', // local translation
    '100::/64', // discard only
    '2001:db8::/32', // documentation
    '3fff::/20', // documentation
    'fc00::/7', // unique local
    'fe80::/10', // link-local
    'fec0::/10', // site-local, deprecated
  ],
};

const table = createPrefixTable(
  (['none', 'local'] as const).flatMap((value) =>
    scopes[value].map((text) => ({ prefix: parsePrefix(text)!, value })),
  ),
);

export function scopeOfIPv4(word: number): AddressScope {
  return table.find4(word) ?? 'public';
}

export function scopeOfIPv6(word0: number, word1: number, word2: number, word3: number): AddressScope {
  return table.find6(word0, word1, word2, word3) ?? 'public';
}

export function scopeOf(word0: number, word1: number, word2: number, word3: number): AddressScope {
  return isIPv4Mapped(word0, word1, word2) ? scopeOfIPv4(word3) : scopeOfIPv6(word0, word1, word2, word3);
}

/**
 * Whether one host on a network has an address. A resolver that blocks names answers with others, 0.0.0.0 or 127.0.0.1 for
 * thousands of them.
 */
export function isOfOneHost(word0: number, word1: number, word2: number, word3: number): boolean {
  return !isLoopback(word0, word1, word2, word3) && scopeOf(word0, word1, word2, word3) !== 'none';
}

/** 127.0.0.0/8 and ::1. */
function isLoopback(word0: number, word1: number, word2: number, word3: number): boolean {
  if (isIPv4Mapped(word0, word1, word2)) return (word3 & 0xff) === 127;
  return word0 === 0 && word1 === 0 && word2 === 0 && word3 === 0x0100_0000;
}
