/**
 * The QUIC connections that began last, by addresses and ports: those whose hello is not there as a whole yet, and those of
 * which nothing more is wanted, so that nobody opens their packets again. The table has one size; a new connection takes the
 * place of the oldest.
 */
import { addressKey, type HashSeed, hash3, hashSeed } from '../packet/hash.js';
import type { Packet } from '../packet/packet.js';
import type { CryptoBytes } from './quic-crypto.js';
import type { ClientKeys } from './quic-keys.js';

/** A power of two. */
const mostConnections = 1_024;
/** The latest so many of them may wait for the rest of their hello, each as long as this. */
const mostWaiting = 256;
const mostWaitUs = 2_000_000;

/** What its client's packets are opened with, and what they told so far. */
export interface Waiting {
  readonly keys: ClientKeys;
  readonly hello: CryptoBytes;
  /** How many of its datagrams there were. */
  datagrams: number;
}

/** That a connection waited in vain, with so many datagrams. */
export type GaveUp = (why: 'incomplete' | 'too-many', datagrams: number) => void;

/** One connection, in its place of the table. */
export class Connection {
  /** 0 where the place is empty. */
  family: 0 | 4 | 6 = 0;
  /** Its client's address, then its server's; words are as in Packet, and of IPv4 the first of each counts. */
  readonly #words = new Int32Array(8);
  #ports = 0;
  sinceUs = 0;
  /** The ids that its client calls its server by, in a number each: the one that it made up, and the server's own. */
  firstId = 0;
  answeredId = 0;
  /** Undefined where nothing more is wanted of it. */
  waiting: Waiting | undefined;
  /** In which chain it is, and the place of the next connection in it; -1 at its end. */
  chain = 0;
  next = -1;

  become(packet: Packet): void {
    const words = this.#words;
    this.family = packet.family;
    this.#ports = packet.ports;
    words[0] = packet.source0;
    words[1] = packet.source1;
    words[2] = packet.source2;
    words[3] = packet.source3;
    words[4] = packet.target0;
    words[5] = packet.target1;
    words[6] = packet.target2;
    words[7] = packet.target3;
  }

  knows(id: number): boolean {
    return id === this.firstId || id === this.answeredId;
  }

  /** Whether its client sent `packet` to its server. */
  isFromClient(packet: Packet): boolean {
    return packet.ports === this.#ports && this.#isBetween(packet, 0, 4);
  }

  isFromServer(packet: Packet): boolean {
    const { ports } = packet;
    return ((ports << 16) | (ports >>> 16)) === this.#ports && this.#isBetween(packet, 4, 0);
  }

  /** Whether the packet's addresses are those that begin at these words. */
  #isBetween(packet: Packet, source: number, target: number): boolean {
    const words = this.#words;
    if (packet.family !== this.family) return false;
    if (packet.source0 !== words[source] || packet.target0 !== words[target]) return false;
    if (packet.family === 4) return true;
    return (
      packet.source1 === words[source + 1] &&
      packet.source2 === words[source + 2] &&
      packet.source3 === words[source + 3] &&
      packet.target1 === words[target + 1] &&
      packet.target2 === words[target + 2] &&
      packet.target3 === words[target + 3]
    );
  }
}

export class Connections {
  /** As many as there were, at most. */
  readonly #connections: Connection[] = [];
  /** Of each chain, the place of its first connection; -1 where there is none. */
  readonly #chains = new Int16Array(mostConnections).fill(-1);
  /** Connections are numbered as they come; a number's lowest bits are its place. */
  #added = 0;
  /** None before it waits. */
  #oldestWaiting = 0;
  readonly #seed: HashSeed;
  readonly #gaveUp: GaveUp;

  /** `random`: four 32-bit integers, so that nobody can choose connections that are all in one chain. */
  constructor(random: ArrayLike<number>, gaveUp: GaveUp) {
    this.#seed = hashSeed(random);
    this.#gaveUp = gaveUp;
  }

  /** The connection that `packet` is of, in either direction. */
  find(packet: Packet): Connection | undefined {
    for (let at = this.#chains[this.#chainOf(packet)]!; at >= 0; ) {
      const connection = this.#connections[at]!;
      if (connection.isFromClient(packet) || connection.isFromServer(packet)) return connection;
      at = connection.next;
    }
    return undefined;
  }

  /** Of a client's `packet`, which is of none that is there. `firstId` is what it calls its server by. */
  add(packet: Packet, firstId: number, waiting: Waiting, timestampUs: number): Connection {
    const at = this.#added++ & (mostConnections - 1);
    this.#connections[at] ??= new Connection();
    const connection = this.#connections[at];
    if (connection.family !== 0) this.#unlink(connection, at);
    connection.become(packet);
    connection.sinceUs = timestampUs;
    connection.firstId = firstId;
    connection.answeredId = firstId;
    connection.waiting = waiting;
    connection.chain = this.#chainOf(packet);
    connection.next = this.#chains[connection.chain]!;
    this.#chains[connection.chain] = at;
    this.expire(timestampUs);
    return connection;
  }

  remove(connection: Connection): void {
    this.#unlink(connection, this.#connections.indexOf(connection));
    if (connection.waiting !== undefined) this.#giveUp(connection, connection.waiting, 'incomplete');
  }

  /** Gives up those that have waited for too long, or are too many. */
  expire(timestampUs: number): void {
    for (; this.#oldestWaiting < this.#added; this.#oldestWaiting++) {
      const at = this.#oldestWaiting & (mostConnections - 1);
      const connection = this.#connections[at]!;
      const { waiting } = connection;
      if (waiting === undefined) continue;
      // Clocks of captures go back too.
      const isLate = Math.abs(timestampUs - connection.sinceUs) > mostWaitUs;
      if (!isLate && this.#added - this.#oldestWaiting <= mostWaiting) return;
      this.#unlink(connection, at);
      this.#giveUp(connection, waiting, isLate ? 'incomplete' : 'too-many');
    }
  }

  #giveUp(connection: Connection, { datagrams }: Waiting, why: 'incomplete' | 'too-many'): void {
    connection.waiting = undefined;
    this.#gaveUp(why, datagrams);
  }

  /** Takes the connection in the place `at` out of its chain. */
  #unlink(connection: Connection, at: number): void {
    connection.family = 0;
    const first = this.#chains[connection.chain]!;
    if (first === at) {
      this.#chains[connection.chain] = connection.next;
      return;
    }
    let before = this.#connections[first]!;
    while (before.next !== at) before = this.#connections[before.next]!;
    before.next = connection.next;
  }

  /** The same for both directions. */
  #chainOf(packet: Packet): number {
    const seed = this.#seed;
    const { family, source0, target0, ports } = packet;
    const [source, target] =
      family === 4
        ? [source0, target0]
        : [
            addressKey(seed, source0, packet.source1, packet.source2, packet.source3),
            addressKey(seed, target0, packet.target1, packet.target2, packet.target3),
          ];
    const ends = hash3(seed, source, ports & 0xffff, family) + hash3(seed, target, ports >>> 16, family);
    return (ends >>> 16) & (mostConnections - 1);
  }
}
