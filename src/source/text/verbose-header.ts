/**
 * The IP header that tcpdump prints with -v. It states what the rest of the text often leaves out: the
 * protocol's number and the packet's length.
 *
 *     IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto UDP (17), length 57)
 *         10.0.0.1.40000 > 10.0.0.2.53: 1+ A? example.com. (29)
 *     IP6 (flowlabel 0x12345, hlim 64, next-header UDP (17) payload length: 37) fe80::1.40000 > fe80::2.53: …
 */
import { IPV4_HEADER_BYTES } from '../../packet/header-bytes.js';
import {
  ascii,
  type Cursor,
  closingParenthesis,
  decimalBefore,
  indexOfWord,
  readDecimal,
  soughtWord,
  startsWith,
  startsWithAny,
} from './cursor.js';

/** What a line has stated of the IP packet before its protocol is read. */
export class StatedHeader {
  /**
   * The protocol number behind the IP header; -1 where it is not stated, and for IPv6, whose extensions come
   * first.
   */
  protocol = -1;
  /** What the IP packet holds behind its header; -1 where that is not stated. */
  ipPayloadBytes = -1;

  clear(): void {
    this.protocol = -1;
    this.ipPayloadBytes = -1;
  }
}

const ipv4Opening = ascii('(tos ');
const ipv4Length = soughtWord(', length ');
const ipv4Options = ascii(', options (');
const ipv6Openings = ['(class ', '(flowlabel ', '(hlim '].map(ascii);
const ipv6Length = soughtWord(' payload length: ');
const ipv6End = ascii(') ');

/**
 * Reads the header that stands here and moves behind it; IPv4's ends its line. False where none stands here.
 */
export function readVerboseHeader(cursor: Cursor, header: StatedHeader): boolean {
  if (startsWith(cursor, ipv4Opening)) return readIPv4Header(cursor, header);
  return startsWithAny(cursor, ipv6Openings) && readIPv6Header(cursor, header);
}

function readIPv4Header(cursor: Cursor, header: StatedHeader): boolean {
  const lengthAt = indexOfWord(cursor, ipv4Length);
  if (lengthAt < 0 || cursor.bytes[lengthAt - 1] !== closingParenthesis) return false;
  const protocol = decimalBefore(cursor, lengthAt - 1);
  cursor.at = lengthAt + ipv4Length.text.length;
  const totalBytes = readDecimal(cursor);
  if (protocol < 0 || protocol > 255 || totalBytes < 0) return false;
  header.protocol = protocol;
  // The length of options is not printed; a total length of 0 means that segmentation was offloaded.
  const isKnown = totalBytes >= IPV4_HEADER_BYTES && !startsWith(cursor, ipv4Options);
  header.ipPayloadBytes = isKnown ? totalBytes - IPV4_HEADER_BYTES : -1;
  cursor.at = cursor.end;
  return true;
}

function readIPv6Header(cursor: Cursor, header: StatedHeader): boolean {
  const lengthAt = indexOfWord(cursor, ipv6Length);
  if (lengthAt < 0) return false;
  cursor.at = lengthAt + ipv6Length.text.length;
  const payloadBytes = readDecimal(cursor);
  if (payloadBytes < 0 || !startsWith(cursor, ipv6End)) return false;
  cursor.at += ipv6End.length;
  header.protocol = -1;
  header.ipPayloadBytes = payloadBytes > 0 ? payloadBytes : -1;
  return true;
}
