/** Who the two ends of a record are: addresses, ports, names. */
import { maxIPv6Bytes } from '../../packet/address.js';
import { isSourceOwner, isTargetOwner, sourcePort, targetPort } from '../ends.js';
import type { FlowRecord } from '../record.js';
import {
  addressOf,
  isOneAddress,
  longestAddress,
  maxNetworkCharacters,
  writeAddress,
  writeEnd,
} from './addresses.js';
import { hostsOf } from './hosts.js';
import { macBytes, writeMac } from './mac-text.js';
import { ownersOf } from './owners.js';
import { CLIENT, isSource, otherSide, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { ABSENT, type About, bytesText, integer, prefixed, text, writtenText } from './value.js';

export const endValues = {
  ...prefixed('source', endOf(SOURCE, 'the source', {})),
  ...prefixed('target', endOf(TARGET, 'the target', {})),
  ...prefixed('client', endOf(CLIENT, 'the client', { needs: ['roles'] })),
  ...prefixed('server', endOf(SERVER, 'the server', { needs: ['roles'] })),
} as const;

function endOf(side: Side, whose: string, { needs = [] }: Pick<About, 'needs'>) {
  return {
    ip: writtenText(
      { meaning: `IP address of ${whose}; absent in a record of several addresses`, needs },
      maxIPv6Bytes,
      (record) => (isOneAddress(record, side) ? addressOf(record, side) : null),
      (record, line, offset) =>
        isOneAddress(record, side) ? writeAddress(record, side, line, offset) : ABSENT,
    ),
    address: writtenText(
      {
        meaning: `IP address of ${whose}; the name of a network or an owner where flows of its addresses are told as one; \`*\` in a record of all the rest`,
        needs,
        always: true,
      },
      longestAddress,
      (record) => addressOf(record, side),
      (record, line, offset) => writeEnd(record, side, line, offset),
    ),
    fold: text(
      {
        meaning: `What stands for several addresses of ${whose}: the name of their network or their owner, \`*\` for all the rest; absent of one address`,
        needs,
      },
      maxNetworkCharacters,
      (record) => (isOneAddress(record, side) ? null : addressOf(record, side)),
    ),
    port: integer(
      {
        meaning: `Port of ${whose}; absent without ports, and where flows of several ports are told as one`,
        needs,
      },
      (record) => (isSource(record, side) ? sourcePort(record) : targetPort(record)) ?? ABSENT,
    ),
    ...hostsOf(side, whose, needs),
    ...ownersOf(side, whose, needs),
    network: text(
      { meaning: `Name that \`--network\` gives the network of ${whose}`, needs: [...needs, 'networks'] },
      maxNetworkCharacters,
      (record) => networkOf(record, side),
    ),
    mac: bytesText(
      {
        meaning: `Link address of ${whose} in the first packet, as RFC 7042 writes it; absent in a record of several addresses`,
        needs,
        figures: ['macs'],
      },
      macBytes,
      (record, line, offset) => writeMac(line.view, offset, macOf(record, side)),
    ),
  } as const;
}

/** That which stands in the address's place, where one does; an owner is in none, or in several. */
function networkOf(record: FlowRecord, side: Side): string | null {
  if (isSource(record, side))
    return isSourceOwner(record) ? null : (record.sourceFold ?? record.sourceNetwork);
  return isTargetOwner(record) ? null : (record.targetFold ?? record.targetNetwork);
}

/** The other direction's packets had it as their target's. -1 of several addresses: it would be one of many. */
function macOf(record: FlowRecord, side: Side): number {
  if (!isOneAddress(record, side)) return -1;
  const { sourceMac } = sentBy(record, side);
  return sourceMac >= 0 ? sourceMac : sentBy(record, otherSide(side)).targetMac;
}
