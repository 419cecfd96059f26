/** What each connection's client asked its server for, by both ends' addresses and ports and the protocol. */
import type { FlowRecord } from '../../../record/record.js';
import type { AddressHash } from '../../tables/address-hash.js';
import {
  ADDRESS_WORDS,
  BACKWARD,
  CONNECTION_WORDS,
  type Ends,
  FORWARD,
  PAIR_WORDS,
} from '../../tables/ends.js';
import { KeptNames, type NameLimits } from './kept-names.js';

export class ServerNames {
  readonly kept: KeptNames;
  readonly #hash: AddressHash;
  readonly #lifeSeconds: number;
  /** 1 where the end that comes first in a row's key is the client. */
  readonly #isFirstClient: Uint8Array;
  /** When each row's name took the place of another; undefined before that happens. */
  #changedMs: Float64Array | undefined;

  constructor(hash: AddressHash, limits: NameLimits) {
    this.kept = new KeptNames(CONNECTION_WORDS, limits);
    this.#hash = hash;
    // Nobody says how long a connection lasts, so as long as may be.
    this.#lifeSeconds = limits.longestLifeMs / 1_000;
    this.#isFirstClient = new Uint8Array(limits.mostNames);
  }

  /** The source of `ends` asked for `name`; null where it opened a connection without asking for one. */
  asked(ends: Ends, name: string | null, nowMs: number): void {
    const { words } = ends;
    const at = keyOf(words);
    const hash = this.#hashOf(ends, at);
    const earlier = this.kept.find(hash, words, at);
    if (name !== null) {
      const isOther = earlier >= 0 && this.kept.textOf(earlier) !== name;
      const row = this.kept.keep(hash, words, at, name, this.#lifeSeconds, nowMs);
      this.#isFirstClient[row] = at === FORWARD ? 1 : 0;
      if (isOther) this.#noteChange(row, nowMs);
      else if (earlier < 0 && this.#changedMs !== undefined) this.#changedMs[row] = Number.NEGATIVE_INFINITY;
    } else if (earlier >= 0) this.kept.forget(earlier);
  }

  #noteChange(row: number, nowMs: number): void {
    this.#changedMs ??= new Float64Array(this.#isFirstClient.length).fill(Number.NEGATIVE_INFINITY);
    this.#changedMs[row] = nowMs;
  }

  /** Fills in what is known of the one connection that `record` is of, between `ends`. */
  fill(ends: Ends, record: FlowRecord, nowMs: () => number): void {
    const at = keyOf(ends.words);
    const row = this.kept.find(this.#hashOf(ends, at), ends.words, at);
    if (row < 0) return;
    const recordMs = nowMs();
    // Records of a file are made later than they are of: then another connection has had the same ports since.
    if (this.#changedMs !== undefined && recordMs < this.#changedMs[row]!) return;
    record.serverName = this.kept.show(row, recordMs);
    const isSourceClient = (this.#isFirstClient[row] === 1) === (at === FORWARD);
    record.serverNameOf = isSourceClient ? 'target' : 'source';
  }

  /** Of the key at `at`. */
  #hashOf({ words, sourceHash, targetHash }: Ends, at: number): number {
    const ports = words[at + PAIR_WORDS]!;
    const protocol = words[at + PAIR_WORDS + 1]!;
    if (at === FORWARD) return this.#hash.ofConnection(sourceHash, targetHash, ports, protocol);
    return this.#hash.ofConnection(targetHash, sourceHash, ports, protocol);
  }
}

/**
 * Where the connection's key stands that is the same for both directions: the lower end first. Any order does, as long as it is
 * always the same; from an address's last word on, in which most differ.
 */
function keyOf(words: Int32Array): number {
  for (let word = ADDRESS_WORDS - 1; word >= 0; word--) {
    const source = words[FORWARD + word]!;
    const target = words[BACKWARD + word]!;
    if (source !== target) return source < target ? FORWARD : BACKWARD;
  }
  return words[FORWARD + PAIR_WORDS]! <= words[BACKWARD + PAIR_WORDS]! ? FORWARD : BACKWARD;
}
