/** How much: packets and bytes of each direction and of both. */
import type { Tally } from '../../flow/tally.js';
import type { FlowRecord } from '../record.js';
import { CLIENT, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { type About, integer, type Line, prefixed } from './value.js';

type Sum = 'packets' | 'payloadBytes' | 'ipBytes' | 'wireBytes';

const packets: About = { meaning: 'Packets', unit: 'packets' };
const payloadBytes: About = {
  meaning: 'Bytes above the transport header, or above the IP headers where there are no ports',
  unit: 'bytes',
};
const ipBytes: About = {
  meaning: 'Bytes of the IP packets, headers included',
  unit: 'bytes',
  figures: ['ipBytes'],
};
const wireBytes: About = {
  meaning: 'Bytes of the frames on the wire, link headers included',
  unit: 'bytes',
  figures: ['wireBytes'],
};

export const countValues = {
  packets: integer(about(packets, 'in both directions'), (record) => sumOf(record, 'packets')),
  payload_bytes: integer(about(payloadBytes, 'in both directions'), (record) =>
    sumOf(record, 'payloadBytes'),
  ),
  ip_bytes: integer(about(ipBytes, 'in both directions'), (record) => sumOf(record, 'ipBytes')),
  wire_bytes: integer(about(wireBytes, 'in both directions'), (record) => sumOf(record, 'wireBytes')),
  ...prefixed('source', sentValues(SOURCE, 'that the source sent', [])),
  ...prefixed('target', sentValues(TARGET, 'that the target sent', [])),
  ...prefixed('client', sentValues(CLIENT, 'that the client sent', ['roles'])),
  ...prefixed('server', sentValues(SERVER, 'that the server sent', ['roles'])),
  flows: integer(
    { meaning: 'Flows in the record, each direction one; absent where nobody counted them', unit: 'flows' },
    ({ flows }) => flows || Number.NaN,
  ),
} as const;

function sentValues(side: Side, whose: string, needs: NonNullable<About['needs']>) {
  return {
    packets: integer(about(packets, whose, needs), (record, line) => sent(record, line, side, 'packets')),
    payload_bytes: integer(about(payloadBytes, whose, needs), (record, line) =>
      sent(record, line, side, 'payloadBytes'),
    ),
    ip_bytes: integer(about(ipBytes, whose, needs), (record, line) => sent(record, line, side, 'ipBytes')),
    wire_bytes: integer(about(wireBytes, whose, needs), (record, line) =>
      sent(record, line, side, 'wireBytes'),
    ),
  } as const;
}

function about(what: About, whose: string, needs: NonNullable<About['needs']> = []): About {
  return { ...what, meaning: `${what.meaning}, ${whose}`, needs };
}

/** Where nothing was sent, 0, if the figure is known of the other direction. */
function sumOf({ forward, reverse }: FlowRecord, sum: Sum): number {
  if (reverse.packets === 0) return forward[sum];
  return forward.packets === 0 ? reverse[sum] : forward[sum] + reverse[sum];
}

/** Of a direction that this record is not about, nothing is known. */
function sent(record: FlowRecord, { facts }: Line, side: Side, sum: Sum): number {
  const tally: Tally = sentBy(record, side);
  if (tally.packets > 0) return tally[sum];
  return facts.conversations ? 0 * sumOf(record, sum) : Number.NaN;
}
