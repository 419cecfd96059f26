/** What is left out of a flow's key where flows that differ only in it are told as one. */
import { type ByAddress, findSource, findTarget } from '../../packet/by-address.js';
import type { Packet } from '../../packet/packet.js';
import type { EndOwner, FlowReading } from '../reading.js';

/** The networks that have names, each known by its number: of an address that of the smallest that holds it, or -1. */
export interface NamedNetworks extends ByAddress<number> {
  readonly names: readonly string[];
}

/** Who the ends of flows belong to, as far as that is known by now. `key` is of one flow, and whole. */
export interface FlowOwners {
  sourceOwner(key: Packet): EndOwner;
  targetOwner(key: Packet): EndOwner;
}

/**
 * Leaves something out of a reading as it was read. In its key stands 0, or a network's number, so that equal ones compare as
 * integers. Such a reading is of no single conversation, and has no id.
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

/** The address of an end whose owner is known, and its port where it is the client's. Before all other folds, which leave it alone. */
export function foldOwners(owners: FlowOwners): Fold {
  return (reading) => {
    const { key, rest, client } = reading;
    const source = rest ? undefined : owners.sourceOwner(key);
    const target = rest ? undefined : owners.targetOwner(key);
    reading.sourceOwner = null;
    reading.targetOwner = null;
    reading.sourceFold = null;
    reading.targetFold = null;
    reading.sourcePortFolded = false;
    reading.targetPortFolded = false;
    if (source !== undefined && source.number > 0) {
      reading.sourceOwner = source;
      reading.sourceFold = source.name;
      key.source0 = source.number;
      key.source1 = key.source2 = key.source3 = 0;
      if (client === 'source') foldClientPort(reading);
      forgetId(reading);
    }
    if (target !== undefined && target.number > 0) {
      reading.targetOwner = target;
      reading.targetFold = target.name;
      key.target0 = target.number;
      key.target1 = key.target2 = key.target3 = 0;
      if (client === 'target') foldClientPort(reading);
      forgetId(reading);
    }
  };
}

/** Addresses in networks that have a name. */
export function foldNetworks(networks: NamedNetworks): Fold {
  return (reading) => {
    const { key, rest } = reading;
    const source = rest || reading.sourceOwner !== null ? -1 : findSource(networks, key);
    const target = rest || reading.targetOwner !== null ? -1 : findTarget(networks, key);
    if (reading.sourceOwner === null) reading.sourceFold = networks.names[source] ?? null;
    if (reading.targetOwner === null) reading.targetFold = networks.names[target] ?? null;
    if (source >= 0) {
      key.source0 = source;
      key.source1 = key.source2 = key.source3 = 0;
      forgetId(reading);
    }
    if (target >= 0) {
      key.target0 = target;
      key.target1 = key.target2 = key.target3 = 0;
      forgetId(reading);
    }
  };
}

function forgetId(reading: FlowReading): void {
  reading.idHigh = 0;
  reading.idLow = 0;
}
