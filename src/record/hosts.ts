/** The one name that an end of a record is shown by: what the connection asked for, else what the other end looked up, else reverse DNS. */
import type { FlowRecord } from './record.js';

/** Where a name is from. */
export type NameOrigin = 'sni' | 'dns' | 'ptr';

/** Null where none is known; of reverse DNS also `noSuchName`. */
export function sourceHost(record: FlowRecord): string | null {
  return (
    (record.serverNameOf === 'source' ? record.serverName : null) ?? record.sourceDns ?? record.sourcePtr
  );
}

export function targetHost(record: FlowRecord): string | null {
  return (
    (record.serverNameOf === 'target' ? record.serverName : null) ?? record.targetDns ?? record.targetPtr
  );
}

/** Null where no name is known. */
export function sourceHostOrigin({
  serverName,
  serverNameOf,
  sourceDns,
  sourcePtr,
}: FlowRecord): NameOrigin | null {
  if (serverName !== null && serverNameOf === 'source') return 'sni';
  if (sourceDns !== null) return 'dns';
  return sourcePtr === null ? null : 'ptr';
}

export function targetHostOrigin({
  serverName,
  serverNameOf,
  targetDns,
  targetPtr,
}: FlowRecord): NameOrigin | null {
  if (serverName !== null && serverNameOf === 'target') return 'sni';
  if (targetDns !== null) return 'dns';
  return targetPtr === null ? null : 'ptr';
}
