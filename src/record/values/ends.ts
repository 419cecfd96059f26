/** Who the two ends of a record are: addresses, ports, names. */
import { maxIPv6Bytes, writeIPv4, writeIPv6 } from '../../packet/address.js';
import { piece, writePiece } from '../byte-text.js';
import { sourceAddress, sourcePort, targetAddress, targetPort } from '../ends.js';
import { type NameOrigin, sourceHost, sourceHostOrigin, targetHost, targetHostOrigin } from '../hosts.js';
import { cut, longestTextBytes, maxHostCharacters, writeText } from '../json-text.js';
import { type FlowRecord, noSuchName } from '../record.js';
import { macBytes, writeMac } from './mac-text.js';
import { CLIENT, isSource, otherSide, SERVER, type Side, SOURCE, sentBy, TARGET } from './sides.js';
import {
  ABSENT,
  type About,
  bytesText,
  integer,
  type Knowledge,
  keptText,
  type Line,
  prefixed,
  text,
  writtenText,
} from './value.js';

/** Of a network's name, which the user gives. */
const maxNetworkCharacters = 64;

const everyAddress = piece('*');
const origins = { sni: piece('sni'), dns: piece('dns'), ptr: piece('ptr'), none: piece('none') } as const;
const longestOrigin = 4;

/** What a name needs that may be from anywhere. */
export const ofAnyOrigin = ['sni', 'dns', 'ptr'] as const satisfies readonly Knowledge[];

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
        meaning: `IP address of ${whose}; the network's name where flows of its addresses are told as one; \`*\` in a record of all the rest`,
        needs,
        always: true,
      },
      Math.max(maxIPv6Bytes, longestTextBytes(maxNetworkCharacters)),
      (record) => addressOf(record, side),
      (record, line, offset) => writeEnd(record, side, line, offset),
    ),
    fold: text(
      {
        meaning: `What stands for several addresses of ${whose}: the name of their network, \`*\` for all the rest; absent of one address`,
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
    host: text(
      {
        meaning: `Name of ${whose}, where one is known: what the connection asked for, else what its client looked up, else that of reverse DNS`,
        needs: [...needs, ...ofAnyOrigin],
      },
      maxHostCharacters,
      (record) => nameOf(record, side),
    ),
    host_from: keptText(
      {
        meaning: `Where the name of ${whose} is from: \`sni\`, the connection asked for it; \`dns\`, the other end looked it up; \`ptr\`, reverse DNS; or \`none\``,
        needs: [...needs, ...ofAnyOrigin],
        always: true,
      },
      longestOrigin,
      (record) => originOf(record, side),
      (record) => origins[originOf(record, side)],
    ),
    dns: text(
      {
        meaning: `Name that the other end looked up, and was told the address of ${whose}`,
        needs: [...needs, 'dns'],
      },
      maxHostCharacters,
      (record) => (isSource(record, side) ? record.sourceDns : record.targetDns),
    ),
    ptr: text(
      {
        meaning: `Name that reverse DNS has for the address of ${whose}`,
        needs: [...needs, 'ptr'],
      },
      maxHostCharacters,
      (record) => pointerOf(record, side),
    ),
    ptr_or_address: writtenText(
      {
        meaning: `Name that reverse DNS has for the address of ${whose}; \`${noSuchName}\` where it has none, the address where nothing is known`,
        needs: [...needs, 'ptr'],
        always: true,
      },
      longestTextBytes(maxHostCharacters),
      (record) => shown(reverseName(record, side)) ?? addressOf(record, side),
      (record, line, offset) => writeHost(record, side, reverseName(record, side), line, offset),
    ),
    host_or_address: writtenText(
      {
        meaning: `Name of ${whose}; \`${noSuchName}\` where DNS says that there is none, the address where nothing is known`,
        needs: [...needs, ...ofAnyOrigin],
        always: true,
      },
      longestTextBytes(maxHostCharacters),
      (record) => shown(hostOf(record, side)) ?? addressOf(record, side),
      (record, line, offset) => writeHost(record, side, hostOf(record, side), line, offset),
    ),
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

function isOneAddress(record: FlowRecord, side: Side): boolean {
  return !record.rest && (isSource(record, side) ? record.sourceFold : record.targetFold) === null;
}

function addressOf(record: FlowRecord, side: Side): string {
  return cut(isSource(record, side) ? sourceAddress(record) : targetAddress(record), maxNetworkCharacters);
}

function writeEnd(record: FlowRecord, side: Side, line: Line, offset: number): number {
  if (record.rest) return writePiece(line.view, offset, everyAddress);
  const fold = isSource(record, side) ? record.sourceFold : record.targetFold;
  if (fold !== null) return writeText(line.bytes, offset, fold, maxNetworkCharacters);
  return writeAddress(record, side, line, offset);
}

function writeAddress(record: FlowRecord, side: Side, { view }: Line, offset: number): number {
  const { key } = record;
  if (isSource(record, side)) {
    if (key.family === 4) return writeIPv4(view, offset, key.source0);
    return writeIPv6(view, offset, key.source0, key.source1, key.source2, key.source3);
  }
  if (key.family === 4) return writeIPv4(view, offset, key.target0);
  return writeIPv6(view, offset, key.target0, key.target1, key.target2, key.target3);
}

function hostOf(record: FlowRecord, side: Side): string | null {
  return isSource(record, side) ? sourceHost(record) : targetHost(record);
}

function reverseName(record: FlowRecord, side: Side): string | null {
  return isSource(record, side) ? record.sourcePtr : record.targetPtr;
}

/** Not one that is longer than the DNS has any. */
function shown(host: string | null): string | null {
  return host !== null && host.length <= maxHostCharacters ? host : null;
}

/** A name, or what stands in its place. */
function writeHost(record: FlowRecord, side: Side, host: string | null, line: Line, offset: number): number {
  const name = shown(host);
  if (name === null) return writeEnd(record, side, line, offset);
  return writeText(line.bytes, offset, name, maxHostCharacters);
}

function nameOf(record: FlowRecord, side: Side): string | null {
  const host = shown(hostOf(record, side));
  return host === noSuchName ? null : host;
}

function pointerOf(record: FlowRecord, side: Side): string | null {
  const host = shown(reverseName(record, side));
  return host === noSuchName ? null : host;
}

function originOf(record: FlowRecord, side: Side): NameOrigin | 'none' {
  if (nameOf(record, side) === null) return 'none';
  return (isSource(record, side) ? sourceHostOrigin(record) : targetHostOrigin(record)) ?? 'none';
}

function networkOf(record: FlowRecord, side: Side): string | null {
  return isSource(record, side)
    ? (record.sourceFold ?? record.sourceNetwork)
    : (record.targetFold ?? record.targetNetwork);
}

/** The other direction's packets had it as their target's. -1 of several addresses: it would be one of many. */
function macOf(record: FlowRecord, side: Side): number {
  if (!isOneAddress(record, side)) return -1;
  const { sourceMac } = sentBy(record, side);
  return sourceMac >= 0 ? sourceMac : sentBy(record, otherSide(side)).targetMac;
}
