/**
 * A PTR question as bytes, and what an answer to it says (RFC 1035, 3.3.12 and 4.1; RFC 2308 for negative answers).
 *
 *     0        2       4         6         8             10            12
 *     | id     | flags | questions | answers | authorities | additionals | sections …
 */
import { encode, RECURSION_DESIRED } from 'dns-packet';
import { classInternet, type DnsRecord, headerBytes, readName, readRecords, types } from './dns-records.js';

/** A name that is longer than 253 characters does not fit RFC 1035's 255 octets. */
const maxHostNameCharacters = 253;

/** Aliases that are followed to a name. */
const maxAliases = 16;

const responseFlag = 0x8000;
const opcodeMask = 0x7800;
const truncatedFlag = 0x0200;
const responseCodeMask = 0x000f;
const noError = 0;
const nameError = 3;
/** What servers say instead of an answer (RFC 1035, 4.1.1; IANA, "DNS RCODEs"). */
const failureNames: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  4: 'NOTIMP',
  5: 'REFUSED',
};

export type DnsAnswer =
  /** `name` has no final dot and only letters, digits, '-', '_' and '.'. */
  | { readonly kind: 'name'; readonly name: string; readonly ttlSeconds: number }
  | { readonly kind: 'nxdomain'; readonly ttlSeconds: number | undefined }
  /** The address has no name, or ('unfit') none that can be shown. `ttlSeconds` is undefined where nothing states it. */
  | { readonly kind: 'nameless' | 'unfit'; readonly ttlSeconds: number | undefined }
  /** The resolver lives, but cannot or will not say; `reason` is its word for that: SERVFAIL, REFUSED and the like. */
  | { readonly kind: 'failure'; readonly reason: string };

export type Reading =
  | DnsAnswer
  /** Answers no question that was asked. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'malformed' }
  /** Truncated: ask again over TCP. */
  | { readonly kind: 'over-tcp' }
  /**
   * Over UDP, and does not repeat the question as it was asked: its letters have another case, or it is left out, as some
   * servers do that refuse. Perhaps forged, so that nothing else in it counts.
   */
  | { readonly kind: 'changed-question' };

/** `name` has labels of at most 63 characters. */
export function encodeQuestion(id: number, name: string): Buffer {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: 'PTR', class: 'IN', name }],
  });
}

/**
 * Gives each letter of a name the case that the next bit says. Most resolvers send the question back as it came, so an
 * answer with other letters is not trusted: a forger who sees no traffic has to guess these bits as well as the id.
 */
export function mixCase(name: string, randomBits: Uint8Array): string {
  let bit = 0;
  return name.replace(/[a-z]/g, (letter) => {
    const byte = randomBits[(bit >> 3) % randomBits.length]!;
    return (byte >> (bit++ & 7)) & 1 ? letter.toUpperCase() : letter;
  });
}

/** Reads an answer to the question for `name`. `transport` tells whether it may still send us to TCP. Never throws. */
export function readAnswer(message: Buffer, id: number, name: string, transport: 'udp' | 'tcp'): Reading {
  if (message.length < headerBytes || message.readUInt16BE(0) !== id) return { kind: 'foreign' };
  const flags = message.readUInt16BE(2);
  if ((flags & responseFlag) === 0 || (flags & opcodeMask) !== 0) return { kind: 'foreign' };
  try {
    return readResponse(message, flags, name, transport);
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'malformed' };
    throw error;
  }
}

/** Throws a RangeError where the message breaks the format's rules. */
function readResponse(message: Buffer, flags: number, name: string, transport: 'udp' | 'tcp'): Reading {
  const truncated = (flags & truncatedFlag) !== 0;
  const responseCode = flags & responseCodeMask;
  const questions = message.readUInt16BE(4);
  if (questions === 0 && responseCode !== noError) return withoutQuestion(responseCode, transport);
  if (questions !== 1) return { kind: 'foreign' };
  const question = readName(message, headerBytes);
  const isPointer = message.readUInt16BE(question.end) === types.ptr;
  const isInternet = message.readUInt16BE(question.end + 2) === classInternet;
  if (!isPointer || !isInternet || question.text.toLowerCase() !== name.toLowerCase()) {
    return { kind: 'foreign' };
  }
  if (transport === 'udp' && question.text !== name) return { kind: 'changed-question' };
  if (truncated) return { kind: transport === 'udp' ? 'over-tcp' : 'malformed' };
  if (responseCode !== noError && responseCode !== nameError) return failureOf(responseCode);
  const answers = readRecords(message, question.end + 4, message.readUInt16BE(6));
  const authoritiesAt = answers.at(-1)?.end ?? question.end + 4;
  const authorities = readRecords(message, authoritiesAt, message.readUInt16BE(8));
  return responseCode === nameError
    ? { kind: 'nxdomain', ttlSeconds: negativeTtlSeconds(message, authorities) }
    : pointedName(message, name, answers, authorities);
}

