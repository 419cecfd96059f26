/** What is left out of a flow's key where flows that differ in it are told as one. */
import type { FlowReading } from '../reading.js';

/** The networks that have names, each by its number. */
export interface NamedNetworks {
  readonly names: readonly string[];
  /** Number of the smallest network that holds the address (words as in Packet), or -1. */
  find4(word: number): number;
  find6(word0: number, word1: number, word2: number, word3: number): number;
}

/** Changes a reading as it was read. What is left out is 0 in its key, so that equal ones compare as integers. */
export type Fold = (reading: FlowReading) => void;

/** The client's port. */
export function foldClientPort(reading: FlowReading): void {
  const { key, client } = reading;
  reading.sourcePortFolded = false;
  reading.targetPortFolded = false;
  if (reading.rest || key.hasPorts === 0) return;
  if (client === 'source') {
    reading.sourcePortFolded = true;
    key.ports &= ~0xffff;
  } else {
    reading.targetPortFolded = true;
    key.ports &= 0xffff;
  }
}

/** Addresses in a network that has a name. */
export function foldNetworks(networks: NamedNetworks): Fold {
  const nameOf = (number: number) => (number < 0 ? null : networks.names[number]!);
  return (reading) => {
    const { key } = reading;
    const isIPv4 = key.family === 4;
    const source = isIPv4
      ? networks.find4(key.source0)
      : networks.find6(key.source0, key.source1, key.source2, key.source3);
    const target = isIPv4
      ? networks.find4(key.target0)
      : networks.find6(key.target0, key.target1, key.target2, key.target3);
    reading.sourceFold = reading.rest ? null : nameOf(source);
    reading.targetFold = reading.rest ? null : nameOf(target);
    if (reading.sourceFold !== null) {
      key.source0 = source;
      key.source1 = key.source2 = key.source3 = 0;
    }
    if (reading.targetFold !== null) {
      key.target0 = target;
      key.target1 = key.target2 = key.target3 = 0;
    }
  };
}

/** Whether two folded readings are of one group. */
export function isSameFlow(one: FlowReading, other: FlowReading): boolean {
  const a = one.key;
  const b = other.key;
  if (a.protocol !== b.protocol || one.rest !== other.rest) return false;
  if (one.rest) return true;
  return (
    a.source0 === b.source0 &&
    a.target0 === b.target0 &&
    a.ports === b.ports &&
    a.hasPorts === b.hasPorts &&
    a.family === b.family &&
    one.client === other.client &&
    one.sourceFold === other.sourceFold &&
    one.targetFold === other.targetFold &&
    (a.family === 4 || hasSameTails(one, other))
  );
}

/** Whether two keys agree in the words that only IPv6 has. */
function hasSameTails({ key: a }: FlowReading, { key: b }: FlowReading): boolean {
  return (
    a.source1 === b.source1 &&
    a.source2 === b.source2 &&
    a.source3 === b.source3 &&
    a.target1 === b.target1 &&
    a.target2 === b.target2 &&
    a.target3 === b.target3
  );
}
