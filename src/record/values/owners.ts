/**
 * On whose behalf a record's ends talk: values of each end, and values of the record, which are those of the end at this host.
 *
 * A record of several flows of one owner may mix its sockets, users, processes and control groups. Such a record tells only what
 * follows from the owner's kind and name.
 */
import { newFlowFigures } from '../../flow/new-flows.js';
import { piece } from '../byte-text.js';
import {
  type KnownOwner,
  noOwnerReasons,
  type Owner,
  type OwnerKind,
  ownerKinds,
  ownerOrigins,
} from '../owner.js';
import type { FlowRecord } from '../record.js';
import { isOneAddress } from './addresses.js';
import { CLIENT, isSource, SERVER, type Side } from './sides.js';
import { ABSENT, type About, integer, type Kept, type Knowledge, keptText, text } from './value.js';

/** Of a name, an id or a command. */
const maxOwnerCharacters = 128;
/** Of a control group's path. A pod's container inside a container has one of some 330 characters. */
const maxPathCharacters = 512;

/** A side of the record, or whichever side is at this host. */
type End = Side | typeof OWN;
const OWN = -1;

interface Whose {
  readonly end: End;
  readonly inWords: string;
  /** What has to be known to tell which end is meant. */
  readonly needs: readonly Knowledge[];
  readonly kept: Kept;
}

export function ownersOf(side: Side, inWords: string, needs: readonly Knowledge[]) {
  return ownerRows({ end: side, inWords, needs, kept: (record) => keptAt(record, side) });
}

const own: Whose = {
  end: OWN,
  inWords: 'the end at this host',
  needs: ['roles'],
  kept: (record) => keptAt(record, OWN),
};

export const flowOwnerValues = {
  ...ownerRows(own),
  owner_process: ownerText(
    own,
    'Command of the process behind the end at this host, if its control group has had only one',
    maxOwnerCharacters,
    ({ pid, command }) => (pid >= 0 ? command : null),
  ),
  owner_missing: word(
    own,
    "Why the owner of the end at this host is not known: `not-local`, neither end is at this host; `other-namespace`, the socket is a container's; `no-ports`, the packets have no ports; `no-socket`, no socket was found; `not-asked`, too many flows began at once, or nobody can be asked; absent where it is known",
    noOwnerReasons,
    ({ reason }) => reason,
  ),
} as const;

function ownerRows(whose: Whose) {
  const { inWords } = whose;
  return {
    owner: ownerText(
      whose,
      `Who is behind ${inWords}, by name: a systemd unit, a container by the first twelve digits of its id, a pod by its UID, a control group or a user`,
      maxOwnerCharacters,
      ({ name }) => name,
      ownerKinds,
    ),
    owner_kind: word(
      whose,
      `What is behind ${inWords}: \`unit\`, \`container\`, \`pod\`, \`cgroup\` or \`user\``,
      ownerKinds,
      ({ owner }) => owner?.kind ?? null,
    ),
    owner_from: word(
      whose,
      `How the owner of ${inWords} is known: \`socket\`, it has the flow's socket; \`listener\`, it listens where the flow arrives; \`earlier\`, nearly all other sockets between this host and that port of the other end were its own; \`none\`, it is not known`,
      ownerOrigins,
      ({ from }, isOne) => (isOne ? from : null),
    ),
    owner_unit: ownerText(whose, `systemd unit behind ${inWords}`, maxOwnerCharacters, ({ unit }) => unit, [
      'unit',
    ]),
    owner_container: ownerText(
      whose,
      `Id of the container behind ${inWords}`,
      maxOwnerCharacters,
      ({ container }) => container,
      ['container'],
    ),
    owner_pod: ownerText(
      whose,
      `UID of the Kubernetes pod behind ${inWords}`,
      maxOwnerCharacters,
      ({ pod }) => pod,
      ['pod'],
    ),
    owner_cgroup: ownerText(
      whose,
      `Path of the control group behind ${inWords}`,
      maxPathCharacters,
      ({ cgroup }) => cgroup,
    ),
    owner_user_id: ownerInteger(
      whose,
      `User that the socket behind ${inWords} belongs to`,
      ({ userId }) => userId,
      ['user'],
    ),
    owner_pid: ownerInteger(
      whose,
      `Process behind ${inWords}, if its control group has had only one`,
      ({ pid }) => pid,
    ),
    owner_command: ownerText(
      whose,
      `Command behind ${inWords}, if all processes of its control group have the same one`,
      maxOwnerCharacters,
      ({ command }) => command,
    ),
  } as const;
}

