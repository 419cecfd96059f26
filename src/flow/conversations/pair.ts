/** Both ends of a conversation, the same for both directions: the lower end first. */

import { addressKey, type HashSeed, hash3, portsKey } from '../../packet/hash.js';
import type { Packet } from '../../packet/packet.js';

/** Beside the protocol and hasPorts << 8: what tells conversations with equal words apart. */
const IS_IPV6 = 0x200;
const IS_ONE_WAY = 0x400;

export class Pair {
  /** The key's source is not the first end. */
  isTurned = false;
  #family: 4 | 6 = 4;
  #first0 = 0;
  #first1 = 0;
  #first2 = 0;
  #first3 = 0;
  #last0 = 0;
  #last1 = 0;
  #last2 = 0;
  #last3 = 0;
  #ports = 0;
  #protocol = 0;

  /** Becomes the pair of `key`'s ends. What has no way back is told apart from what has, and its source comes first. */
  become(key: Packet, isOneWay: boolean): void {
    const isIPv6 = key.family === 6;
    const isTurned = !isOneWay && isTargetLower(key);
    this.isTurned = isTurned;
    this.#family = key.family;
    this.#ports = isTurned ? (key.ports << 16) | (key.ports >>> 16) : key.ports;
    this.#protocol =
      key.protocol | (key.hasPorts << 8) | (isIPv6 ? IS_IPV6 : 0) | (isOneWay ? IS_ONE_WAY : 0);
    this.#first0 = isTurned ? key.target0 : key.source0;
    this.#last0 = isTurned ? key.source0 : key.target0;
    if (!isIPv6) return;
    this.#first1 = isTurned ? key.target1 : key.source1;
    this.#first2 = isTurned ? key.target2 : key.source2;
    this.#first3 = isTurned ? key.target3 : key.source3;
    this.#last1 = isTurned ? key.source1 : key.target1;
    this.#last2 = isTurned ? key.source2 : key.target2;
    this.#last3 = isTurned ? key.source3 : key.target3;
  }

  /** A signed 32-bit integer. */
  hash(seed: HashSeed): number {
    const ports = portsKey(seed, this.#ports, this.#protocol);
    if (this.#family === 4) return hash3(seed, this.#first0, this.#last0, ports);
    const first = addressKey(seed, this.#first0, this.#first1, this.#first2, this.#first3);
    const last = addressKey(seed, this.#last0, this.#last1, this.#last2, this.#last3);
    return hash3(seed, first, last, ports);
  }
}

/** Any order does, as long as it is always the same. */
function isTargetLower(key: Packet): boolean {
  if (key.source0 !== key.target0) return key.target0 < key.source0;
  if (key.family === 6) {
    if (key.source1 !== key.target1) return key.target1 < key.source1;
    if (key.source2 !== key.target2) return key.target2 < key.source2;
    if (key.source3 !== key.target3) return key.target3 < key.source3;
  }
  return key.ports >>> 16 < (key.ports & 0xffff);
}
