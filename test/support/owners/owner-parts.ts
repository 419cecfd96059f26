/** What records say of owners, whole, beside what they ought to. */
import type { NoOwnerReason, OwnerOrigin } from '../../../src/record/owner.js';
import type { OwnedRecord } from './program.js';
import type { RunBy } from './runtimes.js';

/** Who has an end of a flow, as the test knows. */
export interface TrueOwner {
  readonly by: RunBy;
  /** Left out where it is not known. */
  readonly user?: number | undefined;
  /** Each that may be. */
  readonly from: readonly Exclude<OwnerOrigin, 'none'>[];
  /** Where the group has one process alone. */
  readonly pid?: number;
  /** Where all of it have the same. */
  readonly command?: string | undefined;
}

/** Nobody: with this reason, or null where the end is elsewhere. */
export interface NoOwner {
  readonly reason: NoOwnerReason | null;
}

export type TrueEnd = TrueOwner | NoOwner;

export const elsewhere: NoOwner = { reason: null };

/** Values by their names. */
export type Parts = Readonly<Record<string, unknown>>;

const ends = ['source', 'target', 'client', 'server'] as const;
const ofOwners = new RegExp(`^((${ends.join('|')})_)?owner(_|$)`);

/** All that a record says of owners. */
export function ownerParts(record: OwnedRecord): Parts {
  return Object.fromEntries(Object.entries(record).filter(([name]) => ofOwners.test(name)));
}

/** All that it ought to say. `record` tells how the owners are known, where several ways are right, and who is the client. */
export function trueParts(record: OwnedRecord, source: TrueEnd, target: TrueEnd): Parts {
  const isClient = record.client_ip === record.source_ip && record.client_port === record.source_port;
  const [client, server] = isClient ? [source, target] : [target, source];
  const has = (end: TrueEnd): end is TrueOwner => 'by' in end;
  const flow = has(client) || !has(server) ? client : server;
  const missing = [client, server].find((end) => !has(end) && end.reason !== null) as NoOwner | undefined;
  const parts = {
    ...partsOf('source_', source, record),
    ...partsOf('target_', target, record),
    ...(record.client_ip === undefined ? {} : partsOf('client_', client, record)),
    ...(record.client_ip === undefined ? {} : partsOf('server_', server, record)),
    ...partsOf('', flow, record),
    ...(has(flow) ? {} : { owner_missing: missing?.reason ?? 'not-local' }),
  };
  return parts;
}

function partsOf(prefix: string, end: TrueEnd, record: OwnedRecord): Parts {
  if (!('by' in end)) {
    // The record's own `owner_from` says "none" of ends elsewhere, too.
    const isTold = end.reason !== null || prefix === '';
    return isTold ? { [`${prefix}owner_from`]: 'none' } : {};
  }
  const { by, user, from, pid, command } = end;
  const { kind, name, unit, container, pod } = by.whose;
  const told = record[`${prefix}owner_from`] as (typeof from)[number];
  const parts = {
    owner: name,
    owner_kind: kind,
    owner_from: from.includes(told) ? told : from[0],
    owner_unit: unit,
    owner_container: container,
    owner_pod: pod,
    owner_cgroup: by.cgroup.path,
    owner_user_id: user,
    owner_pid: pid,
    owner_command: command,
    owner_process: prefix === '' && pid !== undefined ? command : undefined,
  };
  const known = Object.entries(parts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([key, value]) => [prefix + key, value]));
}
