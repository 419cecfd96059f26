/** Source and target as keys of tables: four words for an address, IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), and its hash. */
import { ipv4MappedWord2 } from '../../packet/address.js';
import type { Packet } from '../../packet/packet.js';
import type { AddressHash } from './address-hash.js';
import { isIPv4Mapped } from './address-scope.js';

/** Words of an address. */
const ADDRESS = 4;
/** Where in `words` a key begins: of an address, or of one and the other after it. */
export const SOURCE = 0;
export const TARGET = ADDRESS;

export class Ends {
  /** The source, the target, and the source once more: so each stands before the other somewhere. */
  readonly words = new Int32Array(3 * ADDRESS);
  sourceHash = 0;
  targetHash = 0;
  /** False where an address of an IPv6 packet reads like one of IPv4: it is no host's. */
  isSourceKnown = false;
  isTargetKnown = false;
  readonly #hash: AddressHash;

  constructor(hash: AddressHash) {
    this.#hash = hash;
  }

  become(packet: Packet): void {
    if (packet.family === 4) {
      this.#put(SOURCE, 0, 0, ipv4MappedWord2, packet.source0);
      this.#put(TARGET, 0, 0, ipv4MappedWord2, packet.target0);
      this.#put(2 * ADDRESS, 0, 0, ipv4MappedWord2, packet.source0);
      this.sourceHash = this.#hash.ofIPv4(packet.source0);
      this.targetHash = this.#hash.ofIPv4(packet.target0);
      this.isSourceKnown = true;
      this.isTargetKnown = true;
    } else {
      this.#becomeIPv6(packet);
    }
  }

  #becomeIPv6(packet: Packet): void {
    const { source0, source1, source2, source3, target0, target1, target2, target3 } = packet;
    this.#put(SOURCE, source0, source1, source2, source3);
    this.#put(TARGET, target0, target1, target2, target3);
    this.#put(2 * ADDRESS, source0, source1, source2, source3);
    this.sourceHash = this.#hash.of(source0, source1, source2, source3);
    this.targetHash = this.#hash.of(target0, target1, target2, target3);
    this.isSourceKnown = !isIPv4Mapped(source0, source1, source2);
    this.isTargetKnown = !isIPv4Mapped(target0, target1, target2);
  }

  #put(at: number, word0: number, word1: number, word2: number, word3: number): void {
    const { words } = this;
    words[at] = word0;
    words[at + 1] = word1;
    words[at + 2] = word2;
    words[at + 3] = word3;
  }
}
