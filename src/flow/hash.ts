/**
 * Hashes of flow keys, with multipliers drawn at random once per process: nobody who knows this source, and chooses the
 * addresses and ports of the packets that arrive, can choose tuples that collide.
 *
 * Between two words there are two multiplications with a fold in the middle, because one is not enough: whatever the
 * multiplier, a change in a word's highest bits changes only the highest bits of the product, and the set of values
 * that they can take is known. So the set of what a fold makes of them is known too, and the next word can be chosen
 * to cancel it: 512 sources and 512 targets made 512 hashes of 512 tuples each, under every seed. The second
 * multiplication spreads what was folded down by an amount that the seed decides: any two tuples share a hash with a
 * chance of 1 in 32,768 at the most, nearly all with one in four billion.
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
  hash = Math.imul(fold(hash), seed.multiplier2) ^ b;
  hash = Math.imul(hash, seed.multiplier3);
  hash = Math.imul(fold(hash), seed.multiplier1) ^ c;
  hash = Math.imul(hash, seed.multiplier2);
  hash = Math.imul(fold(hash), seed.multiplier3);
  return fold(hash);
}

/** In a product the low bits never see the high ones; this lets them. */
function fold(hash: number): number {
  return hash ^ (hash >>> 15);
}
