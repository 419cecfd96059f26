/**
 * Names that clients were told by the DNS before they came to an address: by client and address, and by address alone, what
 * anybody was told last.
 */
import type { FlowRecord } from '../../record/record.js';
import type { AddressHash } from './address-hash.js';
import { isOfOneHost } from './address-scope.js';
import { type Ends, SOURCE, TARGET } from './ends.js';
import { KeptNames, type NameLimits } from './kept-names.js';

const ADDRESS_WORDS = 4;
/** A key: the client, then the address that it was told. */
const PAIR_WORDS = 2 * ADDRESS_WORDS;

export class LookedUpNames {
  readonly byClient: KeptNames;
  readonly latest: KeptNames;
  readonly #hash: AddressHash;
  readonly #pair = new Int32Array(PAIR_WORDS);

  constructor(hash: AddressHash, limits: NameLimits) {
    this.#hash = hash;
    this.byClient = new KeptNames(PAIR_WORDS, limits);
    this.latest = new KeptNames(ADDRESS_WORDS, limits);
  }

  /** The target of `ends` was told that `name` has these addresses. Returns how many of them are kept. */
  told(
    ends: Ends,
    name: string,
    addresses: Int32Array,
    count: number,
    ttlSeconds: number,
    nowMs: number,
  ): number {
    const pair = this.#pair;
    const hasClient = ends.isTargetKnown && isOfOneHostAt(ends.words, TARGET);
    for (let word = 0; word < ADDRESS_WORDS; word++) pair[word] = ends.words[TARGET + word]!;
    let kept = 0;
    for (let at = 0; at < count * ADDRESS_WORDS; at += ADDRESS_WORDS) {
      if (!isOfOneHostAt(addresses, at)) continue;
      kept++;
      for (let word = 0; word < ADDRESS_WORDS; word++) pair[ADDRESS_WORDS + word] = addresses[at + word]!;
      const hash = this.#hash.of(pair[4]!, pair[5]!, pair[6]!, pair[7]!);
      const row = this.latest.keep(hash, pair, ADDRESS_WORDS, name, ttlSeconds, nowMs);
      if (!hasClient) continue;
      // The same string in both places.
      const text = this.latest.textOf(row);
      this.byClient.keep(this.#hash.ofPair(ends.targetHash, hash), pair, 0, text, ttlSeconds, nowMs);
    }
    return kept;
  }

  /** Fills in what is known of both ends of `record`, which are `ends`. */
  fill(ends: Ends, record: FlowRecord, nowMs: () => number): void {
    const hasSource = ends.isSourceKnown && record.sourceFold === null;
    const hasTarget = ends.isTargetKnown && record.targetFold === null;
    const { words, sourceHash, targetHash } = ends;
    if (hasTarget) {
      const told = hasSource ? this.#toldTo(sourceHash, targetHash, words, SOURCE, nowMs) : null;
      record.targetDns = told ?? this.#latestOf(targetHash, words, TARGET, nowMs);
    }
    if (hasSource) {
      const told = hasTarget ? this.#toldTo(targetHash, sourceHash, words, TARGET, nowMs) : null;
      record.sourceDns = told ?? this.#latestOf(sourceHash, words, SOURCE, nowMs);
    }
  }

  /** Of the pair that stands in `words` at `at`. */
  #toldTo(
    clientHash: number,
    addressHash: number,
    words: Int32Array,
    at: number,
    nowMs: () => number,
  ): string | null {
    const row = this.byClient.find(this.#hash.ofPair(clientHash, addressHash), words, at);
    return row < 0 ? null : this.byClient.show(row, nowMs());
  }

  #latestOf(hash: number, words: Int32Array, at: number, nowMs: () => number): string | null {
    const row = this.latest.find(hash, words, at);
    return row < 0 ? null : this.latest.show(row, nowMs());
  }
}

/**
 * A multicast answer is for everybody, and what a host tells itself at its loopback address it uses from another one: such a
 * client has no flows to what it was told.
 */
function isOfOneHostAt(words: Int32Array, at: number): boolean {
  return isOfOneHost(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
}
