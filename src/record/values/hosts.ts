/**
 * What an end of a record is called: what the connection asked for, what the other end looked up, and what reverse DNS says of
 * the address.
 */
import { maxIPv6Bytes } from '../../packet/address.js';
import { piece } from '../byte-text.js';
import {
  askedOfSource,
  askedOfTarget,
  type NameOrigin,
  sourceHost,
  sourceHostOrigin,
  targetHost,
  targetHostOrigin,
} from '../hosts.js';
import { longestTextBytes, maxHostCharacters, writeText } from '../json-text.js';
import { type FlowRecord, noSuchName } from '../record.js';
import { addressOf, isOneAddress, longestAddress, writeAddress, writeEnd } from './addresses.js';
import { isSource, type Side } from './sides.js';
import { ABSENT, type Knowledge, keptText, type Line, text, writtenText } from './value.js';

const origins = { sni: piece('sni'), dns: piece('dns'), ptr: piece('ptr'), none: piece('none') } as const;
const longestOrigin = 4;
const longestHost = longestTextBytes(maxHostCharacters);

/** What a name needs that may be from anywhere. */
export const ofAnyOrigin = ['sni', 'dns', 'ptr'] as const satisfies readonly Knowledge[];

/** Of the connection, whichever end its server is. */
export const connectionValues = {
  tls_server_name: text(
    {
      meaning:
        'Name that the client asked the server for, by TLS or QUIC; with Encrypted Client Hello the public one',
      needs: ['sni'],
    },
    maxHostCharacters,
    ({ serverName }) => fitting(serverName),
  ),
} as const;

/** `needs` is what tells which end is meant. */
export function hostsOf(side: Side, whose: string, needs: readonly Knowledge[]) {
  const anyOrigin = [...needs, ...ofAnyOrigin];
  const reverse = [...needs, 'ptr'] as const;
  return {
    host: text(
      {
        meaning: `Name of ${whose}, where one is known: what the connection asked for, else what the other end looked up, else that of reverse DNS`,
        needs: anyOrigin,
      },
      maxHostCharacters,
      (record) => named(hostOf(record, side)),
    ),
    host_from: keptText(
      {
        meaning: `Where the name of ${whose} is from: \`sni\`, the connection asked for it; \`dns\`, the other end looked it up; \`ptr\`, reverse DNS; or \`none\``,
        needs: anyOrigin,
        always: true,
      },
      longestOrigin,
      (record) => originOf(record, side),
      (record) => origins[originOf(record, side)],
    ),
    host_or_address: writtenText(
      {
        meaning: `Name of ${whose}; \`${noSuchName}\` where reverse DNS says that there is none, the address where nothing is known`,
        needs: anyOrigin,
        always: true,
      },
      Math.max(longestHost, longestAddress),
      (record) => fitting(hostOf(record, side)) ?? addressOf(record, side),
      (record, line, offset) => {
        const name = fitting(hostOf(record, side));
        return name === null ? writeEnd(record, side, line, offset) : writeName(line, offset, name);
      },
    ),
    dns: text(
      {
        meaning: `Name that the other end looked up, and was told the address of ${whose}`,
        needs: [...needs, 'dns'],
      },
      maxHostCharacters,
      (record) => fitting(isSource(record, side) ? record.sourceDns : record.targetDns),
    ),
    ptr: text(
      { meaning: `Name that reverse DNS has for the address of ${whose}`, needs: reverse },
      maxHostCharacters,
      (record) => named(reverseOf(record, side)),
    ),
    // A writer of its own, though it is much like the one above: shared, it made records of `legacy` slower to write.
    ptr_or_address: writtenText(
      {
        meaning: `Name that reverse DNS has for the address of ${whose}; \`${noSuchName}\` where it says that there is none, the address where nothing is known`,
        needs: reverse,
        always: true,
      },
      Math.max(longestHost, longestAddress),
      (record) => fitting(reverseOf(record, side)) ?? addressOf(record, side),
      (record, line, offset) => {
        const name = fitting(reverseOf(record, side));
        return name === null ? writeEnd(record, side, line, offset) : writeName(line, offset, name);
      },
    ),
    asked_or_ip: writtenText(
      {
        meaning: `Name of ${whose} that is not of reverse DNS: what the connection asked for, else what the other end looked up; else the IP address; absent in a record of several addresses`,
        needs: [...needs, 'sni', 'dns'],
      },
      Math.max(longestHost, maxIPv6Bytes),
      (record) =>
        fitting(askedOf(record, side)) ?? (isOneAddress(record, side) ? addressOf(record, side) : null),
      (record, line, offset) => {
        const name = fitting(askedOf(record, side));
        if (name !== null) return writeName(line, offset, name);
        return isOneAddress(record, side) ? writeAddress(record, side, line, offset) : ABSENT;
      },
    ),
  } as const;
}

function hostOf(record: FlowRecord, side: Side): string | null {
  return isSource(record, side) ? sourceHost(record) : targetHost(record);
}

function reverseOf(record: FlowRecord, side: Side): string | null {
  return isSource(record, side) ? record.sourcePtr : record.targetPtr;
}

function askedOf(record: FlowRecord, side: Side): string | null {
  return isSource(record, side) ? askedOfSource(record) : askedOfTarget(record);
}

function originOf(record: FlowRecord, side: Side): NameOrigin | 'none' {
  if (named(hostOf(record, side)) === null) return 'none';
  return isSource(record, side) ? sourceHostOrigin(record) : targetHostOrigin(record);
}

/** Null where it is longer than any name in the DNS. */
function fitting(host: string | null): string | null {
  return host !== null && host.length <= maxHostCharacters ? host : null;
}

function named(host: string | null): string | null {
  return host === noSuchName ? null : fitting(host);
}

function writeName({ bytes }: Line, offset: number, name: string): number {
  return writeText(bytes, offset, name, maxHostCharacters);
}
