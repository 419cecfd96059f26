/**
 * Which addresses belong to other network namespaces of this host, to containers: those that routes lead to by an interface that
 * leads into such ones alone (container-links.ts), a whole network where a bridge has one (docker0, cni0, podman0), single addresses
 * where each container has a route of its own (Calico, kubenet). What has an address of the network of the interface below it, as
 * macvlan and ipvlan have, is told from other hosts by nothing.
 */
import { readTable } from '../../../host/kernel-table.js';
import type { ByAddress } from '../../../packet/by-address.js';
import { createPrefixTable, type Prefix, type PrefixTable } from '../../prefix-table.js';
import { ContainerLinks } from './container-links.js';
import { type Route, routesIPv4, routesIPv6 } from './routes.js';

const leastAgeMs = 1_000;
/** While there are interfaces that nobody has looked at yet. */
const learningAgeMs = 100;
/** So many times as long as looking takes, which is longer where there are many interfaces, nobody looks again. */
const restPerLook = 100;
/** How long interfaces that are new are looked at in a row: at first, and from then on. */
const longestOpeningMs = 200;
const longestLookMs = 2;
/** Of each routing table: two thousand routes. Those behind them are not known. */
const mostTableBytes = 1 << 18;

export interface OtherNamespacesOptions {
  /** A steady clock. */
  readonly nowMs: () => number;
}

/** An address of this host may be in one of its networks: who asks has looked whether it is one. Knows nothing before `open`. */
export class OtherNamespaces implements ByAddress<boolean> {
  readonly #nowMs: () => number;
  readonly #links: ContainerLinks;
  #nextMs = Number.NEGATIVE_INFINITY;
  /** What the tables were made of. */
  #known = '';
  #table: PrefixTable<boolean> = createPrefixTable<boolean>([]);
  /** On most hosts no route leads there. */
  #hasOthers = false;

  constructor({ nowMs }: OtherNamespacesOptions) {
    this.#nowMs = nowMs;
    this.#links = new ContainerLinks(nowMs);
  }

  /** Learns what there is. */
  open(): void {
    this.#learn(longestOpeningMs);
    this.#nextMs = Number.NEGATIVE_INFINITY;
  }

  /** Learns what has changed, unless it did a moment ago: then false. */
  refresh(): boolean {
    if (this.#nowMs() < this.#nextMs) return false;
    this.#learn(longestLookMs);
    return true;
  }

  find4(word: number): boolean {
    return this.#hasOthers && this.#table.find4(word) === true;
  }

  find6(word0: number, word1: number, word2: number, word3: number): boolean {
    return this.#hasOthers && this.#table.find6(word0, word1, word2, word3) === true;
  }

  #learn(longestMs: number): void {
    const startMs = this.#nowMs();
    let ageMs = leastAgeMs;
    try {
      if (this.#links.update(longestMs)) this.#readRoutes();
      else ageMs = learningAgeMs;
    } catch {
      // The process may open no more files now, or sees no such folder. What was known is most likely still true.
    }
    const nowMs = this.#nowMs();
    this.#nextMs = nowMs + Math.max(ageMs, restPerLook * (nowMs - startMs));
  }

  #readRoutes(): void {
    const routes = [
      ...routesIPv4(readIfThere('/proc/self/net/route')),
      ...routesIPv6(readIfThere('/proc/self/net/ipv6_route')),
    ].filter(({ prefix }) => !isOfEachLink(prefix));
    const leads = this.#leadsOf(routes);
    const known = routes.map((route, at) => `${textOf(route)} ${leads[at]}`).join('\n');
    if (known === this.#known) return;
    this.#known = known;
    // Of equal prefixes the last one stands, and the kernel lists that first which it prefers.
    this.#table = createPrefixTable(
      routes.map(({ prefix }, at) => ({ prefix, value: leads[at]! })).reverse(),
    );
    this.#hasOthers = leads.includes(true);
  }

  /** Of each route whether it leads into other namespaces. By an interface that leads to all the world nobody is known to be. */
  #leadsOf(routes: readonly Route[]): boolean[] {
    const ways = new Set(routes.filter(isDefault).map((route) => route.interface));
    const leads = new Map<string, boolean>();
    return routes.map((route) => {
      const { interface: name, hasGateway } = route;
      if (hasGateway || ways.has(name)) return false;
      let lead = leads.get(name);
      if (lead === undefined) {
        lead = this.#links.leadsIntoOthers(name);
        leads.set(name, lead);
      }
      return lead;
    });
  }
}

/** A kernel may be without IPv6. */
function readIfThere(path: string): string {
  try {
    return readTable(path, mostTableBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Half of all addresses, too: two such routes stand for a default route that is left as it is. */
const isDefault = ({ prefix }: Route): boolean => prefix.length <= 1;

/** fe80::/10 and ff00::/8 are on each interface. */
const isOfEachLink = ({ family, first: [word = 0] }: Prefix): boolean =>
  family === 6 && (word >>> 22 === 0x3fa || word >>> 24 === 0xff);

const textOf = ({ prefix, interface: name }: Route): string =>
  `${prefix.first.join(':')}/${prefix.length} ${name}`;
