/**
 * Longest-prefix match over IPv4 and IPv6.
 *
 * Nested prefixes are flattened once into ranges that do not overlap, each with the value of the longest prefix that
 * covers it; a look-up is then one binary search over integers. Addresses come as Packet holds them: bytes in network
 * order, loaded little-endian.
 */
import { hostOrder, parseAddress } from '../packet/address.js';
import type { ByAddress } from '../packet/by-address.js';

export interface Prefix {
  readonly family: 4 | 6;
  /** The prefix's lowest address: one word for IPv4, four for IPv6, unsigned, in order of weight. */
  readonly first: readonly number[];
  /** 0 to 32, or 0 to 128. */
  readonly length: number;
}

/** Reads CIDR notation (RFC 4632, RFC 4291 2.3): "192.0.2.0/24". Host bits are masked. Undefined where it is not that. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(text.slice(0, Math.max(slash, 0)));
  const lengthText = text.slice(slash + 1);
  if (!address || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const { family } = address;
  const length = Number(lengthText);
  if (length > 32 * wordsOf(family)) return undefined;
  const first: number[] = [];
  for (let word = 0; word < wordsOf(family); word++) {
    const bits = Math.min(Math.max(length - 32 * word, 0), 32);
    first.push(bits === 0 ? 0 : (hostOrder(address.words[word]!) & (-1 << (32 - bits))) >>> 0);
  }
  return { family, first, length };
}

/** The value of the longest prefix that holds an address, or undefined. */
export type PrefixTable<Value> = ByAddress<Value | undefined>;

/** Where a prefix is listed twice, its last value stands. */
export function createPrefixTable<Value>(
  entries: readonly { readonly prefix: Prefix; readonly value: Value }[],
): PrefixTable<Value> {
  const values = [undefined, ...entries.map((entry) => entry.value)];
  const ranges4 = flatten(entries, 4);
  const ranges6 = flatten(entries, 6);
  return {
    find4: (word) => values[findOne(ranges4, hostOrder(word))],
    find6: (word0, word1, word2, word3) =>
      values[findFour(ranges6, hostOrder(word0), hostOrder(word1), hostOrder(word2), hostOrder(word3))],
  };
}

/** Ranges that cover the whole address space in ascending order; the first starts at 0. */
interface Ranges {
  /** Each range's first address: one word for IPv4, four for IPv6, host order, most significant first. */
  readonly starts: Uint32Array;
  /** Each range's prefix: its position in the entries + 1, or 0 where none covers it. */
  readonly valueIndexes: Int32Array;
  /** For each value of an address's top bits the last range that starts at lower ones, so that a search starts near. */
  readonly firstRanges: Int32Array;
}

/** More bits make searches shorter and this index larger: at 12 it takes 16 KiB. */
const indexBits = 12;

function findOne({ starts, valueIndexes, firstRanges }: Ranges, word: number): number {
  const top = word >>> (32 - indexBits);
  let low = firstRanges[top]!;
  let high = firstRanges[top + 1]! + 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= word) low = middle;
    else high = middle;
  }
  return valueIndexes[low]!;
}

function findFour(
  { starts, valueIndexes, firstRanges }: Ranges,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
): number {
  const top = word0 >>> (32 - indexBits);
  let low = firstRanges[top]!;
  let high = firstRanges[top + 1]! + 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const at = middle * 4;
    let difference = starts[at]! - word0;
    if (difference === 0) difference = starts[at + 1]! - word1;
    if (difference === 0) difference = starts[at + 2]! - word2;
    if (difference === 0) difference = starts[at + 3]! - word3;
    if (difference <= 0) low = middle;
    else high = middle;
  }
  return valueIndexes[low]!;
}

interface Boundary {
  readonly start: readonly number[];
  valueIndex: number;
}

/**
 * Sweeps over the prefixes in order of their first addresses, an outer one before those inside it. The stack holds
 * the prefixes that are open at the sweep's position, the longest on top.
 */
function flatten(entries: readonly { readonly prefix: Prefix }[], family: 4 | 6): Ranges {
  const sorted = entries
    .map(({ prefix }, position) => ({ prefix, valueIndex: position + 1 }))
    .filter(({ prefix }) => prefix.family === family)
    .sort((a, b) => compare(a.prefix.first, b.prefix.first) || a.prefix.length - b.prefix.length);
  const lowest = new Array<number>(wordsOf(family)).fill(0);
  const boundaries: Boundary[] = [{ start: lowest, valueIndex: 0 }];
  const open: { end: readonly number[] | undefined; valueIndex: number }[] = [];
  const changeAt = (start: readonly number[], valueIndex: number) => {
    const last = boundaries.at(-1)!;
    if (compare(last.start, start) === 0) last.valueIndex = valueIndex;
    else if (last.valueIndex !== valueIndex) boundaries.push({ start, valueIndex });
  };
  /** Closes what ends before `position`; all that ends at all where that is undefined. */
  const closeUpTo = (position: readonly number[] | undefined) => {
    for (let top = open.at(-1); top?.end; top = open.at(-1)) {
      if (position && compare(top.end, position) > 0) return;
      open.pop();
      changeAt(top.end, open.at(-1)?.valueIndex ?? 0);
    }
  };
  for (const { prefix, valueIndex } of sorted) {
    closeUpTo(prefix.first);
    changeAt(prefix.first, valueIndex);
    open.push({ end: endOf(prefix), valueIndex });
  }
  closeUpTo(undefined);
  return pack(boundaries, wordsOf(family));
}

/** The first address after the prefix; undefined where it reaches to the highest address. */
function endOf({ first, length }: Prefix): readonly number[] | undefined {
  const end = [...first];
  let carry = 2 ** (31 - ((length - 1) & 31));
  for (let word = (length - 1) >> 5; word >= 0 && carry > 0; word--) {
    const sum = end[word]! + carry;
    end[word] = sum >>> 0;
    carry = sum > 0xffff_ffff ? 1 : 0;
  }
  return carry > 0 ? undefined : end;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let word = 0; word < a.length; word++) {
    if (a[word] !== b[word]) return a[word]! - b[word]!;
  }
  return 0;
}

function pack(boundaries: readonly Boundary[], words: number): Ranges {
  const starts = new Uint32Array(boundaries.length * words);
  let at = 0;
  for (const { start } of boundaries) for (const word of start) starts[at++] = word;
  const valueIndexes = Int32Array.from(boundaries, (boundary) => boundary.valueIndex);
  return { starts, valueIndexes, firstRanges: indexRanges(starts, words) };
}

function indexRanges(starts: Uint32Array, words: number): Int32Array {
  const firstRanges = new Int32Array(2 ** indexBits + 1);
  const topOf = (range: number) => starts[range * words]! >>> (32 - indexBits);
  const count = starts.length / words;
  for (let range = 0; range < count; range++) {
    const laterTop = range + 1 < count ? topOf(range + 1) : 2 ** indexBits;
    firstRanges.fill(range, topOf(range) + 1, laterTop + 1);
  }
  return firstRanges;
}

function wordsOf(family: 4 | 6): 1 | 4 {
  return family === 4 ? 1 : 4;
}
