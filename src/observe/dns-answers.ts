/**
 * Which addresses a name was said to have: DNS answers as they pass by (RFC 1035, 4; RFC 3596 for IPv6), over UDP and, with
 * two bytes of length before each message, over TCP.
 *
 *     id | flags | questions | answers | authorities | additionals      two bytes each
 *     name | type (2) | class (2)                                       a question
 *     name | type (2) | class (2) | TTL (4) | length (2) | data …       a record
 *
 * An address counts for the name that was asked for where its record is that name's, or an alias' to which the records before
 * have led: servers write a chain of aliases in its order, and resolvers follow it in that order. Whatever else stands in the answer
 * is nobody's business. Of a message that was cut, by its server or by the capture, counts what is there.
 */

import { ipv4MappedWord2 } from '../packet/address.js';
import type { Packet } from '../packet/packet.js';
import type { ObserverCounts } from './counts.js';
import { isSameName, nameAt, nameEndAt } from './dns-names.js';
import type { Findings, Refusal } from './findings.js';

const headerBytes = 12;
/** Type and class of a question, and with TTL and length those of a record. */
const questionBytes = 4;
const recordBytes = 10;
const responseFlag = 0x8000;
const opcodeMask = 0x7800;
const truncatedFlag = 0x0200;
const responseCodeMask = 0x000f;

/** Type and class of records: IPv4 address, alias, IPv6 address; all of the Internet's class. */
const address4 = 0x0001_0001;
const alias = 0x0005_0001;
const address6 = 0x001c_0001;
const classInternet = 1;

/** Of one answer; further ones are left out. */
const mostAddresses = 64;
/** Records of other names among them: an honest answer has none, and comparing them takes time. */
const mostForeign = 4;
/** From one name to the next. Resolvers follow fewer, and comparing long names takes time. */
const mostAliases = 16;

export interface DnsOptions {
  readonly findings: Findings;
  readonly counts: ObserverCounts;
}

export class DnsAnswers {
  readonly #options: DnsOptions;
  /** Filled again and again: as in Findings. */
  readonly #addresses = new Int32Array(4 * mostAddresses);
  #count = 0;
  #ttlSeconds = 0;

  constructor(options: DnsOptions) {
    this.#options = options;
  }

  /** A datagram from a DNS server: its payload is `view`'s bytes from `start` to `end`, `isCut` where more was not captured. Never throws. */
  datagram(view: DataView, start: number, end: number, isCut: boolean, packet: Packet): void {
    this.#options.counts.seen++;
    this.#settle(this.#read(view, start, end, isCut, packet), isCut);
  }

  /** The same for a TCP segment. It may hold several messages; what goes on in the next segment is lost. */
  segment(view: DataView, start: number, end: number, isCut: boolean, packet: Packet): void {
    this.#options.counts.seen++;
    let told: Refusal | 'name' = 'cut';
    // A message that was read has twelve bytes, and a segment 64 KiB.
    for (let at = start + 2; at < end; ) {
      const messageEnd = at + view.getUint16(at - 2);
      const result = this.#read(view, at, Math.min(end, messageEnd), messageEnd > end, packet);
      if (told !== 'name' && (result === 'name' || at === start + 2)) told = result;
      if (result === 'malformed') break;
      at = messageEnd + 2;
    }
    this.#settle(told, isCut);
  }

  #settle(told: Refusal | 'name', isCut: boolean): void {
    const { counts } = this.#options;
    if (told === 'name') counts.parsed++;
    else counts.refused[told === 'cut' && !isCut ? 'incomplete' : told]++;
  }

  /** The message from `start` to `end`; of one that `isCut` there was more. */
  #read(view: DataView, start: number, end: number, isCut: boolean, packet: Packet): Refusal | 'name' {
    if (end - start < headerBytes) return isCut ? 'cut' : 'malformed';
    const flags = view.getUint16(start + 2);
    if ((flags & (responseFlag | opcodeMask)) !== responseFlag) return 'malformed';
    if ((flags & responseCodeMask) !== 0) return 'without-name';
    if (view.getUint16(start + 4) !== 1) return 'malformed';
    const nameEnd = nameEndAt(view, start + headerBytes, end);
    const answersAt = nameEnd + questionBytes;
    if (nameEnd < 0 || answersAt > end) return isCut ? 'cut' : 'malformed';
    if (view.getUint16(nameEnd + 2) !== classInternet) return 'without-name';

    const isWhole = this.#readRecords(view, start, end, answersAt);
    if (!isWhole && !isCut && (flags & truncatedFlag) === 0) return 'malformed';
    if (this.#count === 0) return isWhole || !isCut ? 'without-name' : 'cut';
    const name = nameAt(view, start + headerBytes, nameEnd);
    if (name === undefined) return 'unfit-name';
    this.#options.findings.answered(packet, name, this.#addresses, this.#count, this.#ttlSeconds);
    return 'name';
  }

  /** Takes the addresses of the name in the question, and their TTL, from the answers. False where they end too early. */
  #readRecords(view: DataView, start: number, end: number, answersAt: number): boolean {
    this.#count = 0;
    this.#ttlSeconds = Number.POSITIVE_INFINITY;
    let owner = start + headerBytes;
    let foreign = 0;
    let aliases = 0;
    let at = answersAt;
    // Each takes eleven bytes at least: the message's end comes soon enough, whatever count it states.
    for (let left = view.getUint16(start + 6); left > 0 && this.#count < mostAddresses; left--) {
      const fixedAt = nameEndAt(view, at, end);
      const dataAt = fixedAt + recordBytes;
      if (fixedAt < 0 || dataAt > end) return false;
      const dataBytes = view.getUint16(fixedAt + 8);
      if (dataAt + dataBytes > end) return false;
      const kind = view.getUint32(fixedAt);
      if (kind === address4 || kind === alias || kind === address6) {
        if (!isSameName(view, start, end, at, owner)) {
          if (++foreign > mostForeign) break;
        } else {
          // RFC 2181, 8: with the top bit set, it counts as 0.
          this.#ttlSeconds = Math.min(this.#ttlSeconds, Math.max(0, view.getInt32(fixedAt + 4)));
          if (kind === alias) {
            if (++aliases > mostAliases) break;
            owner = dataAt;
          } else if (dataBytes !== (kind === address4 ? 4 : 16)) return false;
          else this.#add(view, dataAt, dataBytes);
        }
      }
      at = dataAt + dataBytes;
    }
    return true;
  }

  /** An IPv4-mapped address is that of IPv4: to it, whoever was told it connects by IPv4. */
  #add(view: DataView, at: number, bytes: number): void {
    const addresses = this.#addresses;
    const word = 4 * this.#count++;
    const isIPv4 = bytes === 4;
    addresses[word] = isIPv4 ? 0 : view.getInt32(at, true);
    addresses[word + 1] = isIPv4 ? 0 : view.getInt32(at + 4, true);
    addresses[word + 2] = isIPv4 ? ipv4MappedWord2 : view.getInt32(at + 8, true);
    addresses[word + 3] = view.getInt32(isIPv4 ? at : at + 12, true);
  }
}
