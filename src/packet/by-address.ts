/** Asks what is known of an address for either end of a key: each IP version has words of its own. */
import type { Packet } from './packet.js';

/** Words are as in Packet. */
export interface ByAddress<T> {
  find4(word: number): T;
  find6(word0: number, word1: number, word2: number, word3: number): T;
}

export function findSource<T>(known: ByAddress<T>, key: Packet): T {
  if (key.family === 4) return known.find4(key.source0);
  return known.find6(key.source0, key.source1, key.source2, key.source3);
}

export function findTarget<T>(known: ByAddress<T>, key: Packet): T {
  if (key.family === 4) return known.find4(key.target0);
  return known.find6(key.target0, key.target1, key.target2, key.target3);
}

/** Which addresses are one host's own. Words are as in Packet. */
export interface OwnAddresses {
  isLocal4(word: number): boolean;
  isLocal6(word0: number, word1: number, word2: number, word3: number): boolean;
}

export function isSourceLocal(own: OwnAddresses, key: Packet): boolean {
  if (key.family === 4) return own.isLocal4(key.source0);
  return own.isLocal6(key.source0, key.source1, key.source2, key.source3);
}

export function isTargetLocal(own: OwnAddresses, key: Packet): boolean {
  if (key.family === 4) return own.isLocal4(key.target0);
  return own.isLocal6(key.target0, key.target1, key.target2, key.target3);
}
