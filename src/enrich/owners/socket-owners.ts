/** Asks for the sockets of connections, keeps whose they are, and says so. */

import { IS_CLIENT, IS_NEW } from '../../record/connection-signs.js';
import type { KnownOwner } from '../../record/owner.js';
import type { AddressHash } from '../tables/address-hash.js';
import { ADDRESS_WORDS, CONNECTION_WORDS, type Ends, FORWARD, PAIR_WORDS } from '../tables/ends.js';
import type { OwnerCatalog } from './catalog.js';
import { EarlierOwners, isLikelyClient, pairOf } from './earlier-owners.js';
import { KeptSockets, LISTENER, NOBODY, SOCKET } from './kept-sockets.js';
import { type KnownFrom, KnownOwners, nobodyFor } from './known-owners.js';
import { type LookUpSockets, SocketAnswer, SocketQuestions } from './socket-questions.js';

export interface OwnerLimits {
  /** Connections whose sockets are kept. At least as many as are asked for at a time. */
  readonly mostSockets: number;
  /** Addresses of this host with ports of others, whose owners may stand for one that was not seen. */
  readonly mostPairs: number;
}

/** What they do with the answers. */
export interface SocketCounts {
  asked: number;
  sockets: number;
  listeners: number;
  missed: number;
  unanswered: number;
}

export interface SocketOwnersOptions {
  readonly lookUp: LookUpSockets;
  readonly catalog: OwnerCatalog;
  readonly hash: AddressHash;
  readonly counts: SocketCounts;
  readonly limits: OwnerLimits;
  /** How long an answer serves a connection that goes on, in microseconds. */
  readonly lifeUs: number;
}

/** So many sockets are asked for in one call of the addon's. */
const mostAtOnce = 1_024;

export class SocketOwners {
  readonly #lookUp: LookUpSockets;
  readonly #catalog: OwnerCatalog;
  readonly #hash: AddressHash;
  readonly #counts: SocketCounts;
  readonly #lifeUs: number;
  readonly #sockets: KeptSockets;
  readonly #earlier: EarlierOwners;
  readonly #known = new KnownOwners();
  readonly #questions: SocketQuestions;
  /** Of each question. */
  readonly #rows: Int32Array;
  readonly #signs: Uint8Array;
  readonly #starts: Float64Array;
  readonly #answer = new SocketAnswer();
  readonly #pair = new Int32Array(CONNECTION_WORDS);

  constructor({ lookUp, catalog, hash, counts, limits, lifeUs }: SocketOwnersOptions) {
    const { mostSockets, mostPairs } = limits;
    this.#lookUp = lookUp;
    this.#catalog = catalog;
    this.#hash = hash;
    this.#counts = counts;
    this.#lifeUs = lifeUs;
    const most = Math.min(mostAtOnce, mostSockets);
    this.#questions = new SocketQuestions(most);
    this.#rows = new Int32Array(most);
    this.#signs = new Uint8Array(most);
    this.#starts = new Float64Array(most);
    this.#sockets = new KeptSockets(mostSockets);
    this.#earlier = new EarlierOwners(mostPairs, (...owners) => this.#areSame(...owners));
  }

  get held(): number {
    return this.#sockets.size;
  }

  get evicted(): number {
    return this.#sockets.evicted + this.#earlier.evicted;
  }

