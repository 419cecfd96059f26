/** What is left out of a flow's key where flows that differ only in it are told as one. */
import { type ByAddress, findSource, findTarget } from '../../packet/by-address.js';
import type { Packet } from '../../packet/packet.js';
import type { EndOwner, FlowReading } from '../reading.js';

/** The networks that have names, each known by its number: of an address that of the smallest that holds it, or -1. */
export interface NamedNetworks extends ByAddress<number> {
  readonly names: readonly string[];
}

/**
 * The owners of the ends of a window's flows, as far as they are known now. `reading` is of one flow, with nothing left out. The result is
 * kept while the window is told, and never changes.
 */
export interface FlowOwners {
  sourceOwner(reading: FlowReading): EndOwner;
  targetOwner(reading: FlowReading): EndOwner;
}

/**
 * Leaves something out of a reading. In its place in the key stands 0, or the number of a network or an owner, so that equal ones compare
 * as integers. Such a reading is not of one conversation, and has no id.
 */
export type Fold = (reading: FlowReading) => void;

/** The client's port. */
export function foldClientPort(reading: FlowReading): void {
  const { key, client } = reading;
  const hasPorts = !reading.rest && key.hasPorts === 1;
  reading.sourcePortFolded = hasPorts && client === 'source';
  reading.targetPortFolded = hasPorts && client === 'target';
  if (!hasPorts) return;
  key.ports = client === 'source' ? key.ports & ~0xffff : key.ports & 0xffff;
  forgetId(reading);
}

/** Fills in the owners of both ends of a reading, for `foldOwners`. */
export function findOwners(owners: FlowOwners, reading: FlowReading): void {
  const { rest } = reading;
  reading.sourceOwner = rest ? null : known(owners.sourceOwner(reading));
  reading.targetOwner = rest ? null : known(owners.targetOwner(reading));
}

const known = (owner: EndOwner): EndOwner | null => (owner.number > 0 ? owner : null);

/**
 * Leaves out the address of an end that has an owner, and its port if it is the client; a server's port tells the service. It comes
 * before all other folds, which leave such an end alone.
 */
export function foldOwners(reading: FlowReading): void {
  const { key, client, sourceOwner, targetOwner } = reading;
  reading.sourceFold = sourceOwner?.name ?? null;
  reading.targetFold = targetOwner?.name ?? null;
  reading.sourcePortFolded = false;
  reading.targetPortFolded = false;
  if (sourceOwner === null && targetOwner === null) return;
  forgetId(reading);
  if (sourceOwner !== null) foldSource(key, sourceOwner.number);
  if (targetOwner !== null) foldTarget(key, targetOwner.number);
  if ((client === 'source' ? sourceOwner : targetOwner) !== null) foldClientPort(reading);
}

/** Addresses in networks that have a name. */
export function foldNetworks(networks: NamedNetworks): Fold {
  return (reading) => {
    const { key, rest } = reading;
    const source = rest || reading.sourceOwner !== null ? -1 : findSource(networks, key);
    const target = rest || reading.targetOwner !== null ? -1 : findTarget(networks, key);
    if (reading.sourceOwner === null) reading.sourceFold = networks.names[source] ?? null;
    if (reading.targetOwner === null) reading.targetFold = networks.names[target] ?? null;
    if (source >= 0) foldSource(key, source);
    if (target >= 0) foldTarget(key, target);
    if (source >= 0 || target >= 0) forgetId(reading);
  };
}

function foldSource(key: Packet, number: number): void {
  key.source0 = number;
  key.source1 = key.source2 = key.source3 = 0;
}

function foldTarget(key: Packet, number: number): void {
  key.target0 = number;
  key.target1 = key.target2 = key.target3 = 0;
}

function forgetId(reading: FlowReading): void {
  reading.idHigh = 0;
  reading.idLow = 0;
}
