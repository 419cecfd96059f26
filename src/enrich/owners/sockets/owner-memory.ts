/** Remembers the owners of sockets, and says who has an end of a flow. */
import { PROTOCOL_TCP } from '../../../packet/numbers.js';
import { IS_CLIENT, IS_NEW } from '../../../record/connection-signs.js';
import type { KnownOwner } from '../../../record/owner.js';
import type { AddressHash } from '../../tables/address-hash.js';
import { ADDRESS_WORDS, CONNECTION_WORDS, type Ends, FORWARD, PAIR_WORDS } from '../../tables/ends.js';
import type { OwnerCatalog } from '../catalog.js';
import { type KnownFrom, KnownOwners, nobodyFor } from '../known-owners.js';
import { EarlierOwners, isLikelyClient, pairOf } from './earlier-owners.js';
import { KeptSockets } from './kept-sockets.js';
import type { SocketAnswer } from './socket-questions.js';
import { IS_CONNECTED, IS_MISSED, IS_OF_CLIENT, KNOWN, LISTENER, NOBODY, SOCKET } from './socket-state.js';

export interface OwnerLimits {
  /** Ends of connections whose owner is kept: more than come at a time, which is some thousands. */
  readonly mostSockets: number;
  /** Pairs of a local address and a server's address and port, whose owner may be named for a socket that was missed. */
  readonly mostPairs: number;
}

export interface OwnerMemoryOptions {
  readonly catalog: OwnerCatalog;
  readonly hash: AddressHash;
  readonly limits: OwnerLimits;
  /** Both as KeptSockets has them. */
  readonly lifeUs: number;
  readonly nowMs: () => number;
  /**
   * SYNs are watched, so a socket is missed only by chance. Without that the short connections are missed, which may all be of
   * another owner than the long ones: then no earlier owner is named.
   */
  readonly seesSyns: boolean;
}

export class OwnerMemory {
  readonly sockets: KeptSockets;
  readonly #earlier: EarlierOwners | undefined;
  readonly #catalog: OwnerCatalog;
  readonly #hash: AddressHash;
  readonly #known = new KnownOwners();
  readonly #pair = new Int32Array(CONNECTION_WORDS);

  constructor({ catalog, hash, limits, lifeUs, nowMs, seesSyns }: OwnerMemoryOptions) {
    const { mostSockets, mostPairs } = limits;
    this.#catalog = catalog;
    this.#hash = hash;
    this.sockets = new KeptSockets(mostSockets, lifeUs, nowMs);
    if (seesSyns) this.#earlier = new EarlierOwners(mostPairs, (...owners) => this.#areSame(...owners));
  }

