/** What is left out of a flow's key where flows that differ only in it are told as one. */
import { type ByAddress, findSource, findTarget } from '../../packet/by-address.js';
import type { FlowReading } from '../reading.js';

/** The networks that have names, each known by its number: of an address that of the smallest that holds it, or -1. */
export interface NamedNetworks extends ByAddress<number> {
  readonly names: readonly string[];
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

/** Addresses in networks that have a name. */
export function foldNetworks(networks: NamedNetworks): Fold {
  return (reading) => {
    const { key, rest } = reading;
    const source = rest ? -1 : findSource(networks, key);
    const target = rest ? -1 : findTarget(networks, key);
    reading.sourceFold = networks.names[source] ?? null;
    reading.targetFold = networks.names[target] ?? null;
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
