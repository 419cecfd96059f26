/** What a DNS answer tells, read with names as text by what reads answers to our own questions: a reading of its own. */
import assert from 'node:assert/strict';
import { headerBytes, readName, readRecords } from '../../src/enrich/names/dns-records.js';
import { formatIPv4, formatIPv6 } from '../../src/packet/address.js';
import { typeA, typeAaaa, typeCname } from './dns-messages.js';

/** Records of other names that are read. */
const mostForeign = 4;
const mostAddresses = 64;
/** Aliases that are followed. */
const mostAliases = 16;

/**
 * "www.example.com 192.0.2.1 2001:db8::1 60 s"; "nothing"; undefined where this reader has no say: of malformed messages, and
 * of names with letters that are not ASCII, of which it does not know the case. The message is whole.
 */
export function answerText(message: Buffer): string | undefined {
  try {
    return readWhole(message);
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    return undefined;
  }
}

function readWhole(message: Buffer): string | undefined {
  const flags = message.readUInt16BE(2);
  if (flags >>> 11 !== 0b10000 || message.readUInt16BE(4) !== 1) return 'nothing';
  const question = readName(message, headerBytes);
  if ((flags & 15) !== 0 || message.readUInt16BE(question.end + 2) !== 1) return 'nothing';
  const records = readRecords(message, question.end + 4, message.readUInt16BE(6));
  let owner = question.text.toLowerCase();
  let ttl = Number.POSITIVE_INFINITY;
  let foreign = 0;
  let aliases = 0;
  const addresses: string[] = [];
  for (const { owner: of, type, class: isOf, ttlSeconds, dataAt, end } of records) {
    if (isOf !== 1 || ![typeA, typeAaaa, typeCname].includes(type)) continue;
    if (isStrange(of) || isStrange(owner)) return undefined;
    if (of !== owner) {
      if (++foreign > mostForeign) break;
      continue;
    }
    ttl = Math.min(ttl, ttlSeconds);
    if (type === typeCname) {
      if (++aliases > mostAliases) break;
      owner = readName(message, dataAt).text.toLowerCase();
    } else if (end - dataAt !== (type === typeA ? 4 : 16)) return undefined;
    else addresses.push(addressText(message.subarray(dataAt, end)));
    if (addresses.length === mostAddresses) break;
  }
  const isCompressed = question.end - headerBytes !== question.text.length + 2;
  if (addresses.length === 0 || isCompressed || !isFit(question.text)) return 'nothing';
  return `${question.text.toLowerCase()} ${addresses.join(' ')} ${ttl} s`;
}

const isStrange = (name: string): boolean => /[^\x20-\x7f]/.test(name);

function isFit(name: string): boolean {
  const hasHostLabels = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name);
  return hasHostLabels && !/(^|\.)(\d+|0x[0-9a-f]*)$/i.test(name) && !/^nxdomain$/i.test(name);
}

/** An IPv4-mapped address is that of IPv4. */
function addressText(bytes: Buffer): string {
  const isMapped = bytes.length === 16 && bytes.toString('hex', 0, 12) === '00000000000000000000ffff';
  const words = Int32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(4 * at));
  if (bytes.length === 4 || isMapped) return formatIPv4(words.at(-1)!);
  return formatIPv6(words[0]!, words[1]!, words[2]!, words[3]!);
}
