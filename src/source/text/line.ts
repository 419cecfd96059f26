/**
 * One line of tcpdump's text:
 *
 *     [time] [interface way] [link header] IP addresses: protocol …
 *
 * tcpdump prints one line a packet, and lets it start at the left edge. Whatever belongs to the packet before
 * is indented, but for three things: -ttt puts a space before the time, -v the addresses on a line of their
 * own, and the content of a few tunnels stands at the left edge, without a time.
 */
import { NOT_IP, type Outcome, outcomeNumber, PACKET, Packet } from '../../packet/packet.js';
import { readAddresses } from './addresses.js';
import {
  ascii,
  Cursor,
  carriageReturn,
  indexOfByte,
  indexOfWord,
  openingBracket,
  skip,
  skipSpaces,
  soughtWord,
  space,
  startsWith,
  startsWithAny,
  tab,
} from './cursor.js';
import { skipExtensions } from './extensions.js';
import { isInterfaceColumn, linkWord, mostLinkWords } from './link-words.js';
import { LENGTH_NOT_STATED } from './payload-bytes.js';
import { readProtocol, UNCOUNTABLE } from './protocol.js';
import type { StampReader } from './stamp.js';
import { isMessage, skipPacketNumber } from './start.js';
import { contentFollows, isTunnel } from './tunnels.js';
import { readVerboseHeader, StatedHeader } from './verbose-header.js';

const NOT_UNDERSTOOD = outcomeNumber('text-line-not-understood');

/** Stands in place of an outcome for a line that is no packet's first: it counts as nothing. */
export const NO_PACKET = -1;

const ip = ascii('IP ');
const ip6 = ascii('IP6 ');
const truncatedIp = ascii('truncated-ip');
const invalid = soughtWord(' (invalid) ');
const exclamationMark = 0x21;
const greaterThan = 0x3e;
/** Before what belongs to the packet before: MPLS's content, IPv4's addresses. */
const tabIndent = ascii('\t');
const verboseIndent = ascii('    ');
/** What tcpdump prints of content that it does not know, and of every packet with -x. */
const hexdump = ascii('\t0x');
/**
 * What starts a frame's line with a space where no time does: one that was captured too short, and PPPoE of
 * another version.
 */
const spacedOpenings = [' [|', ' [ver ', ' [type '].map(ascii);

export class LineReader {
  /** Of the last line that was a packet. Filled again and again. */
  readonly packet = new Packet();
  /** Whether that line stated a length; its packet has a length of 0 otherwise. */
  statesLength = false;
  /**
   * How many packets' lines went no further than their link header; counted here, since a line has one
   * outcome.
   */
  packetsBrokenOff = 0;
  readonly #stamps: StampReader;
  readonly #cursor = new Cursor();
  readonly #header = new StatedHeader();
  /** Whether packets' lines start with a time here; undefined before the first of them. */
  #stamped: boolean | undefined;
  /** Whether the line that is being read has announced IP. */
  #isIp = false;
  /**
   * The line before ended before the addresses, which are to follow, indented: behind -v's IPv4 and MPLS
   * headers.
   */
  #unfinished = false;
  /** The last packet is a tunnel's, so that indented lines may be its content. */
  #isTunnel = false;
  /** The line before was that of a tunnel whose content starts at the left edge of the next line. */
  #contentFollows = false;

  constructor(stamps: StampReader) {
    this.#stamps = stamps;
  }

  /**
   * Reads the line from `start` to `end`, where its terminator is. Returns what became of its packet, or
   * NO_PACKET. The packet's time is then that of the StampReader.
   */
  read(bytes: Uint8Array, start: number, end: number): Outcome | typeof NO_PACKET {
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.at = start;
    cursor.end = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    if (cursor.end === start) return NO_PACKET;
    if (this.#unfinished) {
      this.#unfinished = false;
      if (startsWith(cursor, hexdump)) return NOT_IP;
      // -# indents the numbers of packets as well.
      const isNumbered = skipPacketNumber(cursor);
      cursor.at = start;
      if (!isNumbered && (skip(cursor, tabIndent) || skip(cursor, verboseIndent))) return this.#readWords();
      this.packetsBrokenOff++;
    }
    return bytes[start] === tab ? this.#readIndented() : this.#readLine();
  }

