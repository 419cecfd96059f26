/**
 * The QUIC connections that began last, by addresses and ports: those whose hello is not there as a whole yet, and those of
 * which nothing more is wanted, so that nobody opens their packets again. The table has one size; a new connection takes the
 * place of the oldest.
 */
import { addressKey, type HashSeed, hash3, hashSeed } from '../../packet/hash.js';
import type { Packet } from '../../packet/packet.js';
import { TwoEnds } from '../two-ends.js';
import type { CryptoBytes } from './crypto-frames.js';
import type { ClientKeys } from './keys.js';

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
  /** Its client's packets go forward. */
  readonly ends = new TwoEnds();
  /** False where the place is empty. */
  isThere = false;
  sinceUs = 0;
  /** The ids that its client calls its server by, in a number each: the one that it made up, and the server's own. */
  firstId = 0;
  answeredId = 0;
  /** Undefined where nothing more is wanted of it. */
  waiting: Waiting | undefined;
  /** In which chain it is, and the place of the next connection in it; -1 at its end. */
  chain = 0;
  next = -1;

  knows(id: number): boolean {
    return id === this.firstId || id === this.answeredId;
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
      if (connection.ends.goesForward(packet) || connection.ends.goesBack(packet)) return connection;
      at = connection.next;
    }
    return undefined;
  }

  /** Of a client's `packet`, which is of none that is there. `firstId` is what it calls its server by. */
  add(packet: Packet, firstId: number, waiting: Waiting, timestampUs: number): Connection {
    const at = this.#added++ & (mostConnections - 1);
    this.#connections[at] ??= new Connection();
    const connection = this.#connections[at];
    if (connection.isThere) this.#unlink(connection, at);
    connection.isThere = true;
    connection.ends.become(packet);
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
    connection.isThere = false;
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
