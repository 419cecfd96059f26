/** Finds the flow that a key names: one look-up in the index. */
import { addressKey, type HashSeed, hash3, portsKey } from '../../packet/hash.js';
import type { Packet } from '../../packet/packet.js';
import {
  ENTRY_ROW,
  HASH,
  PORTS,
  PROTOCOL,
  SOURCE,
  SOURCE_HEAD,
  TARGET,
  TARGET_HEAD,
  type UnitWords,
} from './row-layout.js';

/** The hash of a key, as its row has it. */
export function hashOfKey(seed: HashSeed, key: Packet): number {
  const ports = portsKey(seed, key.ports, key.protocol | (key.hasPorts << 8));
  if (key.family === 4) return hash3(seed, key.source0, key.target0, ports);
  const source = addressKey(seed, key.source0, key.source1, key.source2, key.source3);
  const target = addressKey(seed, key.target0, key.target1, key.target2, key.target3);
  return hash3(seed, source, target, ports);
}

/** Whether one of the first `staged` rows in `stage` has this hash. */
export function isHashStaged(stage: Int32Array, rowWords: number, staged: number, hash: number): boolean {
  for (let i = 0; i < staged; i++) if (stage[i * rowWords + HASH] === hash) return true;
  return false;
}

/** Where the first row of the flow with this key begins, in units, or -1. `slots` is the index of all `rows`. */
export function findFlow(
  rows: Int32Array,
  words: UnitWords,
  slots: Int32Array,
  key: Packet,
  hash: number,
): number {
  const protocol = key.protocol | (key.hasPorts << 8);
  const mask = slots.length - 1;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot]!;
    if (entry === 0) return -1;
    if (((entry ^ hash) & ~ENTRY_ROW) !== 0) continue;
    const position = (entry & ENTRY_ROW) - 1;
    const row = position * words;
    if (rows[row + PORTS] !== key.ports || rows[row + PROTOCOL] !== protocol) continue;
    if (words === 8 ? isOfEnds4(rows, row, key) : isOfEnds6(rows, row, key)) return position;
  }
}

function isOfEnds4(rows: Int32Array, row: number, key: Packet): boolean {
  return rows[row + SOURCE] === key.source0 && rows[row + TARGET] === key.target0;
}

function isOfEnds6(rows: Int32Array, row: number, key: Packet): boolean {
  return (
    rows[row + SOURCE_HEAD] === key.source0 &&
    rows[row + SOURCE_HEAD + 1] === key.source1 &&
    rows[row + SOURCE_HEAD + 2] === key.source2 &&
    rows[row + SOURCE] === key.source3 &&
    rows[row + TARGET_HEAD] === key.target0 &&
    rows[row + TARGET_HEAD + 1] === key.target1 &&
    rows[row + TARGET_HEAD + 2] === key.target2 &&
    rows[row + TARGET] === key.target3
  );
}
