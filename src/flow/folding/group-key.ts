/** What readings of one group have in common: all of their keys that is told. */
import { addressKey, type HashSeed, hash3, portsKey } from '../../packet/hash.js';
import type { FlowReading } from '../reading.js';

/** Beside the protocol and hasPorts << 8: what tells readings with equal words apart. */
const IS_IPV6 = 0x200;
const IS_FROM_SERVER = 0x400;
const HAS_SOURCE_FOLD = 0x800;
const HAS_TARGET_FOLD = 0x1000;
const IS_REST = 0x2000;
const HAS_SOURCE_OWNER = 0x4000;
const HAS_TARGET_OWNER = 0x8000;

/** A signed 32-bit integer. */
export function groupHash(seed: HashSeed, reading: FlowReading): number {
  const { key } = reading;
  const ports = portsKey(seed, key.ports, marksOf(reading));
  if (key.family === 4) return hash3(seed, key.source0, key.target0, ports);
  const source = addressKey(seed, key.source0, key.source1, key.source2, key.source3);
  const target = addressKey(seed, key.target0, key.target1, key.target2, key.target3);
  return hash3(seed, source, target, ports);
}

function marksOf(reading: FlowReading): number {
  const { key, client, rest, sourceFold, targetFold } = reading;
  let marks = key.protocol | (key.hasPorts << 8);
  if (key.family === 6) marks |= IS_IPV6;
  if (client === 'target') marks |= IS_FROM_SERVER;
  if (sourceFold !== null) marks |= HAS_SOURCE_FOLD;
  if (targetFold !== null) marks |= HAS_TARGET_FOLD;
  if (reading.sourceOwner !== null) marks |= HAS_SOURCE_OWNER;
  if (reading.targetOwner !== null) marks |= HAS_TARGET_OWNER;
  return rest ? marks | IS_REST : marks;
}
