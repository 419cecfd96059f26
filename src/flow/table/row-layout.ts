/**
 * A row of the flow table. IPv4's is 32 bytes, half a cache line; IPv6's is 64 bytes, a whole one. In 32-bit words:
 *
 *     0 source     (IPv6: its last word)     4 count (unsigned)
 *     1 target     (IPv6: its last word)     5 hash
 *     2 ports                                6-7 payload bytes (float64)
 *     3 protocol                             8-10 source, 11-13 target (IPv6: their first three words), 14-15 unused
 *
 * Where somebody asks for health, its eight words (health-rows.ts) follow: IPv4's row is a whole cache line then, and takes two units of
 * the index.
 *
 * `protocol` is the IANA number, plus HAS_PORTS where the packet states ports. Addresses, ports: see Packet.
 */
import type { Packet } from '../../packet/packet.js';

/** In a row's protocol word: the flow has ports. */
const HAS_PORTS = 0x100;

/** The bits of an index entry that say where the row begins: how many units of `unitWords` are before it, + 1. */
export const ENTRY_ROW = 0xff_ffff;
/** The most flows a table can be asked to hold; of IPv4 with health, it holds half of them. */
export const maximumFlows = 0xff_fffe;

export const SOURCE = 0;
export const TARGET = 1;
export const PORTS = 2;
export const PROTOCOL = 3;
export const COUNT = 4;
export const HASH = 5;
/** As many packets as a row can count, 0xffffffff, as an Int32Array has it. */
export const FULL_COUNT = -1;
/** Position of the payload bytes among the row's float64s. */
export const PAYLOAD_BYTES_FLOAT = 3;
export const SOURCE_HEAD = 8;
export const TARGET_HEAD = 11;
const END_OF_KEY = 14;

/** Words of a unit of the index: of an IPv4 row, of an IPv6 row, and of one with health. */
export type UnitWords = 8 | 16 | 24;

export interface RowLayout {
  readonly unitWords: UnitWords;
  readonly rowWords: number;
  /** Binary logarithm of how many units a row takes. */
  readonly unitShift: 0 | 1;
  /** Where health begins in a row. */
  readonly healthWord: number;
}

export function rowLayoutOf(family: 4 | 6, hasHealth: boolean): RowLayout {
  const healthWord = family === 4 ? 8 : 16;
  if (!hasHealth) return { unitWords: healthWord, rowWords: healthWord, unitShift: 0, healthWord };
  return family === 4
    ? { unitWords: 8, rowWords: 16, unitShift: 1, healthWord }
    : { unitWords: 24, rowWords: 24, unitShift: 0, healthWord };
}

/** Whether the words of two IPv6 rows are equal that IPv4's do not have. */
export function sameHeads(rows: Int32Array, row: number, stage: Int32Array, staged: number): boolean {
  for (let word = SOURCE_HEAD; word < END_OF_KEY; word++) {
    if (rows[row + word] !== stage[staged + word]) return false;
  }
  return true;
}

/** Packets of the rows from `position` to `end`. */
export function sumCounts(rows: Int32Array, words: number, position: number, end: number): number {
  let packets = 0;
  for (let row = position * words; row < end * words; row += words) packets += rows[row + COUNT]! >>> 0;
  return packets;
}

/** Writes the key of an IPv4 packet into the row that starts at word `row`. */
export function writeRowKey4(rows: Int32Array, row: number, packet: Packet, protocol: number): void {
  rows[row + SOURCE] = packet.source0;
  rows[row + TARGET] = packet.target0;
  rows[row + PORTS] = packet.ports;
  rows[row + PROTOCOL] = protocol;
}

/** Writes the key of an IPv6 packet into the row that starts at word `row`. */
export function writeRowKey6(rows: Int32Array, row: number, packet: Packet, protocol: number): void {
  rows[row + SOURCE] = packet.source3;
  rows[row + TARGET] = packet.target3;
  rows[row + PORTS] = packet.ports;
  rows[row + PROTOCOL] = protocol;
  rows[row + SOURCE_HEAD] = packet.source0;
  rows[row + SOURCE_HEAD + 1] = packet.source1;
  rows[row + SOURCE_HEAD + 2] = packet.source2;
  rows[row + TARGET_HEAD] = packet.target0;
  rows[row + TARGET_HEAD + 1] = packet.target1;
  rows[row + TARGET_HEAD + 2] = packet.target2;
}

/** Fills in the key of the row that starts at word `row`. */
export function readRowKey(rows: Int32Array, row: number, family: 4 | 6, key: Packet): void {
  const protocol = rows[row + PROTOCOL]!;
  key.protocol = protocol & 0xff;
  key.hasPorts = protocol & HAS_PORTS ? 1 : 0;
  key.ports = rows[row + PORTS]!;
  key.family = family;
  if (family === 4) {
    key.source0 = rows[row + SOURCE]!;
    key.target0 = rows[row + TARGET]!;
    return;
  }
  key.source0 = rows[row + SOURCE_HEAD]!;
  key.source1 = rows[row + SOURCE_HEAD + 1]!;
  key.source2 = rows[row + SOURCE_HEAD + 2]!;
  key.source3 = rows[row + SOURCE]!;
  key.target0 = rows[row + TARGET_HEAD]!;
  key.target1 = rows[row + TARGET_HEAD + 1]!;
  key.target2 = rows[row + TARGET_HEAD + 2]!;
  key.target3 = rows[row + TARGET]!;
}
