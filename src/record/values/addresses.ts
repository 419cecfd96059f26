/** The address of an end, or what stands in its place. */
import { maxIPv6Bytes, writeIPv4, writeIPv6 } from '../../packet/address.js';
import { piece, writePiece } from '../byte-text.js';
import { sourceAddress, targetAddress } from '../ends.js';
import { cut, longestTextBytes, writeText } from '../json-text.js';
import type { FlowRecord } from '../record.js';
import { isSource, type Side } from './sides.js';
import type { Line } from './value.js';

/** Of a network's name, which the user gives, or an owner's. */
export const maxNetworkCharacters = 64;

export const longestAddress = Math.max(maxIPv6Bytes, longestTextBytes(maxNetworkCharacters));

const everyAddress = piece('*');

export function isOneAddress(record: FlowRecord, side: Side): boolean {
  return !record.rest && (isSource(record, side) ? record.sourceFold : record.targetFold) === null;
}

/** The name of a network or an owner where flows of its addresses are told as one; "*" of all the rest. */
export function addressOf(record: FlowRecord, side: Side): string {
  return cut(isSource(record, side) ? sourceAddress(record) : targetAddress(record), maxNetworkCharacters);
}

/** Writes the same. */
export function writeEnd(record: FlowRecord, side: Side, line: Line, offset: number): number {
  if (record.rest) return writePiece(line.view, offset, everyAddress);
  const fold = isSource(record, side) ? record.sourceFold : record.targetFold;
  if (fold !== null) return writeText(line.bytes, offset, fold, maxNetworkCharacters);
  return writeAddress(record, side, line, offset);
}

/** For an end that is one address. */
export function writeAddress(record: FlowRecord, side: Side, { view }: Line, offset: number): number {
  const { key } = record;
  if (isSource(record, side)) {
    if (key.family === 4) return writeIPv4(view, offset, key.source0);
    return writeIPv6(view, offset, key.source0, key.source1, key.source2, key.source3);
  }
  if (key.family === 4) return writeIPv4(view, offset, key.target0);
  return writeIPv6(view, offset, key.target0, key.target1, key.target2, key.target3);
}