function withoutQuestion(responseCode: number, transport: 'udp' | 'tcp'): Reading {
  return transport === 'udp' ? { kind: 'changed-question' } : failureOf(responseCode);
}

function failureOf(responseCode: number): DnsAnswer {
  return { kind: 'failure', reason: failureNames[responseCode] ?? `RCODE ${responseCode}` };
}

/**
 * Follows CNAMEs (RFC 2317 delegates parts of a /24 by them) from the question's name to PTR records. Where several are
 * fit to be shown, the first in the order of their characters' codes is: servers rotate them, and a host's name should
 * not change with every question.
 */
function pointedName(
  message: Buffer,
  question: string,
  answers: readonly DnsRecord[],
  authorities: readonly DnsRecord[],
): DnsAnswer {
  let owner = question.toLowerCase();
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= maxAliases; step++) {
    const owned = answers.filter((record) => record.class === classInternet && record.owner === owner);
    const pointers = owned.filter(({ type }) => type === types.ptr);
    if (pointers.length > 0) {
      for (const pointer of pointers) ttlSeconds = Math.min(ttlSeconds, pointer.ttlSeconds);
      const name = firstFitName(pointers.map((pointer) => nameIn(message, pointer)));
      return name === undefined ? { kind: 'unfit', ttlSeconds } : { kind: 'name', name, ttlSeconds };
    }
    const alias = owned.find(({ type }) => type === types.cname);
    if (!alias) break;
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
    owner = nameIn(message, alias).toLowerCase();
  }
  return { kind: 'nameless', ttlSeconds: negativeTtlSeconds(message, authorities) };
}

/** The name that a record's data is. */
function nameIn(message: Buffer, { dataAt, end }: DnsRecord): string {
  const name = readName(message, dataAt);
  if (name.end !== end) throw new RangeError('data that is more or less than a name');
  return name.text;
}

function firstFitName(names: readonly string[]): string | undefined {
  return names.filter(isFitToShow).map(withoutQuestionLetters).sort()[0];
}

/**
 * Whoever holds an address chooses its name. Shown is only what a host's name is made of (RFC 1123, with the underscore
 * that is common), and nothing that reads as another address or as this program's own word for "no such name".
 */
function isFitToShow(name: string): boolean {
  if (name.length > maxHostNameCharacters || !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name)) return false;
  return !/(^|\.)\d+$/.test(name) && name.toUpperCase() !== 'NXDOMAIN';
}

/** A server may compress a name into the question's, whose letters have a random case: only names in .arpa can end like it. */
function withoutQuestionLetters(name: string): string {
  return /(^|\.)arpa$/i.test(name) ? name.toLowerCase() : name;
}

/** The counters in the data of a SOA record, behind its two names (RFC 1035, 3.3.13); the last is MINIMUM. */
const soaCounterBytes = 5 * 4;

/** RFC 2308, 5: the lesser of the SOA record's own TTL and its MINIMUM field. */
function negativeTtlSeconds(message: Buffer, authorities: readonly DnsRecord[]): number | undefined {
  const authority = authorities.find(({ type }) => type === types.soa);
  if (authority === undefined) return undefined;
  const { dataAt, end, ttlSeconds } = authority;
  const countersAt = readName(message, readName(message, dataAt).end).end;
  if (countersAt + soaCounterBytes !== end) throw new RangeError('a SOA record of another length');
  return Math.min(ttlSeconds, message.readUInt32BE(end - 4));
}
