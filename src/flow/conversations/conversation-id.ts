/**
 * A conversation's id: 64 bits of a hash of both its ends, its protocol and its start, the same for both directions, and on each
 * replay of a capture. The multipliers are fixed, so whoever wants to can make two conversations with one id: it tells
 * conversations apart, and proves nothing.
 */
import { hash3, hashSeed } from '../../packet/hash.js';
import type { Conversation } from './conversation-memory.js';
import type { Pair } from './pair.js';

/** The first digits of pi, as nobody chose them. */
const high = hashSeed([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]);
const low = hashSeed([0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89]);

/** Fills in the id of the conversation between `pair`, which began at `conversation.startUs`. */
export function identify(pair: Pair, conversation: Conversation): void {
  const { startUs } = conversation;
  const later = Math.floor(startUs / 2 ** 32);
  conversation.idHigh = hash3(high, pair.hash(high), startUs, later) >>> 0;
  conversation.idLow = hash3(low, pair.hash(low), startUs, later) >>> 0;
}
