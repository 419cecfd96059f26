/** On whose behalf a record's ends talk, each by itself and, of the end at this host, for the record. */
import type { KnownOwner, Owner } from '../owner.js';
import type { FlowRecord } from '../record.js';
import { CLIENT, isSource, SERVER, type Side } from './sides.js';
import { ABSENT, type About, integer, type Knowledge, text } from './value.js';

/** Of a name, an id, a command; a control group's path may be longer. */
const maxNameCharacters = 128;
const maxPathCharacters = 256;
const longestWord = 16;

type OwnerOf = (record: FlowRecord) => KnownOwner | null;

/** `needs` is what tells which end is meant. */
export function ownersOf(side: Side, whose: string, needs: readonly Knowledge[]) {
  return ownerRows(
    `the end that is ${whose}`,
    (record) => {
      const known = ownerAt(record, side);
      return known?.reason === 'not-local' ? null : known;
    },
    needs,
  );
}

/** Of the end at this host; where both are, the client's, unless only the server's is known. */
export const flowOwnerValues = {
  ...ownerRows('the end at this host, and of the client where both are', flowOwner, ['roles']),
  owner_missing: text(
    {
      meaning:
        'Why no owner is known: `not-local`, `other-namespace`, `no-ports`, `no-socket` or `not-asked`; absent where one is',
      needs: ['owners', 'roles'],
    },
    longestWord,
    (record) => flowOwner(record)?.reason ?? null,
  ),
} as const;

function ownerRows(whose: string, of: OwnerOf, more: readonly Knowledge[]) {
  const about = (meaning: string): About => ({
    meaning,
    needs: [...more, 'owners'],
    figures: ['interface', 'tcpFlags'],
  });
  const told = (meaning: string, longest: number, read: (owner: Owner) => string | null) =>
    text(about(meaning), longest, (record) => {
      const owner = of(record)?.owner;
      return owner === null || owner === undefined ? null : read(owner);
    });
  return {
    owner: told(
      `Who is behind ${whose}: the name of a unit, the start of a container's id, a pod's UID, a control group or a user`,
      maxNameCharacters,
      ({ name }) => name,
    ),
    owner_kind: told(
      'What that is: `unit`, `container`, `pod`, `cgroup` or `user`',
      longestWord,
      ({ kind }) => kind,
    ),
    owner_from: text(
      about(
        'How it is known: `socket`, it has the socket; `listener`, it listens there; `earlier`, it had every socket that was seen before of this host and that port of the other end; or `none`',
      ),
      longestWord,
      (record) => of(record)?.from ?? null,
    ),
    owner_unit: told(`Unit of systemd behind ${whose}`, maxNameCharacters, ({ unit }) => unit),
    owner_container: told(
      `Id of the container behind ${whose}`,
      maxNameCharacters,
      ({ container }) => container,
    ),
    owner_pod: told(`UID of the Kubernetes pod behind ${whose}`, maxNameCharacters, ({ pod }) => pod),
    owner_cgroup: told(
      `Path of the control group behind ${whose}`,
      maxPathCharacters,
      ({ cgroup }) => cgroup,
    ),
    owner_user_id: integer(
      about(`User that the socket of ${whose} belongs to`),
      (record) => of(record)?.owner?.userId ?? ABSENT,
    ),
    owner_pid: integer(
      about(`Process behind ${whose}, where the control group has one alone`),
      (record) => of(record)?.owner?.pid ?? ABSENT,
    ),
    owner_command: told(
      `Command behind ${whose}, where all processes of the control group have the same`,
      maxNameCharacters,
      ({ command }) => command,
    ),
  } as const;
}

function flowOwner(record: FlowRecord): KnownOwner | null {
  const client = ownerAt(record, CLIENT);
  const server = ownerAt(record, SERVER);
  if (client === null || client.owner !== null) return client ?? server;
  if (server !== null && (server.owner !== null || client.reason === 'not-local')) return server;
  return client;
}

function ownerAt(record: FlowRecord, side: Side): KnownOwner | null {
  return isSource(record, side) ? record.sourceOwner : record.targetOwner;
}
