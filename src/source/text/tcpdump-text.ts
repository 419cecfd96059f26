/**
 * The text that tcpdump prints, as a capture format: what `tcpdump -nn -tttt` pipes in, or wrote to a file
 * earlier.
 *
 * Addresses and ports must be numbers (-nn); every way to print the time, -e, -q, -v, -x and -X, and `-i any`
 * are understood. Not -A: it prints what others sent as it came, line feeds included, so that anybody who can
 * send this host a packet could write lines that look like packets.
 */
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { type Outcome, outcomeNumber, PACKET } from '../../packet/packet.js';
import { Chunk } from '../files/chunk.js';
import type { CaptureFormat } from '../files/input.js';
import { type FrameReceiver, SourceError, type TimestampUs } from '../source.js';
import { lineFeed } from './cursor.js';
import { LineReader, NO_PACKET } from './line.js';
import { StampReader } from './stamp.js';
import { looksLikeTcpdump } from './start.js';
import { hostLocalTime, nodeLocalTime } from './time-zone.js';

const NOT_UNDERSTOOD = outcomeNumber('text-line-not-understood');

/**
 * The longest that stands before a line's first word: a number (-#) and a date. A pipe need not wait for
 * more.
 */
const headBytes = '    1  2016-09-08 23:28:29.073292123 '.length;

/**
 * With -v, names of 65,535 bytes are printed in full; beyond this a line counts as one that was not
 * understood.
 */
export const mostLineBytes = 131_072;

const noTunnels =
  '--tunnels inner: tcpdump prints what tunnels carry in too many ways; write packets in place of text: tcpdump -U -w - … | pcap-agg';

/**
 * `nowUs` is the wall clock. It dates packets whose lines have no date. Of a live pipe nobody asks what its
 * lines state, so nobody need be told where that is doubtful.
 */
export function tcpdumpText(nowUs: () => TimestampUs, isLive = false): CaptureFormat {
  return {
    name: 'tcpdump text',
    headBytes,
    recognises: looksLikeTcpdump,
    async read(input, receiver, { stopped, warn, tunnels }) {
      if (tunnels === 'inner') throw new SourceError('usage', `${input.name}: ${noTunnels}`);
      const chunk = new Chunk(input);
      const localTime = isLive ? nodeLocalTime : hostLocalTime((reason) => warn(`${input.name}: ${reason}`));
      const stamps = new StampReader(nowUs, localTime);
      const text = new TextReader(stamps, (line) => warn(notUnderstoodWarning(input.name, line)));
      while (!stopped()) {
        const count = await chunk.fill();
        if (count === 0) break;
        stamps.bytesArrived();
        for (;;) {
          const advancing = text.deliverLines(chunk, receiver);
          if (!advancing) break;
          await advancing;
        }
        // Bytes that are already there are handed on without waiting, so timers would never have their turn.
        await eventLoopTurn();
      }
      if (!stopped()) await text.deliverLast(chunk, receiver);
      const { packetsWithoutLength } = text;
      if (packetsWithoutLength > 0) warn(withoutLengthWarning(input.name, packetsWithoutLength));
    },
  };
}

const notUnderstoodWarning = (name: string, line: number): string =>
  `${name}: line ${line} is not understood, and others like it are only counted; ` +
  'tcpdump must print numbers (-nn) and see whole headers (no small -s)';

const withoutLengthWarning = (name: string, count: number): string =>
  `${name}: ${count} ${count === 1 ? 'packet was' : 'packets were'} printed without a length and counted with length 0; ` +
  'tcpdump -q or -v states more of them, and reading packets instead of text (-i, or -r with what -w wrote) all';

/** Finds the lines in a chunk and hands their packets on. */
class TextReader {
  packetsWithoutLength = 0;
  readonly #stamps: StampReader;
  readonly #line: LineReader;
  readonly #firstNotUnderstood: (line: number) => void;
  #linesRead = 0;
  #allUnderstood = true;
  /** How many bytes from the chunk's start on are known to have no line feed. */
  #searchedBytes = 0;
  /** The line at the chunk's start is too long; it has been counted, and its bytes go by unread. */
  #tooLong = false;

