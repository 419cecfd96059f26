/**
 * Which addresses belong to other network namespaces of this host, that is, to containers: those with a route by an interface that leads
 * into other namespaces only (container-links.ts). That is a whole network where a bridge has one (docker0, cni0, podman0), and single
 * addresses where each container has its own route (Calico, kubenet). Containers on macvlan or ipvlan have addresses of the network
 * outside: nothing tells them from other hosts.
 */
import { readTable } from '../../../host/kernel-table.js';
import type { ByAddress } from '../../../packet/by-address.js';
import { createPrefixTable, type Prefix, type PrefixTable } from '../../prefix-table.js';
import { ContainerLinks } from './container-links.js';
import { type Route, routesIPv4, routesIPv6 } from './routes.js';

const leastAgeMs = 1_000;
/** The same while some interfaces are still unknown. */
const learningAgeMs = 100;
/** After a look, the next one waits this many times as long as the look took, which grows with the number of interfaces. */
const restPerLook = 100;
/** How long new interfaces may be looked at without a break: at the start, and later. */
const longestOpeningMs = 200;
const longestLookMs = 2;
/** Bytes read of each routing table: some two thousand routes. Later ones stay unknown. */
const mostTableBytes = 1 << 18;

export interface OtherNamespacesOptions {
  /** A steady clock. */
  readonly nowMs: () => number;
}

/** This host's own addresses may lie in these networks, too: the caller looks for them first. Knows nothing before `open`. */
export class OtherNamespaces implements ByAddress<boolean> {
  readonly #nowMs: () => number;
  readonly #links: ContainerLinks;
  #nextMs = Number.NEGATIVE_INFINITY;
  /** The routes that the table was made from. */
  #known = '';
  #table: PrefixTable<boolean> = createPrefixTable<boolean>([]);
  /** False on most hosts: no route leads into other namespaces. */
  #hasOthers = false;

  constructor({ nowMs }: OtherNamespacesOptions) {
    this.#nowMs = nowMs;
    this.#links = new ContainerLinks(nowMs);
  }

  /** Reads interfaces and routes. */
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
      // There may be too many open files, or no such folder here. What was known is most likely still true.
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
    // Of equal prefixes the table keeps the last one, and the kernel lists its preferred one first.
    this.#table = createPrefixTable(
      routes.map(({ prefix }, at) => ({ prefix, value: leads[at]! })).reverse(),
    );
    this.#hasOthers = leads.includes(true);
  }

  /** Tells of each route whether it leads into other namespaces. By an interface with a default route it leads to the whole world instead. */
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

/** Also half of all addresses: VPNs set two such routes in place of the default one. */
const isDefault = ({ prefix }: Route): boolean => prefix.length <= 1;

/** fe80::/10 and ff00::/8 are on each interface. */
const isOfEachLink = ({ family, first: [word = 0] }: Prefix): boolean =>
  family === 6 && (word >>> 22 === 0x3fa || word >>> 24 === 0xff);

const textOf = ({ prefix, interface: name }: Route): string =>
  `${prefix.first.join(':')}/${prefix.length} ${name}`;