/** `shared`: kinds of owners whose name implies this value, so that a record of several flows has it as well. */
function ownerText(
  whose: Whose,
  meaning: string,
  longest: number,
  read: (owner: Owner) => string | null,
  shared: readonly OwnerKind[] = [],
) {
  return text(about(whose, meaning), longest, (record) => {
    const owner = ownerAt(record, whose.end, shared);
    return owner === null ? null : read(owner);
  });
}

function ownerInteger(
  whose: Whose,
  meaning: string,
  read: (owner: Owner) => number,
  shared: readonly OwnerKind[] = [],
) {
  return integer(about(whose, meaning), (record) => {
    const owner = ownerAt(record, whose.end, shared);
    return owner === null ? ABSENT : read(owner);
  });
}

function word<Word extends string>(
  whose: Whose,
  meaning: string,
  words: readonly Word[],
  tell: (known: KnownOwner, isOne: boolean) => Word | null,
) {
  const pieces = new Map(words.map((each) => [each, piece(each)]));
  const longestBytes = Math.max(...[...pieces.values()].map(({ bytes }) => bytes));
  const read = (record: FlowRecord) => {
    const side = sideOf(record, whose.end);
    const known = shownAt(record, whose.end, side);
    return known === null ? null : tell(known, isOneAddress(record, side));
  };
  return keptText(about(whose, meaning), longestBytes, read, (record) => {
    const told = read(record);
    return told === null ? undefined : pieces.get(told);
  });
}

function about({ needs, kept }: Whose, meaning: string): About {
  return { meaning, needs: [...needs, 'owners'], figures: newFlowFigures, kept };
}

function ownerAt(record: FlowRecord, end: End, shared: readonly OwnerKind[]): Owner | null {
  const side = sideOf(record, end);
  const owner = knownAt(record, side)?.owner ?? null;
  if (owner === null || isOneAddress(record, side) || shared.includes(owner.kind)) return owner;
  return null;
}

/** See `Kept`. */
function keptAt(record: FlowRecord, end: End): KnownOwner | null | undefined {
  const side = sideOf(record, end);
  const known = shownAt(record, end, side);
  return known === null || isOneAddress(record, side) ? known : undefined;
}

/** Null also for an end at another host: that neither end is at this host is said once, by the record's own values. */
function shownAt(record: FlowRecord, end: End, side: Side): KnownOwner | null {
  const known = knownAt(record, side);
  return end !== OWN && known !== null && known.reason === 'not-local' ? null : known;
}

/** With both ends at this host it is the client, unless only the server's owner is known. A container's end counts only after one of the host itself. */
function sideOf(record: FlowRecord, end: End): Side {
  if (end !== OWN) return end;
  const client = knownAt(record, CLIENT);
  if (client !== null && client.owner !== null) return CLIENT;
  const server = knownAt(record, SERVER);
  if (server === null) return CLIENT;
  return server.owner !== null || client === null || isFarther(client, server) ? SERVER : CLIENT;
}

function isFarther({ reason }: KnownOwner, than: KnownOwner): boolean {
  if (reason === 'not-local') return than.reason !== 'not-local';
  return reason === 'other-namespace' && than.reason !== 'not-local' && than.reason !== 'other-namespace';
}

function knownAt(record: FlowRecord, side: Side): KnownOwner | null {
  return isSource(record, side) ? record.sourceOwner : record.targetOwner;
}