  /** The end that comes first at `at` of `ends` is this host's. Its socket is asked for with the next `askAll`, at the latest. */
  ask(ends: Ends, at: number, interfaceIndex: number, signs: number, startUs: number): void {
    const row = this.#sockets.take(this.#hashOf(ends, at), ends.words, at);
    if (!this.#sockets.isDue(row, startUs)) return;
    const questions = this.#questions;
    this.#rows[questions.count] = row;
    this.#signs[questions.count] = signs;
    this.#starts[questions.count] = startUs;
    questions.add(ends.words, at, interfaceIndex);
    this.#sockets.asked(row);
    if (questions.count === this.#rows.length) this.askAll();
  }

  askAll(): void {
    const questions = this.#questions;
    const { count } = questions;
    if (count === 0) return;
    const isAnswered = this.#lookUpAll();
    for (let question = 0; question < count; question++) {
      const row = this.#rows[question]!;
      if (!isAnswered) this.#sockets.unanswered(row);
      else this.#take(row, question);
    }
    questions.count = 0;
  }

  /** Who has the end that comes first at `at` of `ends`, which is this host's, in the window that begins at `startUs`. */
  ownerOf(ends: Ends, at: number, signs: number, startUs: number): KnownOwner {
    const sockets = this.#sockets;
    const { words } = ends;
    const row = sockets.find(this.#hashOf(ends, at), words, at);
    const owner =
      (row < 0 ? undefined : this.#socketOwner(row, signs, startUs)) ??
      (this.#isClient(words, at, signs) ? this.#earlierOwner(ends, at) : undefined);
    if (owner !== undefined) return owner;
    return row >= 0 && sockets.isAnswered(row) ? nobodyFor['no-socket'] : nobodyFor['not-asked'];
  }

  #socketOwner(row: number, signs: number, startUs: number): KnownOwner | undefined {
    const sockets = this.#sockets;
    const known = sockets.knownIn(row, signs, startUs, this.#lifeUs);
    if (known === NOBODY || (known === LISTENER && (signs & IS_CLIENT) !== 0)) return undefined;
    return this.#named(sockets.cgroupId(row), sockets.userId(row), known === SOCKET ? 'socket' : 'listener');
  }

  #lookUpAll(): boolean {
    const { count } = this.#questions;
    this.#counts.asked += count;
    try {
      this.#questions.ask(this.#lookUp);
      return true;
    } catch {
      // There is no memory for it now, or the kernel does not have it. Later ones may have an answer.
      this.#counts.unanswered += count;
      return false;
    }
  }

  #take(row: number, question: number): void {
    const answer = this.#answer;
    const signs = this.#signs[question]!;
    const startUs = this.#starts[question]!;
    this.#questions.readAnswer(question, answer);
    // Whoever listens at a client's port has come after the client had left it.
    if (answer.isFound && !(answer.isListener && (signs & IS_CLIENT) !== 0))
      this.#takeFound(row, answer, signs, startUs);
    else this.#takeMissed(row, signs, startUs);
  }

  #takeFound(row: number, answer: SocketAnswer, signs: number, startUs: number): void {
    const sockets = this.#sockets;
    if (answer.isListener) this.#counts.listeners++;
    else this.#counts.sockets++;
    if (!sockets.found(row, answer, signs, startUs)) return;
    const { cgroupId, userId } = answer;
    // Whoever names control groups looks this one up while it is there.
    this.#catalog.ownerOf(cgroupId, userId);
    const at = sockets.keyAt(row);
    if (answer.isListener || !this.#isClient(sockets.words, at, signs)) return;
    pairOf(sockets.words, at, this.#pair);
    this.#earlier.seen(this.#hashOfPair(), this.#pair, cgroupId, userId);
  }

  #takeMissed(row: number, signs: number, startUs: number): void {
    const sockets = this.#sockets;
    this.#counts.missed++;
    const at = sockets.keyAt(row);
    if (!sockets.missed(row, signs, startUs) || !this.#isClient(sockets.words, at, signs)) return;
    pairOf(sockets.words, at, this.#pair);
    this.#earlier.missed(this.#hashOfPair(), this.#pair);
  }

  #earlierOwner({ words }: Ends, at: number): KnownOwner | undefined {
    if (this.#earlier.size === 0) return undefined;
    pairOf(words, at, this.#pair);
    const row = this.#earlier.find(this.#hashOfPair(), this.#pair);
    if (row < 0) return undefined;
    return this.#named(this.#earlier.cgroupId(row), this.#earlier.userId(row), 'earlier');
  }

  /** Undefined where the control group has no name yet, and the user is not known. */
  #named(cgroupId: number, userId: number, from: KnownFrom): KnownOwner | undefined {
    const owner = this.#catalog.ownerOf(cgroupId, userId);
    return userId === -1 && owner.kind === 'user' ? undefined : this.#known.of(owner, from);
  }

  /** Whether the first end of a key is the client, as far as can be told. */
  #isClient(key: Int32Array, at: number, signs: number): boolean {
    return (signs & IS_NEW) === 0 ? isLikelyClient(key, at) : (signs & IS_CLIENT) !== 0;
  }

  /** Control groups that nobody can name yet may be of one owner, or not. */
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

  #hashOfPair(): number {
    const pair = this.#pair;
    const local = this.#hash.of(pair[0]!, pair[1]!, pair[2]!, pair[3]!);
    const at = ADDRESS_WORDS;
    const other = this.#hash.of(pair[at]!, pair[at + 1]!, pair[at + 2]!, pair[at + 3]!);
    return this.#hash.ofConnection(local, other, pair[PAIR_WORDS]!, pair[PAIR_WORDS + 1]!);
  }
}
