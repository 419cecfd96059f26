/**
 * Hashes of flow keys. The three multipliers and the start value are drawn at random once per process, so that
 * nobody who knows this source can choose tuples that collide; each round folds the high half of the product back
 * before the next word comes in, because in a product alone the low bits never see the high ones, and addresses of one
 * network differ in their high bits only (words are loaded little-endian).
 */

/** Random parameters of one hash function: any integers; multipliers are made odd. */
export interface HashSeed {
  readonly start: number;
  readonly multiplier1: number;
  readonly multiplier2: number;
  readonly multiplier3: number;
}

/** Makes a seed from four random 32-bit integers. */
export function hashSeed(random: ArrayLike<number>): HashSeed {
  return {
    start: random[0]! | 0,
    multiplier1: random[1]! | 1,
    multiplier2: random[2]! | 1,
    multiplier3: random[3]! | 1,
  };
}

/** Hashes three words (IPv4: source, target, ports with protocol) to a signed 32-bit integer. */
export function hash3(seed: HashSeed, a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ seed.start, seed.multiplier1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, seed.multiplier2);
  hash = Math.imul(hash ^ (hash >>> 13) ^ c, seed.multiplier3);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x45d9f3b);
  return hash ^ (hash >>> 15);
}
