/** The one name that an end of a record is shown by: what was asked for, else reverse DNS. */
import type { FlowRecord } from './record.js';

/** Where a name is from. */
export type NameOrigin = 'sni' | 'dns' | 'ptr';

/** What the connection asked this end for, else the name that the other end looked up. Null where neither is known. */
export function askedOfSource({ serverName, serverNameOf, sourceDns }: FlowRecord): string | null {
  return serverNameOf === 'source' && serverName !== null ? serverName : sourceDns;
}

export function askedOfTarget({ serverName, serverNameOf, targetDns }: FlowRecord): string | null {
  return serverNameOf === 'target' && serverName !== null ? serverName : targetDns;
}

/** Null where none is known; `noSuchName` where none was asked for, and reverse DNS says that there is none. */
export function sourceHost(record: FlowRecord): string | null {
  return askedOfSource(record) ?? record.sourcePtr;
}

export function targetHost(record: FlowRecord): string | null {
  return askedOfTarget(record) ?? record.targetPtr;
}

/** Where `sourceHost` has its name from; 'ptr' also where it has none. */
export function sourceHostOrigin({ serverName, serverNameOf, sourceDns }: FlowRecord): NameOrigin {
  if (serverNameOf === 'source' && serverName !== null) return 'sni';
  return sourceDns === null ? 'ptr' : 'dns';
}

export function targetHostOrigin({ serverName, serverNameOf, targetDns }: FlowRecord): NameOrigin {
  if (serverNameOf === 'target' && serverName !== null) return 'sni';
  return targetDns === null ? 'ptr' : 'dns';
}
