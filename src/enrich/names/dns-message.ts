/**
 * A PTR question as bytes, and what an answer to it says (RFC 1035, 3.3.12 and 4.1; RFC 2308 for negative answers).
 *
 *     0        2       4         6         8             10            12
 *     | id     | flags | questions | answers | authorities | additionals | sections …
 *
 * dns-packet encodes and decodes. Answers come from the network, so it is only given a bounded part of each: it
 * allocates what the header's four counts say, and follows as many compression pointers as a message has room for.
 */
import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet';

/** A name that is longer than 253 characters does not fit RFC 1035's 255 octets. */
export const maxHostNameCharacters = 253;

/** Of each answer so many bytes and records are looked at; 16 PTR records with their owners' names fit. */
const maxDecodedBytes = 8_192;
const maxAnswerRecords = 16;
const maxAuthorityRecords = 8;
const headerBytes = 12;

/** RFC 2181, 8: a TTL with the top bit set counts as 0. */
const maxTtlSeconds = 0x7fff_ffff;

const responseFlag = 0x8000;
const opcodeMask = 0x7800;
const truncatedFlag = 0x0200;
const responseCodeMask = 0x000f;
const noError = 0;
const nameError = 3;

export type DnsAnswer =
  /** `name` has no final dot and only letters, digits, '-', '_' and '.'. */
  | { readonly kind: 'name'; readonly name: string; readonly ttlSeconds: number }
  | { readonly kind: 'nxdomain'; readonly ttlSeconds: number | undefined }
  /** The address has no name, or ('unfit') none that can be shown. `ttlSeconds` is undefined where nothing states it. */
  | { readonly kind: 'nameless' | 'unfit'; readonly ttlSeconds: number | undefined }
  /** SERVFAIL, REFUSED and the like: the resolver lives, but cannot say. */
  | { readonly kind: 'failure' };

export type Reading =
  | DnsAnswer
  /** Answers no question that was asked. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'malformed' }
  /** Truncated, or the question's letters came back in another case than they were sent in: ask again over TCP. */
  | { readonly kind: 'over-tcp' };

export function encodeQuestion(id: number, name: string): Buffer {
  return encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: 'PTR', name }] });
}

/**
 * Gives each letter of a name the case that the next bit says. A resolver sends the question back as it came, so an
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
  const isResponse = (flags & responseFlag) !== 0 && (flags & opcodeMask) === 0;
  if (!isResponse || message.readUInt16BE(4) !== 1) return { kind: 'foreign' };
  const truncated = (flags & truncatedFlag) !== 0;
  let packet: ReturnType<typeof decode>;
  try {
    packet = decode(boundedPart(message, truncated));
  } catch {
    return { kind: 'malformed' };
  }
  const question = packet.questions?.[0];
  if (question?.type !== 'PTR' || question.class !== 'IN') return { kind: 'foreign' };
  if (question.name.toLowerCase() !== name.toLowerCase()) return { kind: 'foreign' };
  if (transport === 'udp' && (truncated || question.name !== name)) return { kind: 'over-tcp' };
  if (truncated) return { kind: 'malformed' };
  const responseCode = flags & responseCodeMask;
  if (responseCode === nameError) {
    return { kind: 'nxdomain', ttlSeconds: negativeTtlSeconds(packet.authorities ?? []) };
  }
  if (responseCode !== noError) return { kind: 'failure' };
  return pointedName(name, packet.answers ?? [], packet.authorities ?? []);
}

/** A copy of the message's first part whose counts promise no more records than are looked at. */
function boundedPart(message: Buffer, truncated: boolean): Buffer {
  const part = Buffer.from(message.subarray(0, maxDecodedBytes));
  const answers = message.readUInt16BE(6);
  const answersLeft = truncated ? 0 : Math.min(answers, maxAnswerRecords);
  const authoritiesFollow = !truncated && answersLeft === answers;
  part.writeUInt16BE(answersLeft, 6);
  part.writeUInt16BE(authoritiesFollow ? Math.min(message.readUInt16BE(8), maxAuthorityRecords) : 0, 8);
  part.writeUInt16BE(0, 10);
  return part;
}

/**
 * Follows CNAMEs (RFC 2317 delegates parts of a /24 by them) from the question's name to PTR records. Where several are
 * fit to be shown, the first in alphabetical order is: servers rotate them, and a host's name should not change with
 * every question.
 */
function pointedName(
  question: string,
  answers: readonly Answer[],
  authorities: readonly Answer[],
): DnsAnswer {
  let owner = question.toLowerCase();
  let ttlSeconds = maxTtlSeconds;
  for (let step = 0; step <= maxAnswerRecords; step++) {
    const pointers = answers.filter((answer) => answer.type === 'PTR' && owns(answer, owner));
    if (pointers.length > 0) {
      for (const pointer of pointers) ttlSeconds = Math.min(ttlSeconds, ttlOf(pointer));
      const names = pointers.map((pointer) => (pointer as { data: string }).data).filter(isFitToShow);
      const name = names.map(withoutQuestionLetters).sort()[0];
      return name === undefined ? { kind: 'unfit', ttlSeconds } : { kind: 'name', name, ttlSeconds };
    }
    const alias = answers.find((answer) => answer.type === 'CNAME' && owns(answer, owner));
    if (!alias) break;
    ttlSeconds = Math.min(ttlSeconds, ttlOf(alias));
    owner = (alias as { data: string }).data.toLowerCase();
  }
  return { kind: 'nameless', ttlSeconds: negativeTtlSeconds(authorities) };
}

function owns(answer: Answer, owner: string): boolean {
  const { class: recordClass } = answer as { class?: string };
  return recordClass === 'IN' && answer.name.toLowerCase() === owner;
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

/** RFC 2308, 5: the lesser of the SOA record's own TTL and its MINIMUM field. */
function negativeTtlSeconds(authorities: readonly Answer[]): number | undefined {
  for (const authority of authorities) {
    if (authority.type === 'SOA') return Math.min(ttlOf(authority), authority.data.minimum ?? maxTtlSeconds);
  }
  return undefined;
}

function ttlOf(answer: Answer): number {
  const { ttl = 0 } = answer as { ttl?: number };
  return ttl > maxTtlSeconds ? 0 : ttl;
}
