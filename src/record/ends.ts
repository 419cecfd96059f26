/** Both ends of a record for whoever wants text and numbers, where speed is no matter. */
import { formatIPv4, formatIPv6 } from '../packet/address.js';
import { protocolName as nameOf } from '../packet/numbers.js';
import { sourcePortOf, targetPortOf } from '../packet/packet.js';
import type { FlowRecord } from './record.js';

/** As RFC 5952 writes it; "*" for the rest of a protocol, the name of a network or an owner where flows differ in the address. */
export function sourceAddress({ key, rest, sourceFold }: FlowRecord): string {
  if (rest) return '*';
  if (sourceFold !== null) return sourceFold;
  if (key.family === 4) return formatIPv4(key.source0);
  return formatIPv6(key.source0, key.source1, key.source2, key.source3);
}

export function targetAddress({ key, rest, targetFold }: FlowRecord): string {
  if (rest) return '*';
  if (targetFold !== null) return targetFold;
  if (key.family === 4) return formatIPv4(key.target0);
  return formatIPv6(key.target0, key.target1, key.target2, key.target3);
}

/** Whether an owner's name stands in the address's place, and not a network's. */
export function isSourceOwner({ sourceFold, sourceOwner }: FlowRecord): boolean {
  return sourceFold !== null && sourceOwner !== null;
}

export function isTargetOwner({ targetFold, targetOwner }: FlowRecord): boolean {
  return targetFold !== null && targetOwner !== null;
}

/** Undefined where there is none, or flows differ in it. */
export function sourcePort({ key, rest, sourcePortFolded }: FlowRecord): number | undefined {
  if (rest || key.hasPorts === 0 || sourcePortFolded) return undefined;
  return sourcePortOf(key.ports);
}

export function targetPort({ key, rest, targetPortFolded }: FlowRecord): number | undefined {
  if (rest || key.hasPorts === 0 || targetPortFolded) return undefined;
  return targetPortOf(key.ports);
}

/** IANA's keyword, or the number as text. */
export function protocolName({ key }: FlowRecord): string {
  return nameOf(key.protocol);
}
