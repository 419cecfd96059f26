/** Finds the flow that goes the other way: one look-up in the index, by the key with both ends exchanged. */
import { addressKey, type HashSeed, hash3, portsKey } from '../../packet/hash.js';
import {
  ENTRY_ROW,
  PORTS,
  PROTOCOL,
  SOURCE,
  SOURCE_HEAD,
  TARGET,
  TARGET_HEAD,
  type UnitWords,
} from './row-layout.js';

/**
 * Where the reverse of the row at `position` begins, or -1; both in units. `slots` is the index of all `rows`. Where flows are split, only
 * their first rows are each other's reverse, and the others have none.
 */
export function findReverse(
  seed: HashSeed,
  rows: Int32Array,
  words: UnitWords,
  slots: Int32Array,
  position: number,
  isSplit: boolean,
): number {
  const found = findFirst(seed, rows, words, slots, position);
  if (!isSplit || found < 0) return found;
  return findFirst(seed, rows, words, slots, found) === position ? found : -1;
}

/** Rows of one flow are found in the order in which they came. */
function findFirst(
  seed: HashSeed,
  rows: Int32Array,
  words: UnitWords,
  slots: Int32Array,
  position: number,
): number {
  const row = position * words;
  const ports = (rows[row + PORTS]! << 16) | (rows[row + PORTS]! >>> 16);
  const protocol = portsKey(seed, ports, rows[row + PROTOCOL]!);
  const hash =
    words === 8
      ? hash3(seed, rows[row + TARGET]!, rows[row + SOURCE]!, protocol)
      : hash3(
          seed,
          wholeAddress(seed, rows, row + TARGET_HEAD, row + TARGET),
          wholeAddress(seed, rows, row + SOURCE_HEAD, row + SOURCE),
          protocol,
        );
  const mask = slots.length - 1;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot]!;
    if (entry === 0) return -1;
    if (((entry ^ hash) & ~ENTRY_ROW) !== 0) continue;
    const found = (entry & ENTRY_ROW) - 1;
    if (isReverse(rows, found * words, row, ports, words)) return found === position ? -1 : found;
  }
}

/** Of the IPv6 address whose words stand from `head` on, and the last at `last`. */
function wholeAddress(seed: HashSeed, rows: Int32Array, head: number, last: number): number {
  return addressKey(seed, rows[head]!, rows[head + 1]!, rows[head + 2]!, rows[last]!);
}

function isReverse(rows: Int32Array, found: number, row: number, ports: number, words: UnitWords): boolean {
  return (
    rows[found + SOURCE] === rows[row + TARGET] &&
    rows[found + TARGET] === rows[row + SOURCE] &&
    rows[found + PORTS] === ports &&
    rows[found + PROTOCOL] === rows[row + PROTOCOL] &&
    (words === 8 || haveHeadsExchanged(rows, found, row))
  );
}

function haveHeadsExchanged(rows: Int32Array, found: number, row: number): boolean {
  for (let word = 0; word < TARGET_HEAD - SOURCE_HEAD; word++) {
    if (rows[found + SOURCE_HEAD + word] !== rows[row + TARGET_HEAD + word]) return false;
    if (rows[found + TARGET_HEAD + word] !== rows[row + SOURCE_HEAD + word]) return false;
  }
  return true;
}
