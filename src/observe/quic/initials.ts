/**
 * The server's name in the first packets of a QUIC connection (RFC 9001 and RFC 9369): its client's Initials, opened and put
 * together.
 *
 * Whoever listens can open them, for their keys follow from the connection id that the client made up for its first packet. When
 * the server has answered, the client calls it by the server's own id and keeps the keys; so the keys of those whose hello is not
 * there as a whole are kept. After a Retry they follow from the id that the server sent, which is the one in the packet again.
 */
import type { Packet } from '../../packet/packet.js';
import type { ObserverCounts } from '../counts.js';
import type { Findings, Refusal } from '../findings.js';
import { PerSecond } from '../per-second.js';
import { readClientHello } from '../tls-hello.js';
import { type Connection, Connections, type Waiting } from './connections.js';
import { CryptoBytes, readCryptoFrames } from './crypto-frames.js';
import { LongHeader, readBounds, readIds } from './header.js';
import { bytesOf, ClientKeys } from './keys.js';

export interface QuicOptions {
  readonly findings: Findings;
  readonly counts: ObserverCounts;
  /** Connections that are opened in one second of packet time, at most. */
  readonly mostPerSecond: number;
}

/** RFC 9000, 14.1: whoever gets an Initial in a shorter datagram drops it. */
export const leastDatagramBytes = 1_200;
/** RFC 9000, 7.2: the id that a client makes up for its server is no shorter. */
const leastFirstIdBytes = 8;
/** Packets of one datagram that are looked at. */
const mostPackets = 4;
/** Further packets that may be opened for each connection that may: most hellos are in two. */
const furtherPackets = 2;

/** One that begins with an Initial. */
interface Datagram {
  /** Its payload goes from `start` to `wholeEnd`, and was captured up to `end`. */
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly wholeEnd: number;
  readonly packet: Packet;
  readonly timestampUs: number;
}

export class QuicInitials {
  readonly #findings: Findings;
  readonly #counts: ObserverCounts;
  /** Undefined before the first Initial. */
  #connections: Connections | undefined;
  readonly #first: PerSecond;
  readonly #further: PerSecond;
  /** Of the packet that is looked at. */
  readonly #header = new LongHeader();

  constructor({ findings, counts, mostPerSecond }: QuicOptions) {
    this.#findings = findings;
    this.#counts = counts;
    this.#first = new PerSecond(mostPerSecond);
    this.#further = new PerSecond(furtherPackets * mostPerSecond);
  }

  /**
   * To be called with each datagram that may be an Initial: its payload is `view`'s bytes from `start` to `end`, as far as it was
   * captured. What a server sent, and what comes after a connection's name is known, does not count as seen. Never throws.
   */
  look(view: DataView, start: number, end: number, packet: Packet, timestampUs: number): void {
    const header = this.#header;
    if (packet.payloadBytes < leastDatagramBytes) return;
    if (!readIds(view, start, end, header) || !header.isInitial) return;
    this.#connections ??= this.#newConnections();
    this.#connections.expire(timestampUs);
    const connection = this.#connections.find(packet);
    if (connection !== undefined && !connection.ends.goesForward(packet)) {
      connection.answeredId = numberOf(view, header.sourceId, header.sourceIdBytes);
      return;
    }
    const id = numberOf(view, header.targetId, header.targetIdBytes);
    const mayBeFirst = header.targetIdBytes >= leastFirstIdBytes && connection?.knows(id) !== true;
    if (!mayBeFirst && connection?.waiting === undefined) return;
    this.#counts.seen++;
    const wholeEnd = start + packet.payloadBytes;
    const datagram = { view, start, end: Math.min(end, wholeEnd), wholeEnd, packet, timestampUs };
    this.#counts.waiting++;
    const refusal = this.#read(datagram, connection, mayBeFirst ? id : undefined);
    if (refusal !== undefined) this.#settle(refusal, 1);
  }

  #newConnections(): Connections {
    const { randomBytes } = process.getBuiltinModule('node:crypto');
    const random = new Int32Array(Uint8Array.from(randomBytes(16)).buffer);
    return new Connections(random, (why, datagrams) => this.#settle(why, datagrams));
  }

