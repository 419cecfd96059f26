/** What a record is of: protocol, state, roles, labels. */
import type { RoleReason } from '../../flow/reading.js';
import { SYN_SEEN } from '../../flow/tally.js';
import { protocolName, TCP_FIN, TCP_RST } from '../../packet/numbers.js';
import { type Piece, piece } from '../byte-text.js';
import { fittingLabels, insideString, maxLabelTextBytes } from '../json-text.js';
import type { FlowRecord } from '../record.js';
import { flagsOf } from './signs.js';
import {
  ABSENT,
  type About,
  integer,
  keptText,
  type Line,
  type ListValue,
  longestList,
  text,
  truth,
} from './value.js';

const longestProtocolBytes = 32;
/** Distinct services that are kept; Datadog's make about twenty. */
const mostServices = 256;

/** What decides who is the client beyond doubt. */
const shownByPackets: readonly RoleReason[] = ['syn', 'icmp-type', 'one-way'];

export const whatValues = {
  protocol: integer({ meaning: 'IP protocol number', always: true }, ({ key }) => key.protocol),
  protocol_name: protocolText("IANA's keyword of the protocol, or its number as text", (keyword) => keyword),
  transport: protocolText("IANA's keyword of the protocol in lower case, or its number", (keyword) =>
    keyword.toLowerCase(),
  ),
  ip_version: integer({ meaning: 'IP version; absent in a record of the rest' }, ({ key, rest }) =>
    rest ? ABSENT : key.family,
  ),
  network_type: text({ meaning: '`ipv4` or `ipv6`; absent in a record of the rest' }, 4, ({ key, rest }) =>
    rest ? null : key.family === 4 ? 'ipv4' : 'ipv6',
  ),
  tcp_state: text(
    {
      meaning:
        'How a TCP flow stood at the end of the window: `rst`, `fin` when each direction of the record had its FIN, else `open`',
      figures: ['tcpFlags'],
    },
    4,
    tcpState,
  ),
  final: truth(
    { meaning: 'Whether a TCP flow has ended, by `rst` or `fin`', figures: ['tcpFlags'] },
    (record, line) => {
      const state = tcpState(record, line);
      return state === null ? undefined : state !== 'open';
    },
  ),
  event_types: {
    meaning:
      'What became of a connection: `connection`, with `start` where a SYN opened it and `end` where it has ended',
    figures: ['tcpFlags'],
    type: 'list',
    longestBytes: 'connectionstartend'.length,
    read: eventTypes,
  } as const satisfies ListValue,
  roles_from: text(
    {
      meaning:
        'What decided which end is the client: `syn`, `icmp-type`, `one-way`, `earlier-window`, `listening-port`, `registered-port`, `lower-port` or `first-packet`',
      needs: ['roles'],
    },
    16,
    ({ decidedBy }) => (decidedBy === 'none' ? null : decidedBy),
  ),
  initiator: text(
    {
      meaning:
        'The end that opened the conversation, where a packet of the record shows it: `source` or `target`',
      needs: ['roles'],
    },
    6,
    ({ client, decidedBy }) => (shownByPackets.includes(decidedBy) ? client : null),
  ),
  rest: truth(
    { meaning: 'True where the record stands for all other flows of its protocol; else absent' },
    ({ rest }) => rest || undefined,
  ),
  services: serviceList(),
  services_text: serviceText(),
  packet_flow: text(
    {
      meaning: "`outgoing` where the services are the target's, `incoming` where they are the source's",
      needs: ['labels'],
    },
    8,
    ({ packetFlow }) => (packetFlow === 'none' ? null : packetFlow),
  ),
} as const;

function protocolText(meaning: string, shown: (keyword: string) => string) {
  const pieces: (Piece | undefined)[] = new Array(256).fill(undefined);
  const read = ({ key }: FlowRecord) => shown(protocolName(key.protocol));
  return keptText({ meaning, always: true }, longestProtocolBytes, read, (record) => {
    const { protocol } = record.key;
    pieces[protocol] ??= piece(insideString(read(record)));
    return pieces[protocol];
  });
}

/** Null where the record is of several connections, of another protocol, or nobody looked at the flags. */
function tcpState(record: FlowRecord, { facts }: Line): 'rst' | 'fin' | 'open' | null {
  const forward = flagsOf(record, record.forward);
  const reverse = flagsOf(record, record.reverse);
  if ((forward < 0 && reverse < 0) || isOfSeveral(record)) return null;
  if ((Math.max(forward, 0) | Math.max(reverse, 0)) & TCP_RST) return 'rst';
  const ended = (flags: number) => flags >= 0 && (flags & TCP_FIN) !== 0;
  if (!facts.conversations) return ended(forward) ? 'fin' : 'open';
  return ended(forward) && ended(reverse) ? 'fin' : 'open';
}

const ongoing = ['connection'] as const;
const opened = ['connection', 'start'] as const;
const closed = ['connection', 'end'] as const;
const openedAndClosed = ['connection', 'start', 'end'] as const;

function eventTypes(record: FlowRecord, line: Line): readonly string[] {
  const { forward, reverse } = record;
  const state = tcpState(record, line);
  if (state === null) return ongoing;
  const isOpened = ((Math.max(forward.tcpFlags, 0) | Math.max(reverse.tcpFlags, 0)) & SYN_SEEN) !== 0;
  if (state === 'open') return isOpened ? opened : ongoing;
  return isOpened ? openedAndClosed : closed;
}

/** Whether the record is of several conversations, as far as its ends say. */
export function isOfSeveral(record: FlowRecord): boolean {
  const { rest, sourcePortFolded, targetPortFolded, sourceFold, targetFold } = record;
  return rest || sourcePortFolded || targetPortFolded || sourceFold !== null || targetFold !== null;
}

/** Services joined by ',', which all records of a range share: what is made of them is made once. */
function keptByService<T>(make: (service: string) => T): (record: FlowRecord) => T | undefined {
  const kept = new Map<string, T>();
  return ({ service }) => {
    if (service === 'none') return undefined;
    const known = kept.get(service);
    if (known !== undefined) return known;
    if (kept.size >= mostServices) kept.clear();
    const made = make(service);
    kept.set(service, made);
    return made;
  };
}

function serviceText() {
  const read = ({ service }: FlowRecord) => (service === 'none' ? null : fittingLabels(service));
  const about: About = {
    meaning: 'Services whose address ranges hold the target, else the source; joined by `,`',
    needs: ['labels'],
  };
  return keptText(
    about,
    maxLabelTextBytes,
    read,
    keptByService((service) => piece(insideString(fittingLabels(service)))),
  );
}

function serviceList(): ListValue {
  return {
    meaning: 'Services whose address ranges hold the target, else the source',
    needs: ['labels'],
    type: 'list',
    longestBytes: maxLabelTextBytes,
    read: keptByService((service) => fittingLabels(service).split(',').slice(0, longestList)),
  };
}
