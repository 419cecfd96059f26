/** Both ends of a packet, or of a record, as keys of tables. */
import { ipv4MappedWord2, isIPv4Mapped } from '../../packet/address.js';
import type { Packet } from '../../packet/packet.js';
import type { AddressHash } from './address-hash.js';

/**
 * Where in `words` a key begins. At FORWARD stand the source's address, the target's, their ports, and the protocol with the IP
 * version; at BACKWARD the same with both ends exchanged. So a connection's key is there from either end, and in the first
 * words of it those of one address and of two. Four words an address, IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2).
 */
export const FORWARD = 0;
export const BACKWARD = 10;
export const ADDRESS_WORDS = 4;
export const PAIR_WORDS = 8;
export const CONNECTION_WORDS = 10;
/** In the four words of an IPv4-mapped address, the IPv4 address. */
const LAST = 3;
const PORTS = 8;
const PROTOCOL = 9;
/** Beside the protocol. */
export const IS_IPV6 = 0x100;

export class Ends {
  readonly words = new Int32Array(2 * CONNECTION_WORDS);
  sourceHash = 0;
  targetHash = 0;
  /** False where an address of an IPv6 packet reads like one of IPv4: it is no host's. */
  isSourceKnown = false;
  isTargetKnown = false;
  readonly #hash: AddressHash;
  /** Whether `words` may hold IPv6 addresses. */
  #isIPv6 = true;

  constructor(hash: AddressHash) {
    this.#hash = hash;
  }

  become(packet: Packet): void {
    const { words } = this;
    const { ports } = packet;
    let { protocol } = packet;
    if (packet.family === 4) {
      if (this.#isIPv6) this.#changeToIPv4();
      words[FORWARD + LAST] = words[BACKWARD + ADDRESS_WORDS + LAST] = packet.source0;
      words[FORWARD + ADDRESS_WORDS + LAST] = words[BACKWARD + LAST] = packet.target0;
      this.sourceHash = this.#hash.ofIPv4(packet.source0);
      this.targetHash = this.#hash.ofIPv4(packet.target0);
    } else {
      this.#becomeIPv6(packet);
      protocol |= IS_IPV6;
    }
    words[FORWARD + PORTS] = ports;
    words[BACKWARD + PORTS] = (ports << 16) | (ports >>> 16);
    words[FORWARD + PROTOCOL] = words[BACKWARD + PROTOCOL] = protocol;
  }

  /** The words before an IPv4 address's own are always the same. */
  #changeToIPv4(): void {
    this.#putSource(0, 0, ipv4MappedWord2, 0);
    this.#putTarget(0, 0, ipv4MappedWord2, 0);
    this.isSourceKnown = true;
    this.isTargetKnown = true;
    this.#isIPv6 = false;
  }

  #becomeIPv6(packet: Packet): void {
    this.#isIPv6 = true;
    const { source0, source1, source2, source3, target0, target1, target2, target3 } = packet;
    this.#putSource(source0, source1, source2, source3);
    this.#putTarget(target0, target1, target2, target3);
    this.sourceHash = this.#hash.of(source0, source1, source2, source3);
    this.targetHash = this.#hash.of(target0, target1, target2, target3);
    this.isSourceKnown = !isIPv4Mapped(source0, source1, source2);
    this.isTargetKnown = !isIPv4Mapped(target0, target1, target2);
  }

  #putSource(word0: number, word1: number, word2: number, word3: number): void {
    const { words } = this;
    words[FORWARD] = words[BACKWARD + ADDRESS_WORDS] = word0;
    words[FORWARD + 1] = words[BACKWARD + ADDRESS_WORDS + 1] = word1;
    words[FORWARD + 2] = words[BACKWARD + ADDRESS_WORDS + 2] = word2;
    words[FORWARD + 3] = words[BACKWARD + ADDRESS_WORDS + 3] = word3;
  }

  #putTarget(word0: number, word1: number, word2: number, word3: number): void {
    const { words } = this;
    words[FORWARD + ADDRESS_WORDS] = words[BACKWARD] = word0;
    words[FORWARD + ADDRESS_WORDS + 1] = words[BACKWARD + 1] = word1;
    words[FORWARD + ADDRESS_WORDS + 2] = words[BACKWARD + 2] = word2;
    words[FORWARD + ADDRESS_WORDS + 3] = words[BACKWARD + 3] = word3;
  }
}
