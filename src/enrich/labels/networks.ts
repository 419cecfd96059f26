/** The networks that the user has given names: which one an address is in. The longest prefix that holds it decides. */

import { readBoundedText } from '../../host/bounded-file.js';
import { findSource, findTarget } from '../../packet/by-address.js';
import { isSourceOwner, isTargetOwner } from '../../record/ends.js';
import type { FlowRecord } from '../../record/record.js';
import { EnrichError, type Enricher } from '../enricher.js';
import { createPrefixTable, type PrefixTable } from '../prefix-table.js';
import { mostNetworks, type NamedPrefix, parseNetwork, parseNetworkFile, tooMany } from './network-list.js';

/** A list as it was written: `NAME=NET[,NET…]`, or a file's name, which has no "=" in it. */
export interface WrittenNetworks {
  readonly text: string;
  /** "--network nets.txt": begins errors about it. */
  readonly place: string;
}

/** Far more than so many lines take. */
const maxFileBytes = 8 << 20;

/** Each name has a number, its place in `names`. */
export class Networks {
  readonly names: readonly string[];
  /** Prefixes in use. */
  readonly size: number;
  readonly #table: PrefixTable<number>;

  /** Where a prefix is listed twice, its last name stands. */
  constructor(networks: readonly NamedPrefix[]) {
    this.names = [...new Set(networks.map(({ name }) => name))];
    const numbers = new Map(this.names.map((name, number) => [name, number]));
    this.size = networks.length;
    this.#table = createPrefixTable(
      networks.map(({ prefix, name }) => ({ prefix, value: numbers.get(name)! })),
    );
  }

  /** Number of the smallest network that holds the address, words as in Packet; -1 where none does. */
  find4(word: number): number {
    return this.#table.find4(word) ?? -1;
  }

  find6(word0: number, word1: number, word2: number, word3: number): number {
    return this.#table.find6(word0, word1, word2, word3) ?? -1;
  }
}

/** Reads lists and files of them. Throws an EnrichError. */
export async function readNetworks(written: readonly WrittenNetworks[]): Promise<Networks> {
  const networks: NamedPrefix[] = [];
  for (const { text, place } of written) {
    const more = text.includes('=') ? parseNetwork(text, place) : await readFile(text, place);
    if (networks.length + more.length > mostNetworks) throw tooMany(place);
    for (const network of more) networks.push(network);
  }
  return new Networks(networks);
}

async function readFile(path: string, place: string): Promise<NamedPrefix[]> {
  let text: string;
  try {
    text = await readBoundedText(path, maxFileBytes);
  } catch (error) {
    const remedy = 'name a file of networks, or write NAME=NET';
    throw new EnrichError(`${place}: ${(error as Error).message}; ${remedy}`, { cause: error });
  }
  return parseNetworkFile(text, place);
}

/** Puts the names beside the addresses. */
export class NetworkLabels implements Enricher {
  readonly counts = {};
  readonly #networks: Networks;

  constructor(networks: Networks) {
    this.#networks = networks;
  }

  get inWords(): string {
    const { size, names } = this.#networks;
    return `networks: ${size} with ${names.length} names`;
  }

  /** An owner has addresses in several networks. */
  enrich(record: FlowRecord): void {
    const { key, rest, sourceFold, targetFold } = record;
    const hasSource = !rest && !isSourceOwner(record);
    const hasTarget = !rest && !isTargetOwner(record);
    record.sourceNetwork = hasSource ? (sourceFold ?? this.#nameOf(findSource(this.#networks, key))) : null;
    record.targetNetwork = hasTarget ? (targetFold ?? this.#nameOf(findTarget(this.#networks, key))) : null;
  }

  close(): void {}

  #nameOf(number: number): string | null {
    return this.#networks.names[number] ?? null;
  }
}