  get evicted(): number {
    return this.sockets.evicted + (this.#earlier?.evicted ?? 0);
  }

  /** The row of the connection whose local end comes first at `at` of `ends`. */
  rowOf(ends: Ends, at: number): number {
    return this.sockets.take(this.#hashOf(ends, at), ends.words, at);
  }

  /** Takes the kernel's answer for a row, whose flow had these signs, in the window that begins at `startUs`. */
  take(row: number, answer: SocketAnswer, signs: number, startUs: number): void {
    const { sockets } = this;
    const at = sockets.keyAt(row);
    if (!answer.isFound) {
      const isFirst = sockets.missed(row, signs, startUs);
      if (!isFirst || this.#earlier === undefined || !isTcpClient(sockets.words, at, signs)) return;
      pairOf(sockets.words, at, this.#pair);
      this.#earlier.missed(this.#hashOfKey(this.#pair), this.#pair);
    } else if (sockets.found(row, answer, signs, startUs)) {
      this.#takeSighting(sockets.words, at, answer, signs);
    }
  }

  /** Takes the answer to a SYN that this host sent; see KeptSockets. `key` is one of Ends, the local end first. */
  takeEarly(key: Int32Array, answer: SocketAnswer, latestUs: number): void {
    const row = this.sockets.take(this.#hashOfKey(key), key, 0);
    if (this.sockets.foundEarly(row, answer, latestUs))
      this.#takeSighting(key, 0, answer, IS_NEW | IS_CLIENT);
  }

  /**
   * The owner of the local end that comes first at `at` of `ends`, in the window that begins at `startUs`. Where this host forwarded its
   * packets, somebody else uses the host's address: then only a connected socket counts. `isForwarded` is undefined where the
   * record has no packets from this end.
   */
  ownerOf(
    ends: Ends,
    at: number,
    signs: number,
    startUs: number,
    isForwarded: boolean | undefined,
  ): KnownOwner {
    const { words } = ends;
    const row = this.sockets.find(this.#hashOf(ends, at), words, at);
    const isBorrowed = isForwarded ?? (row < 0 ? undefined : this.sockets.wasForwarded(row));
    if (isBorrowed === true && (row < 0 || !this.sockets.has(row, IS_CONNECTED)))
      return nobodyFor['other-namespace'];
    const owner =
      (row < 0 ? undefined : this.#socketOwner(row, signs, startUs)) ??
      // Nobody stands for an end whose packets may have been forwarded.
      (isBorrowed === false ? this.#earlierOwner(words, at, signs) : undefined);
    if (owner !== undefined) return owner;
    return row >= 0 && this.sockets.has(row, KNOWN | IS_MISSED)
      ? nobodyFor['no-socket']
      : nobodyFor['not-asked'];
  }

  #takeSighting(key: Int32Array, at: number, answer: SocketAnswer, signs: number): void {
    const { cgroupId, userId } = answer;
    // An unknown control group is looked up while it still exists.
    this.#catalog.ownerOf(cgroupId, userId);
    if (this.#earlier === undefined || answer.isListener || !isTcpClient(key, at, signs)) return;
    pairOf(key, at, this.#pair);
    this.#earlier.seen(this.#hashOfKey(this.#pair), this.#pair, cgroupId, userId);
  }

  #socketOwner(row: number, signs: number, startUs: number): KnownOwner | undefined {
    const { sockets } = this;
    const known = sockets.judge(row, signs, startUs);
    const isOfClient = (signs & IS_CLIENT) !== 0 || sockets.has(row, IS_OF_CLIENT);
    if (known === NOBODY || (known === LISTENER && isOfClient)) return undefined;
    return this.#named(sockets.cgroupId(row), sockets.userId(row), known === SOCKET ? 'socket' : 'listener');
  }

  #earlierOwner(words: Int32Array, at: number, signs: number): KnownOwner | undefined {
    const earlier = this.#earlier;
    if (earlier === undefined || !isTcpClient(words, at, signs)) return undefined;
    pairOf(words, at, this.#pair);
    const row = earlier.find(this.#hashOfKey(this.#pair), this.#pair);
    return row < 0 ? undefined : this.#named(earlier.cgroupId(row), earlier.userId(row), 'earlier');
  }

  /** Undefined where neither the control group's name nor the user is known. */
  #named(cgroupId: number, userId: number, from: KnownFrom): KnownOwner | undefined {
    const owner = this.#catalog.ownerOf(cgroupId, userId);
    return userId === -1 && owner.kind === 'user' ? undefined : this.#known.of(owner, from);
  }

  /** Control groups without a name yet count as different owners. */
  #areSame(cgroupId: number, userId: number, otherCgroupId: number, otherUserId: number): boolean {
    if (cgroupId === otherCgroupId && (userId === otherUserId || userId === -1 || otherUserId === -1))
      return true;
    if (cgroupId === 0 || otherCgroupId === 0) return false;
    const owner = this.#catalog.ownerOf(cgroupId, userId);
    const other = this.#catalog.ownerOf(otherCgroupId, otherUserId);
    return owner.number === other.number && owner.cgroup !== null && other.cgroup !== null;
  }

  #hashOf({ words, sourceHash, targetHash }: Ends, at: number): number {
    const ports = words[at + PAIR_WORDS]!;
    const protocol = words[at + PAIR_WORDS + 1]!;
    if (at === FORWARD) return this.#hash.ofConnection(sourceHash, targetHash, ports, protocol);
    return this.#hash.ofConnection(targetHash, sourceHash, ports, protocol);
  }

  #hashOfKey(key: Int32Array): number {
    const local = this.#hash.of(key[0]!, key[1]!, key[2]!, key[3]!);
    const at = ADDRESS_WORDS;
    const other = this.#hash.of(key[at]!, key[at + 1]!, key[at + 2]!, key[at + 3]!);
    return this.#hash.ofConnection(local, other, key[PAIR_WORDS]!, key[PAIR_WORDS + 1]!);
  }
}

/** Whether the first end of a key is a TCP client, as far as the signs or else the ports tell. */
function isTcpClient(key: Int32Array, at: number, signs: number): boolean {
  if ((key[at + PAIR_WORDS + 1]! & 0xff) !== PROTOCOL_TCP) return false;
  return (signs & IS_NEW) === 0 ? isLikelyClient(key, at) : (signs & IS_CLIENT) !== 0;
}
