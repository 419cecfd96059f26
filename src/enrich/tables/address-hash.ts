/** Hashes for tables by addresses, with a seed that is drawn for each: nobody can choose what collides. See packet/hash.ts. */
import { randomWords } from '../../host/random.js';
import { ipv4MappedWord2, isIPv4Mapped } from '../../packet/address.js';
import { addressKey, type HashSeed, hash3, hashSeed, portsKey } from '../../packet/hash.js';

/** All return signed 32-bit integers. */
export class AddressHash {
  readonly #seed: HashSeed;
  /** Stands for the words before an IPv4 address's own. */
  readonly #mapped: number;

  /** `random`: four 32-bit integers. */
  constructor(random: ArrayLike<number> = randomWords(4)) {
    this.#seed = hashSeed(random);
    this.#mapped = addressKey(this.#seed, 0, 0, ipv4MappedWord2, 0);
  }

  of(word0: number, word1: number, word2: number, word3: number): number {
    if (isIPv4Mapped(word0, word1, word2)) return this.ofIPv4(word3);
    return this.#mix(addressKey(this.#seed, word0, word1, word2, word3));
  }

  /** The same as of the IPv4-mapped words. */
  ofIPv4(word: number): number {
    return this.#mix(this.#mapped + word);
  }

  /** Of two addresses, in this order, from their hashes. */
  ofPair(first: number, last: number): number {
    return hash3(this.#seed, first, last, 0);
  }

  ofConnection(first: number, last: number, ports: number, protocol: number): number {
    return hash3(this.#seed, first, last, portsKey(this.#seed, ports, protocol));
  }

  /** All bits of one word. */
  #mix(word: number): number {
    const { multiplier1, multiplier2, multiplier3 } = this.#seed;
    const once = Math.imul(word, multiplier1);
    const twice = Math.imul(once ^ (once >>> 15), multiplier2);
    const thrice = Math.imul(twice ^ (twice >>> 15), multiplier3);
    return thrice ^ (thrice >>> 15);
  }
}
