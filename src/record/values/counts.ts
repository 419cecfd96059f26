/** How much: packets and bytes of each direction and of both. */
import type { Tally } from '../../flow/tally.js';
import { CLIENT, otherSide, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { type About, integer, type Line, prefixed } from './value.js';

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
  packets: integer({ ...about(packets, 'in both directions'), always: true }, (record) => record.packets),
  payload_bytes: integer(
    { ...about(payloadBytes, 'in both directions'), always: true },
    ({ forward, reverse }) => forward.payloadBytes + reverse.payloadBytes,
  ),
  ip_bytes: integer(about(ipBytes, 'in both directions'), ({ forward, reverse }) =>
    sumOf(forward, forward.ipBytes, reverse, reverse.ipBytes),
  ),
  wire_bytes: integer(about(wireBytes, 'in both directions'), ({ forward, reverse }) =>
    sumOf(forward, forward.wireBytes, reverse, reverse.wireBytes),
  ),
  ...prefixed('source', sentValues(SOURCE, 'sent by the source', [])),
  ...prefixed('target', sentValues(TARGET, 'sent by the target', [])),
  ...prefixed('client', sentValues(CLIENT, 'sent by the client', ['roles'])),
  ...prefixed('server', sentValues(SERVER, 'sent by the server', ['roles'])),
  flows: integer(
    { meaning: 'Flows in the record, each direction one; absent where nobody counted them', unit: 'flows' },
    ({ flows }) => flows || Number.NaN,
  ),
} as const;

function sentValues(side: Side, whose: string, needs: NonNullable<About['needs']>) {
  return {
    packets: integer(about(packets, whose, needs), (record, line) => {
      const tally = sentBy(record, side);
      return told(line, tally, tally.packets, 0);
    }),
    payload_bytes: integer(about(payloadBytes, whose, needs), (record, line) => {
      const tally = sentBy(record, side);
      return told(line, tally, tally.payloadBytes, 0);
    }),
    ip_bytes: integer(about(ipBytes, whose, needs), (record, line) => {
      const tally = sentBy(record, side);
      return told(line, tally, tally.ipBytes, sentBy(record, otherSide(side)).ipBytes);
    }),
    wire_bytes: integer(about(wireBytes, whose, needs), (record, line) => {
      const tally = sentBy(record, side);
      return told(line, tally, tally.wireBytes, sentBy(record, otherSide(side)).wireBytes);
    }),
  } as const;
}

function about(what: About, whose: string, needs: NonNullable<About['needs']> = []): About {
  return { ...what, meaning: `${what.meaning}, ${whose}`, needs };
}

/** A direction without packets has no figures, and adds nothing. */
function sumOf(forward: Tally, forwardBytes: number, reverse: Tally, reverseBytes: number): number {
  if (reverse.packets === 0) return forwardBytes;
  return forward.packets === 0 ? reverseBytes : forwardBytes + reverseBytes;
}

/**
 * What `tally` counted; where it has no packets, 0 if the figure is known of the `others`. Of a direction that this record is
 * not about, nothing is known.
 */
function told({ facts }: Line, tally: Tally, counted: number, others: number): number {
  if (tally.packets > 0) return counted;
  return facts.conversations ? 0 * others : Number.NaN;
}
