/** The addresses that this host has now, as the packets hold them. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isGroupIPv4, isGroupIPv6, parseAddress } from '../packet/address.js';
import type { OwnAddresses } from '../packet/by-address.js';

/** By interface, as networkInterfaces() of node:os gives them. */
export type ReadAddresses = () => NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address' | 'netmask'>[]>;

/** Reading them takes a call of the system's for each interface. */
const leastAgeMs = 1_000;
/** With thousands of interfaces that takes long. The next reading waits this many times as long as the last one took. */
const restPerRead = 100;

const loopbackNet = 127;

/** Words as in Packet. Knows nothing before `refresh`. */
export class LocalAddresses implements OwnAddresses {
  readonly #nowMs: () => number;
  readonly #read: ReadAddresses;
  #nextMs = Number.NEGATIVE_INFINITY;
  #ipv4: ReadonlySet<number> = new Set();
  /** By their last words, in which a host's own addresses differ. */
  #ipv6: ReadonlyMap<number, readonly Int32Array[]> = new Map();
  #broadcast4: ReadonlySet<number> = new Set();

  /** `nowMs` is a steady clock. */
  constructor(nowMs: () => number, read: ReadAddresses = networkInterfaces) {
    this.#nowMs = nowMs;
    this.#read = read;
  }

  get size(): number {
    return this.#ipv4.size + [...this.#ipv6.values()].reduce((sum, same) => sum + same.length, 0);
  }

  /** Reads them anew, unless they were read a moment ago: then false. */
  refresh(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) return false;
    try {
      this.#take(Object.values(this.#read()).flatMap((addresses) => addresses ?? []));
    } catch {
      // The process may open no more files now. What was known is most likely still true.
    }
    this.#nextMs = nowMs + Math.max(leastAgeMs, (this.#nowMs() - nowMs) * restPerRead);
    return true;
  }

  /** An address of this host; each one of the net of loopback is. */
  isLocal4(word: number): boolean {
    return (word & 0xff) === loopbackNet || this.#ipv4.has(word);
  }

  isLocal6(word0: number, word1: number, word2: number, word3: number): boolean {
    const candidates = this.#ipv6.get(word3);
    if (candidates === undefined) return false;
    return candidates.some((words) => words[0] === word0 && words[1] === word1 && words[2] === word2);
  }

  /** Whether it stands for several hosts: a multicast address, or a broadcast address of a net that this host is in. */
  isGroup4(word: number): boolean {
    return isGroupIPv4(word) || this.#broadcast4.has(word);
  }

  isGroup6(word0: number): boolean {
    return isGroupIPv6(word0);
  }

  #take(addresses: readonly Pick<NetworkInterfaceInfo, 'address' | 'netmask'>[]): void {
    const ipv4 = new Set<number>();
    const ipv6 = new Map<number, Int32Array[]>();
    const broadcast4 = new Set<number>();
    for (const { address, netmask } of addresses) {
      const { family, words } = parseAddress(address.replace(/%.*$/, ''))!;
      if (family === 6) {
        ipv6.set(words[3]!, [...(ipv6.get(words[3]!) ?? []), words]);
        continue;
      }
      ipv4.add(words[0]!);
      const hostBits = ~parseAddress(netmask)!.words[0]!;
      if (hasBroadcast(hostBits)) broadcast4.add(words[0]! | hostBits);
    }
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.#broadcast4 = broadcast4;
  }
}

/** Nets of one and of two addresses (RFC 3021) have none. The last octet is the word's first byte. */
const hasBroadcast = (hostBits: number): boolean => hostBits >>> 24 > 1;
