/**
 * The records of a DNS message, and the names in it (RFC 1035, 3.2.1 and 4.1):
 *
 *     name     | type | class | TTL | length | data …      a record
 *     1 w 2 at 0                                           a name: labels with their lengths, a 0 at its end
 *     1 w c0 0c                                            … or, at the end, a pointer to where the name goes on
 *
 * Messages come from the network. A name takes at most 255 octets and `maxPointers` jumps, and pointers lead only
 * backwards, so that the time for a message is bounded by its length. Whatever breaks these rules throws a RangeError.
 */

export const headerBytes = 12;
export const types = { cname: 5, soa: 6, ptr: 12 } as const;
export const classInternet = 1;

export interface DnsRecord {
  /** In lower case, without a final dot; '' for the root. */
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  /** Where its data begins in the message, and the first byte after it. */
  readonly dataAt: number;
  readonly end: number;
}

/** RFC 1035, 2.3.4: with the length before each label and the root's, which is 0. */
const maxNameOctets = 255;
/** An encoder needs one for each name that a name shares its end with; five are many. */
const maxPointers = 32;
const maxLabelBytes = 63;
const pointerMark = 0xc0;
const pointerBytes = 2;
/** Type, class, TTL and length. */
const fixedBytes = 10;
/** RFC 2181, 8: a TTL with the top bit set counts as 0. */
const maxTtlSeconds = 0x7fff_ffff;

const dot = 0x2e;
/** Stands for a dot inside a label, which no host's name has. */
const strangeDot = 0xb7;
const scratch = Buffer.alloc(maxNameOctets);

/** A name as it stands in a message, as Latin-1 text without a final dot, and the first byte after it. */
export interface NameInMessage {
  readonly text: string;
  readonly end: number;
}

/** Reads the name at `start`. */
export function readName(message: Buffer, start: number): NameInMessage {
  let filled = 0;
  let pointers = 0;
  let end = -1;
  // A pointer leads to before the name, or the part of it, that it stands in.
  let partAt = start;
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new RangeError('a name that does not end');
    if (length >= pointerMark) {
      const target = ((length & ~pointerMark) << 8) | message.readUInt8(at + 1);
      if (target >= partAt || ++pointers > maxPointers) throw new RangeError('a pointer that leads nowhere');
      if (end < 0) end = at + pointerBytes;
      partAt = target;
      at = target;
    } else {
      if (length > maxLabelBytes) throw new RangeError('a label of an unknown kind');
      at++;
      if (length === 0) break;
      if (at + length > message.length || filled + length + 2 > maxNameOctets) {
        throw new RangeError('a label that does not fit');
      }
      for (const labelEnd = at + length; at < labelEnd; at++) {
        const byte = message[at]!;
        scratch[filled++] = byte === dot ? strangeDot : byte;
      }
      scratch[filled++] = dot;
    }
  }
  return { text: scratch.toString('latin1', 0, Math.max(0, filled - 1)), end: end < 0 ? at : end };
}

/** Reads `count` records from `start` on. */
export function readRecords(message: Buffer, start: number, count: number): DnsRecord[] {
  const records: DnsRecord[] = [];
  let at = start;
  // Each takes eleven bytes at least: the message's end comes soon enough, whatever count it states.
  for (let i = 0; i < count; i++) {
    const owner = readName(message, at);
    const fixedAt = owner.end;
    const ttlSeconds = message.readUInt32BE(fixedAt + 4);
    const dataAt = fixedAt + fixedBytes;
    const end = dataAt + message.readUInt16BE(fixedAt + 8);
    if (end > message.length) throw new RangeError('a record that does not fit');
    records.push({
      owner: owner.text.toLowerCase(),
      type: message.readUInt16BE(fixedAt),
      class: message.readUInt16BE(fixedAt + 2),
      ttlSeconds: ttlSeconds > maxTtlSeconds ? 0 : ttlSeconds,
      dataAt,
      end,
    });
    at = end;
  }
  return records;
}
