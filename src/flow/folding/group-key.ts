/** What readings of one group have in common: all of their keys that is told. */
import { type HashSeed, hash3, portsKey } from '../hash.js';
import type { FlowReading } from '../reading.js';

/** Whether two readings, out of which the same was left, are of one group. The rest of a protocol is of none. */
export function isSameGroup(one: FlowReading, other: FlowReading): boolean {
  const { key: a, client } = one;
  const { key: b } = other;
  return (
    !one.rest &&
    !other.rest &&
    a.source0 === b.source0 &&
    a.target0 === b.target0 &&
    a.ports === b.ports &&
    a.hasPorts === b.hasPorts &&
    a.protocol === b.protocol &&
    a.family === b.family &&
    client === other.client &&
    one.sourceFold === other.sourceFold &&
    one.targetFold === other.targetFold &&
    (a.family === 4 || haveSameTails(one, other))
  );
}

/** Whether two keys agree in the words that only IPv6 has. */
function haveSameTails({ key: a }: FlowReading, { key: b }: FlowReading): boolean {
  return (
    a.source1 === b.source1 &&
    a.source2 === b.source2 &&
    a.source3 === b.source3 &&
    a.target1 === b.target1 &&
    a.target2 === b.target2 &&
    a.target3 === b.target3
  );
}

/** A signed 32-bit integer. */
export function groupHash(seed: HashSeed, { key }: FlowReading): number {
  const ports = portsKey(seed, key.ports, key.protocol);
  if (key.family === 4) return hash3(seed, key.source0, key.target0, ports);
  const source = hash3(seed, key.source0, key.source1, key.source2) + key.source3;
  const target = hash3(seed, key.target0, key.target1, key.target2) + key.target3;
  return hash3(seed, source, target, ports);
}
