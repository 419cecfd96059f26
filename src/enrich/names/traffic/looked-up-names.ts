/**
 * Names that clients were told by the DNS before they came to an address: by client and address, and by address alone, what
 * anybody was told last. What a client was told is found while its address has a row of its own, in use as long as that of any client.
 */
import type { FlowRecord } from '../../../record/record.js';
import type { AddressHash } from '../../tables/address-hash.js';
import { ADDRESS_WORDS, BACKWARD, type Ends, FORWARD, PAIR_WORDS } from '../../tables/ends.js';
import { isOfOneHost } from '../address-scope.js';
import { KeptNames, type NameLimits } from './kept-names.js';

export class LookedUpNames {
  /** By client and the address that it was told. */
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
    { words, targetHash, isTargetKnown }: Ends,
    name: string,
    addresses: Int32Array,
    count: number,
    ttlSeconds: number,
    nowMs: number,
  ): number {
    const pair = this.#pair;
    const hasClient = isTargetKnown && isOfOneHostAt(words, BACKWARD);
    for (let word = 0; word < ADDRESS_WORDS; word++) pair[word] = words[BACKWARD + word]!;
    let kept = 0;
    for (let at = 0; at < count * ADDRESS_WORDS; at += ADDRESS_WORDS) {
      if (!isOfOneHostAt(addresses, at)) continue;
      kept++;
      const hash = this.#hash.of(addresses[at]!, addresses[at + 1]!, addresses[at + 2]!, addresses[at + 3]!);
      const row = this.latest.keep(hash, addresses, at, name, ttlSeconds, nowMs);
      if (!hasClient) continue;
      for (let word = 0; word < ADDRESS_WORDS; word++) pair[ADDRESS_WORDS + word] = addresses[at + word]!;
      // The same string in both places.
      const text = this.latest.textOf(row);
      this.byClient.keep(this.#hash.ofPair(targetHash, hash), pair, 0, text, ttlSeconds, nowMs);
    }
    return kept;
  }

  /** Fills in what is known of both ends of `record`, which are `ends`. */
  fill(ends: Ends, record: FlowRecord, nowMs: () => number): void {
    const hasSource = ends.isSourceKnown && record.sourceFold === null;
    const hasTarget = ends.isTargetKnown && record.targetFold === null;
    const { words, sourceHash, targetHash } = ends;
    if (hasTarget) {
      const row = this.latest.find(targetHash, words, BACKWARD);
      if (row >= 0)
        record.targetDns = this.#show(row, hasSource, sourceHash, targetHash, words, FORWARD, nowMs());
    }
    if (hasSource) {
      const row = this.latest.find(sourceHash, words, FORWARD);
      if (row >= 0)
        record.sourceDns = this.#show(row, hasTarget, targetHash, sourceHash, words, BACKWARD, nowMs());
    }
  }

  /** What the client of the pair at `at` was told, else what `row` has of its address. */
  #show(
    row: number,
    hasClient: boolean,
    clientHash: number,
    addressHash: number,
    words: Int32Array,
    at: number,
    nowMs: number,
  ): string | null {
    const pair = hasClient ? this.byClient.find(this.#hash.ofPair(clientHash, addressHash), words, at) : -1;
    const told = pair < 0 ? null : this.byClient.show(pair, nowMs);
    if (told === null) return this.latest.show(row, nowMs);
    this.latest.use(row);
    return told;
  }
}

/**
 * A multicast answer is for everybody, and what a host tells itself at its loopback address it uses from another one: such a
 * client has no flows to what it was told.
 */
function isOfOneHostAt(words: Int32Array, at: number): boolean {
  return isOfOneHost(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
}
