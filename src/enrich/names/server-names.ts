/** What each connection's client asked its server for, by both ends' addresses and ports and the protocol. */
import type { Packet } from '../../packet/packet.js';
import type { FlowRecord } from '../../record/record.js';
import type { AddressHash } from './address-hash.js';
import { type Ends, SOURCE, TARGET } from './ends.js';
import { KeptNames, type NameLimits } from './kept-names.js';

/** A key: the lower end's address and the other one, their ports, the protocol and the IP version. */
const KEY_WORDS = 10;
const PORTS = 8;
const PROTOCOL = 9;
const IS_IPV6 = 0x100;

export class ServerNames {
  readonly kept: KeptNames;
  readonly #hash: AddressHash;
  readonly #lifeSeconds: number;
  readonly #key = new Int32Array(KEY_WORDS);
  /** 1 where the end that comes first in a row's key is the client. */
  readonly #isFirstClient: Uint8Array;
  /** Of the key: whether the packet's, or the record's, source comes first in it. */
  #isSourceFirst = false;

  constructor(hash: AddressHash, limits: NameLimits) {
    this.kept = new KeptNames(KEY_WORDS, limits);
    this.#hash = hash;
    // Nobody says how long a connection lasts, so as long as may be.
    this.#lifeSeconds = limits.longestLifeMs / 1_000;
    this.#isFirstClient = new Uint8Array(limits.mostNames);
  }

  /** The sender of `packet`, between `ends`, asked for `name`; null where it opened a connection without asking for one. */
  asked(ends: Ends, packet: Packet, name: string | null, nowMs: number): void {
    const hash = this.#become(ends, packet);
    if (name !== null) {
      const row = this.kept.keep(hash, this.#key, 0, name, this.#lifeSeconds, nowMs);
      this.#isFirstClient[row] = this.#isSourceFirst ? 1 : 0;
      return;
    }
    const earlier = this.kept.find(hash, this.#key, 0);
    if (earlier >= 0) this.kept.forget(earlier);
  }

  /** Fills in what is known of the one connection that `record` is of, between `ends`. */
  fill(ends: Ends, record: FlowRecord, nowMs: () => number): void {
    const hash = this.#become(ends, record.key);
    const row = this.kept.find(hash, this.#key, 0);
    if (row < 0) return;
    record.serverName = this.kept.show(row, nowMs());
    const isSourceClient = (this.#isFirstClient[row] === 1) === this.#isSourceFirst;
    record.serverNameOf = isSourceClient ? 'target' : 'source';
  }

  /** Makes the key of a connection, which is the same for both directions; returns its hash. */
  #become(ends: Ends, { family, ports, protocol }: Packet): number {
    const key = this.#key;
    const { words } = ends;
    const isSourceFirst = isSourceLower(words, ports);
    const at = isSourceFirst ? SOURCE : TARGET;
    for (let word = 0; word < PORTS; word++) key[word] = words[at + word]!;
    key[PORTS] = isSourceFirst ? ports : (ports << 16) | (ports >>> 16);
    key[PROTOCOL] = family === 6 ? protocol | IS_IPV6 : protocol;
    this.#isSourceFirst = isSourceFirst;
    const first = isSourceFirst ? ends.sourceHash : ends.targetHash;
    const last = isSourceFirst ? ends.targetHash : ends.sourceHash;
    return this.#hash.ofConnection(first, last, key[PORTS]!, protocol);
  }
}

/** Any order does, as long as it is always the same. From the last word on, in which addresses differ most. */
function isSourceLower(words: Int32Array, ports: number): boolean {
  for (let word = TARGET - 1; word >= 0; word--) {
    if (words[SOURCE + word] !== words[TARGET + word]) return words[SOURCE + word]! < words[TARGET + word]!;
  }
  return (ports & 0xffff) <= ports >>> 16;
}
