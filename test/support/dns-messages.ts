/**
 * DNS answers (RFC 1035, section 4), with everything in them that a stranger can put there:
 *
 *     header  id · flags · counts of questions, answers, authorities, additionals: 2 bytes each
 *     question  name · type · class
 *     answer    name · type · class · TTL (4) · length (2) · data
 */
import { concatenate, ipv4Address, ipv6Address, uint8, uint16, uint32 } from './bytes.js';

export const typeA = 1;
export const typeCname = 5;
export const typeAaaa = 28;

export interface DnsRecord {
  /** Default: a pointer to the question's name. */
  readonly name?: Uint8Array;
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly data: Uint8Array;
  /** As stated; default: the truth. */
  readonly dataBytes?: number;
}

export interface DnsMessage {
  /** As it stands in the message: see `dnsName`. */
  readonly name: Uint8Array;
  readonly type?: number;
  readonly answers?: readonly DnsRecord[];
  readonly id?: number;
  /** Default: an answer without error, recursion desired and available. */
  readonly flags?: number;
  /** As stated; default: the truth. */
  readonly questionCount?: number;
  readonly answerCount?: number;
}

const questionAt = 12;

/** A name of labels, which may have any bytes in them: letter for letter, one byte each. */
export function dnsName(text: string): Uint8Array {
  const labels = text === '' ? [] : text.split('.');
  return concatenate(...labels.map((label) => dnsLabel(Buffer.from(label, 'latin1'))), uint8(0));
}

export const dnsLabel = (bytes: Uint8Array): Uint8Array => concatenate(uint8(bytes.length & 63), bytes);

/** RFC 1035, 4.1.4. */
export const pointerTo = (offset: number): Uint8Array => uint16(0xc000 | offset);

export function dnsMessage({ name, type = typeA, answers = [], id = 1, ...given }: DnsMessage): Uint8Array {
  const { flags = 0x8180, questionCount = 1, answerCount = answers.length } = given;
  return concatenate(
    uint16(id, flags, questionCount, answerCount, 0, 0),
    name,
    uint16(type, 1),
    ...answers.map(encodeRecord),
  );
}

function encodeRecord({ name = pointerTo(questionAt), type, class: of = 1, ttl = 300, ...rest }: DnsRecord) {
  const { data, dataBytes = data.length } = rest;
  return concatenate(name, uint16(type, of), uint32(ttl), uint16(dataBytes), data);
}

/** An A or AAAA record of the question's name, or of `name`. */
export const addressRecord = (address: string, name?: Uint8Array): DnsRecord => ({
  ...(name === undefined ? {} : { name }),
  type: address.includes(':') ? typeAaaa : typeA,
  data: address.includes(':') ? ipv6Address(address) : ipv4Address(address),
});
