/**
 * Messages of IPFIX around data sets (RFC 7011, 3.1):
 *
 *     version, 10 (2)   length of the message (2)   export time, seconds since the epoch (4)
 *     sequence number (4)   observation domain (4)   sets
 *
 * The sequence number counts the data records that were sent before. Neighbours of the same template become one set.
 *
 * By TCP each connection counts from 0 and is told the templates once (3.1, 8.1, 8.4). By UDP they are sent again and again,
 * and a datagram that is sent again has its number again: numbers go on when somebody says that it went out. Another socket
 * goes on counting: a collector takes any first number, since it may have missed messages, and nfcapd knows exporters by
 * their address without the port, so that it would take another start for a loss.
 *
 * Options are of no domain, and so have a message and a sequence of their own (3.1: domain 0). Besides, nfcapd does not count
 * data records of options: among flows they would be losses to it.
 */
import type { DatagramFraming } from '../framing.js';
import type { RecordRun } from '../record-run.js';

export interface IpfixFramingOptions {
  readonly over: 'udp' | 'tcp';
  /** The observation domain's number, which is not 0. */
  readonly domain: number;
  /** What goes before flows: whole sets. */
  readonly templates: Uint8Array;
  /** What tells of the exporter: whole sets with one data record. */
  readonly options: Uint8Array;
  /** Bytes of a data record, by the id of its template. */
  readonly flowBytes: ReadonlyMap<number, number>;
}

const version = 10;
const headerBytes = 16;
const setHeaderBytes = 4;
const noDomain = 0;
/** The length field has two bytes. */
const longestMessageBytes = 0xffff;

/**
 * By UDP, templates are sent again after this time and after this many messages. At first that is soon, then twice as long each
 * time: a collector can read nothing without them, and the first datagram may get lost.
 */
const firstResendMs = 1_000;
export const resendMs = 64_000;
export const resendMessages = 256;

export class IpfixFraming implements DatagramFraming {
  readonly #options: IpfixFramingOptions;
  readonly #plain = { record: 0, run: headerBytes } as const;
  readonly #declaring: DatagramFraming['overhead'];
  /** The next message gets the templates. */
  #declares = true;
  #declaredMs = Number.NEGATIVE_INFINITY;
  #resendMs = firstResendMs;
  #nowMs = 0;
  /** Since the templates were sent. */
  #messages = 0;
  /** Data records that went out. */
  #sequence = 0;
  /** Data records in what was framed last. */
  #framed = 0;
  #optionsSequence = 0;

  constructor(options: IpfixFramingOptions) {
    this.#options = options;
    const before = options.over === 'tcp' ? headerBytes + options.options.length : 0;
    this.#declaring = { record: 0, run: before + headerBytes + options.templates.length };
  }

  get overhead(): DatagramFraming['overhead'] {
    return this.#declares ? this.#declaring : this.#plain;
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#options.over === 'tcp' || this.#declares) return;
    const isDue = nowMs - this.#declaredMs >= this.#resendMs;
    if (isDue) this.#resendMs = Math.min(2 * this.#resendMs, resendMs);
    this.#declares = isDue || this.#messages >= resendMessages;
  }

  connected(): void {
    this.#declares = true;
    this.#resendMs = firstResendMs;
    if (this.#options.over === 'udp') return;
    this.#sequence = 0;
    this.#optionsSequence = 0;
  }

  sent(): void {
    this.#sequence = (this.#sequence + this.#framed) >>> 0;
    this.#framed = 0;
    this.#messages++;
    if (!this.#declares) return;
    this.#declares = false;
    this.#optionsSequence = (this.#optionsSequence + 1) >>> 0;
    this.#declaredMs = this.#nowMs;
    this.#messages = 0;
  }

  /** By UDP a message is a datagram (10.3.3). */
  preface(nowMs: number): Uint8Array | undefined {
    const { over, options } = this.#options;
    if (over === 'tcp' || !this.#declares) return undefined;
    const messages = new Messages(headerBytes + options.length);
    this.#addOptions(messages, nowMs);
    return messages.bytes;
  }

  /** One message, as long as all of it fits into one. */
  frame(run: RecordRun, nowMs: number): Uint8Array {
    const { over, templates, domain } = this.#options;
    const most = this.overhead.run + run.end - run.start;
    // Each but the last is more than half full.
    const messages = new Messages(most + headerBytes * Math.ceil(most / (longestMessageBytes / 2)));
    this.#framed = 0;
    if (over === 'tcp' && this.#declares) this.#addOptions(messages, nowMs);
    for (let record = 0; record < run.records; ) {
      messages.begin(nowMs, (this.#sequence + this.#framed) >>> 0, domain);
      if (record === 0 && this.#declares) messages.add(templates);
      record = this.#addRecords(messages, run, record);
      messages.end();
    }
    // What is written to a connection is the next that it carries.
    if (over === 'tcp') this.sent();
    return messages.bytes;
  }

  #addOptions(messages: Messages, nowMs: number): void {
    messages.begin(nowMs, this.#optionsSequence, noDomain);
    messages.add(this.#options.options);
    messages.end();
  }

  /** Adds records from this one on as far as there is room; returns the position of the next. */
  #addRecords(messages: Messages, { encoded, first, records, start }: RecordRun, from: number): number {
    const { bytes, ends } = encoded;
    let offset = from === 0 ? start : ends[first + from - 1]!;
    for (let record = from; record < records; record++) {
      const end = ends[first + record]!;
      if (!messages.hasRoomFor(end - offset)) return record;
      const id = messages.addSet(bytes, offset, end);
      this.#framed += (end - offset - setHeaderBytes) / this.#options.flowBytes.get(id)!;
      offset = end;
    }
    return records;
  }
}

/** Messages that are written one behind the other. */
class Messages {
  readonly #bytes: Buffer;
  #start = 0;
  #end = 0;
  /** Where the last set begins, and the id of its template; 0 where there is none to go on with. */
  #set = 0;
  #setId = 0;

  constructor(mostBytes: number) {
    this.#bytes = Buffer.allocUnsafe(mostBytes);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  begin(nowMs: number, sequence: number, domain: number): void {
    const bytes = this.#bytes;
    this.#start = this.#end;
    this.#setId = 0;
    bytes.writeUInt16BE(version, this.#start);
    bytes.writeUInt32BE(Math.floor(nowMs / 1000) >>> 0, this.#start + 4);
    bytes.writeUInt32BE(sequence, this.#start + 8);
    bytes.writeUInt32BE(domain, this.#start + 12);
    this.#end += headerBytes;
  }

  add(sets: Uint8Array): void {
    this.#bytes.set(sets, this.#end);
    this.#end += sets.length;
  }

  hasRoomFor(setBytes: number): boolean {
    return this.#end - this.#start + setBytes <= longestMessageBytes;
  }

  /** Adds the set that is `source`'s bytes from `offset` to `end` (exclusive); returns the id of its template. */
  addSet(source: Uint8Array, offset: number, end: number): number {
    const bytes = this.#bytes;
    const id = (source[offset]! << 8) | source[offset + 1]!;
    const goesOn = id === this.#setId;
    if (!goesOn) {
      this.#set = this.#end;
      this.#setId = id;
    }
    // A few dozen bytes: a loop takes less than a call that copies them.
    let to = this.#end;
    for (let from = goesOn ? offset + setHeaderBytes : offset; from < end; from++)
      bytes[to++] = source[from]!;
    this.#end = to;
    bytes.writeUInt16BE(to - this.#set, this.#set + 2);
    return id;
  }

  end(): void {
    this.#bytes.writeUInt16BE(this.#end - this.#start, this.#start + 2);
  }
}