  /** To be called at the end of the text. */
  end(): void {
    if (this.#unfinished) this.packetsBrokenOff++;
    this.#unfinished = false;
  }

  #readLine(): Outcome | typeof NO_PACKET {
    const cursor = this.#cursor;
    const isIndented = cursor.bytes[cursor.at] === space && !startsWithAny(cursor, spacedOpenings);
    if (this.#stamps.read(cursor)) return this.#startPacket(true);
    const isNumbered = skipPacketNumber(cursor);
    if (isNumbered && this.#stamps.read(cursor)) return this.#startPacket(true);
    if (isIndented && !isNumbered) return this.#readIndented();
    if (isMessage(cursor)) return NO_PACKET;
    if (this.#contentFollows) return this.#readContent();
    if (this.#stamped) return NOT_UNDERSTOOD;
    return this.#startPacket(false);
  }

  #startPacket(isStamped: boolean): Outcome | typeof NO_PACKET {
    this.#stamped = isStamped;
    this.#isTunnel = false;
    return this.#readPacket();
  }

  /** What is indented belongs to the packet before. */
  #readIndented(): typeof NO_PACKET {
    if (!this.#isTunnel || this.#contentFollows) return NO_PACKET;
    skip(this.#cursor, tabIndent);
    skipSpaces(this.#cursor);
    return this.#readContent();
  }

  /**
   * Reads a tunnel's content only to learn whether content of its own starts at the left edge of the next
   * line.
   */
  #readContent(): typeof NO_PACKET {
    this.#readPacket();
    this.#unfinished = false;
    return NO_PACKET;
  }

  #readPacket(): Outcome | typeof NO_PACKET {
    const cursor = this.#cursor;
    this.#contentFollows = false;
    this.#header.clear();
    this.#isIp = skip(cursor, ip) || skip(cursor, ip6);
    if (this.#isIp && readAddresses(cursor, this.packet)) return this.#readPayload();
    return this.#readWords();
  }

  /** Goes through the words before the addresses. */
  #readWords(): Outcome | typeof NO_PACKET {
    const cursor = this.#cursor;
    for (let count = 0; count < mostLinkWords; count++) {
      skipSpaces(cursor);
      if (cursor.at === cursor.end) {
        this.#unfinished = true;
        return NO_PACKET;
      }
      const wordEnd = indexOfByte(cursor, space);
      const isSource = cursor.bytes[wordEnd + 1] === greaterThan;
      if (isSource && readAddresses(cursor, this.packet)) return this.#readPayload();
      const word = linkWord(cursor, wordEnd);
      if (word === 'foreign') {
        if (readVerboseHeader(cursor, this.#header) || (this.#isIp && skipRemark(cursor))) continue;
        if (!(count === 0 && isInterfaceColumn(cursor))) return this.#readForeignWord();
      }
      this.#isIp ||= word === 'ip';
      cursor.at = wordEnd;
    }
    return NOT_UNDERSTOOD;
  }

  /**
   * "[|ether]" was captured too short, and "[Invalid header: …" cannot be; whatever else is here is not IP.
   */
  #readForeignWord(): Outcome {
    const isCut = this.#cursor.bytes[this.#cursor.at] === openingBracket;
    return this.#isIp || isCut ? NOT_UNDERSTOOD : NOT_IP;
  }

  #readPayload(): Outcome {
    const { packet } = this;
    const cursor = this.#cursor;
    const header = this.#header;
    const hasExtensions = packet.family === 6 && packet.hasPorts === 0;
    const isLaterFragment = hasExtensions && skipExtensions(cursor, packet, header);
    skipSpaces(cursor);
    this.#isTunnel = isTunnel(cursor);
    const bytes = isLaterFragment ? header.ipPayloadBytes : readProtocol(cursor, packet, header);
    if (bytes === UNCOUNTABLE) return NOT_UNDERSTOOD;
    this.#contentFollows = contentFollows(cursor);
    this.statesLength = bytes !== LENGTH_NOT_STATED;
    packet.payloadBytes = this.statesLength ? bytes : 0;
    return PACKET;
  }
}

/** "truncated-ip - 36 bytes missing! ", or since 4.99.4 "[total length 84 > length 60] (invalid) ". */
function skipRemark(cursor: Cursor): boolean {
  const { bytes, end } = cursor;
  if (startsWith(cursor, truncatedIp)) {
    const at = indexOfByte(cursor, exclamationMark);
    if (at === end) return false;
    cursor.at = bytes[at + 1] === space ? at + 2 : at + 1;
    return true;
  }
  if (bytes[cursor.at] !== openingBracket) return false;
  const at = indexOfWord(cursor, invalid);
  if (at < 0) return false;
  cursor.at = at + invalid.text.length;
  return true;
}