  /** So many datagrams wait no more. */
  #settle(fate: 'parsed' | Refusal, datagrams: number): void {
    const counts = this.#counts;
    counts.waiting -= datagrams;
    if (fate === 'parsed') counts.parsed += datagrams;
    else counts.refused[fate] += datagrams;
  }

  /**
   * Undefined where the datagram is a connection's, and has that one's fate; else why it is not. `firstId` is undefined where it
   * cannot be that of a client's first packet.
   */
  #read(
    datagram: Datagram,
    connection: Connection | undefined,
    firstId: number | undefined,
  ): Refusal | undefined {
    const { view, end, wholeEnd } = datagram;
    const header = this.#header;
    if (!readBounds(view, end, header)) return end < wholeEnd ? 'cut' : 'malformed';
    if (header.end > end) return header.end > wholeEnd ? 'malformed' : 'cut';
    if (connection?.waiting !== undefined) {
      const refusal = this.#openFurther(datagram, connection, connection.waiting);
      if (refusal !== 'not-opened') return refusal;
    }
    return firstId === undefined ? 'not-opened' : this.#openFirst(datagram, connection, firstId);
  }

  /** By the keys of a connection that waits. */
  #openFurther(datagram: Datagram, connection: Connection, waiting: Waiting): Refusal | undefined {
    if (!this.#further.take(datagram.timestampUs)) return 'too-many';
    const frames = waiting.keys.open(datagram.view, datagram.start, this.#header);
    if (frames === undefined) return 'not-opened';
    this.#readFrames(datagram, frames, connection, waiting);
    return undefined;
  }

  /** By keys of its own. `known` is the connection that has had its addresses and ports so far. */
  #openFirst(datagram: Datagram, known: Connection | undefined, firstId: number): Refusal | undefined {
    const { view, start, packet, timestampUs } = datagram;
    if (!this.#first.take(timestampUs)) return 'too-many';
    const { version, targetId, targetIdBytes } = this.#header;
    const keys = new ClientKeys(version!, bytesOf(view, targetId, targetIdBytes).slice());
    const frames = keys.open(view, start, this.#header);
    if (frames === undefined) {
      // Its server's answer was not seen: this is what the client calls it by now.
      if (known !== undefined) known.answeredId = firstId;
      return 'not-opened';
    }
    const connections = this.#connections!;
    if (known !== undefined) connections.remove(known);
    const waiting = { keys, hello: new CryptoBytes(), datagrams: 0 };
    const connection = connections.add(packet, firstId, waiting, timestampUs);
    this.#readFrames(datagram, frames, connection, waiting);
    return undefined;
  }

  /** The frames of a datagram's first packet, which the connection's keys opened, and those of the packets behind it. */
  #readFrames(datagram: Datagram, frames: Uint8Array, connection: Connection, waiting: Waiting): void {
    waiting.datagrams++;
    const fate = this.#collect(datagram, frames, waiting) ?? this.#readHello(datagram.packet, waiting.hello);
    if (fate === undefined) return;
    connection.waiting = undefined;
    this.#settle(fate, waiting.datagrams);
  }

  /** Undefined where all went well. */
  #collect(
    { view, end, timestampUs }: Datagram,
    firstFrames: Uint8Array,
    { keys, hello }: Waiting,
  ): Refusal | undefined {
    const header = this.#header;
    let frames: Uint8Array | undefined = firstFrames;
    for (let left = mostPackets; left > 0; left--) {
      const refusal = frames && readCryptoFrames(frames, hello);
      if (refusal !== undefined) return refusal;
      const start = header.end;
      if (!readIds(view, start, end, header)) return undefined;
      if (!readBounds(view, end, header) || header.end > end) return undefined;
      const isOpened = header.isInitial && this.#further.take(timestampUs);
      frames = isOpened ? keys.open(view, start, header) : undefined;
    }
    return undefined;
  }

  /** Undefined where the name is not there yet. */
  #readHello(packet: Packet, { view, wholeBytes }: CryptoBytes): 'parsed' | Refusal | undefined {
    const hello = readClientHello(view, 0, wholeBytes);
    if (hello.kind === 'more') return undefined;
    if (hello.kind === 'refused' && hello.why !== 'unfit-name') return hello.why;
    // Even where it is not shown, it is not what an earlier connection of the same ports asked for.
    this.#findings.asked(packet, hello.kind === 'name' ? hello.name : null);
    if (hello.kind === 'refused') return hello.why;
    return hello.kind === 'name' ? 'parsed' : 'without-name';
  }
}

/** A connection id as one number (FNV-1a): two of one connection are the same by chance once in 2^32. */
function numberOf(view: DataView, start: number, bytes: number): number {
  let number = 0x811c9dc5;
  for (let at = start; at < start + bytes; at++) number = Math.imul(number ^ view.getUint8(at), 0x01000193);
  return number;
}