  constructor(stamps: StampReader, firstNotUnderstood: (line: number) => void) {
    this.#stamps = stamps;
    this.#line = new LineReader(stamps);
    this.#firstNotUnderstood = firstNotUnderstood;
  }

  /**
   * Hands on every line that is whole in `chunk`. Returns undefined where it needs more bytes, or a promise
   * after which it is to be called again.
   */
  deliverLines(chunk: Chunk, receiver: FrameReceiver): Promise<void> | undefined {
    const { bytes, end } = chunk;
    // The same bytes: Buffer's own search takes a third of the time.
    const searchable = Buffer.from(bytes.buffer, 0, end);
    for (;;) {
      const start = chunk.start;
      const lineEnd = searchable.indexOf(lineFeed, start + this.#searchedBytes);
      if (lineEnd < 0) break;
      this.#searchedBytes = 0;
      chunk.start = lineEnd + 1;
      const advancing = this.#deliver(bytes, start, lineEnd, receiver);
      if (advancing) return advancing;
    }
    this.#searchedBytes = end - chunk.start;
    if (this.#searchedBytes > mostLineBytes) {
      if (!this.#tooLong) this.#undecoded(NOT_UNDERSTOOD, receiver);
      this.#tooLong = true;
      this.#searchedBytes = 0;
      chunk.start = end;
    }
    return undefined;
  }

  /**
   * Hands on a last line without a line feed, if it is complete as far as one can tell: it states a length.
   */
  async deliverLast(chunk: Chunk, receiver: FrameReceiver): Promise<void> {
    const { bytes, start, end } = chunk;
    if (end > start && !this.#tooLong) {
      this.#linesRead++;
      bytes[end] = lineFeed;
      const outcome = this.#line.read(bytes, start, end);
      if (outcome === PACKET && this.#line.statesLength) await this.#deliverPacket(receiver);
      else if (outcome !== NO_PACKET)
        this.#undecoded(outcome === PACKET ? NOT_UNDERSTOOD : outcome, receiver);
    }
    this.#line.end();
    this.#countBrokenOff(receiver);
  }

  #deliver(
    bytes: Uint8Array,
    start: number,
    end: number,
    receiver: FrameReceiver,
  ): Promise<void> | undefined {
    this.#linesRead++;
    if (this.#tooLong) {
      this.#tooLong = false;
      return undefined;
    }
    const outcome = end - start > mostLineBytes ? NOT_UNDERSTOOD : this.#line.read(bytes, start, end);
    if (this.#line.packetsBrokenOff > 0) this.#countBrokenOff(receiver);
    if (outcome === PACKET) return this.#deliverPacket(receiver);
    if (outcome !== NO_PACKET) this.#undecoded(outcome, receiver);
    return undefined;
  }

  #deliverPacket(receiver: FrameReceiver): Promise<void> | undefined {
    if (!this.#line.statesLength) this.packetsWithoutLength++;
    return this.#handOn(receiver);
  }

  #handOn(receiver: FrameReceiver): Promise<void> | undefined {
    const { timestampUs } = this.#stamps;
    if (timestampUs >= receiver.windowEndUs || timestampUs < receiver.windowStartUs) {
      const advancing = receiver.advance(timestampUs);
      if (advancing) return advancing.then(() => this.#handOn(receiver));
    }
    receiver.packet(this.#line.packet, timestampUs);
    return undefined;
  }

  #countBrokenOff(receiver: FrameReceiver): void {
    for (; this.#line.packetsBrokenOff > 0; this.#line.packetsBrokenOff--) {
      this.#undecoded(NOT_UNDERSTOOD, receiver);
    }
  }

  #undecoded(outcome: Outcome, receiver: FrameReceiver): void {
    receiver.undecoded(outcome);
    if (outcome !== NOT_UNDERSTOOD || !this.#allUnderstood) return;
    this.#allUnderstood = false;
    this.#firstNotUnderstood(this.#linesRead);
  }
}
