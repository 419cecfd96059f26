/** Records between two addresses given as text, for enrichers to fill. */
import type { Enricher } from '../../src/enrich/enricher.js';
import { parseAddress } from '../../src/packet/address.js';
import { FlowRecord, type WindowTimes } from '../../src/record/record.js';

/** For enrichers that ask for no time. */
export const someWindow: WindowTimes = { startUs: 0, endUs: 1 };

/** A record with values in it that an enricher must overwrite. */
export function recordBetween(source: string, target: string): FlowRecord {
  const record = new FlowRecord();
  const { key } = record;
  const sourceAddress = parseAddress(source)!;
  const targetAddress = parseAddress(target)!;
  key.family = sourceAddress.family;
  [key.source0, key.source1, key.source2, key.source3] = words(sourceAddress.words);
  [key.target0, key.target1, key.target2, key.target3] = words(targetAddress.words);
  record.sourcePtr = 'left.by.an.earlier.record';
  record.targetPtr = 'left.by.an.earlier.record';
  record.sourceDns = 'left.by.an.earlier.record';
  record.targetDns = 'left.by.an.earlier.record';
  record.serverName = 'left.by.an.earlier.record';
  record.service = 'left by an earlier record';
  record.packetFlow = 'incoming';
  return record;
}

/** Names of source and target as a record gets them. */
export function hosts(enricher: Enricher, source: string, target: string): [string | null, string | null] {
  const record = recordBetween(source, target);
  enricher.enrich(record, someWindow);
  return [record.sourcePtr, record.targetPtr];
}

/** Label and direction as a record gets them. */
export function labels(enricher: Enricher, source: string, target: string): [string, string] {
  const record = recordBetween(source, target);
  enricher.enrich(record, someWindow);
  return [record.service, record.packetFlow];
}

function words(from: Int32Array): [number, number, number, number] {
  return [from[0]!, from[1]!, from[2]!, from[3]!];
}
