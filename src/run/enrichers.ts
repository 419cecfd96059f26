/** Opens what fills in names and labels. What nobody asks for is not loaded. */
import type { Enricher } from '../enrich/enricher.js';
import type { Networks } from '../enrich/labels/networks.js';
import type { Log } from '../host/log.js';
import { giveFolder, type Identity } from '../host/rights/privileges.js';
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';
import type { Interfaces } from './interfaces.js';
import type { OwnerKeeping } from './owner-keeping.js';
import { shownNames } from './shown-names.js';
import type { TrafficNaming } from './traffic-naming.js';

export interface EnricherEdges {
  readonly log: Log;
  /** The wall clock, microseconds since the epoch. */
  readonly nowUs: () => number;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
}

/** The networks that have names; undefined where none has. Reads files of them. */
export async function openNetworks({ networks }: Config): Promise<Networks | undefined> {
  if (networks.length === 0) return undefined;
  const { readNetworks } = await import('../enrich/labels/networks.js');
  return readNetworks(networks);
}

/**
 * Loads what records tell and somebody asks for, reads files, and returns the function that does the rest: that is when the network is asked,
 * as `identity`, whom the process has become by then.
 */
export async function prepareEnrichers(
  config: Config,
  { log, nowUs, nowMs }: EnricherEdges,
  knowledge: ReadonlySet<Knowledge>,
  identity: Identity | undefined,
  interfaces: Interfaces | undefined,
  networks: Networks | undefined,
  traffic: TrafficNaming | undefined,
  owners: OwnerKeeping | undefined,
): Promise<() => Promise<Enricher[]>> {
  const openers: (() => Enricher | Promise<Enricher>)[] = [];
  if (interfaces !== undefined && (knowledge.has('direction') || knowledge.has('interfaces'))) {
    const { Locality } = await import('../enrich/locality.js');
    const { LocalAddresses } = await import('../enrich/local-addresses.js');
    // What comes from a file or a pipe may be from another host.
    const addresses = config.input.kind === 'live' ? new LocalAddresses(nowMs) : undefined;
    openers.push(() => new Locality(interfaces, addresses));
  }
  if (traffic !== undefined) openers.push(() => traffic.enricher);
  if (owners !== undefined) openers.push(() => owners.open());
  if (networks !== undefined && knowledge.has('networks')) {
    const { NetworkLabels } = await import('../enrich/labels/networks.js');
    openers.push(() => new NetworkLabels(networks));
  }
  if (shownNames(config, knowledge).includes('ptr')) {
    const { openReverseDns } = await import('../enrich/names/reverse-dns.js');
    const { resolvers: servers, namesFor } = config.names;
    const limits = { minTtlMs: shortestNameLifeMs(config.intervalMs) };
    openers.push(() => openReverseDns({ servers, namesFor, nowMs, log, limits }));
  }
  if (config.ranges.source !== 'off' && knowledge.has('labels')) {
    const { openIpRanges, rangesSource } = await import('../enrich/labels/ip-ranges.js');
    const { defaultCacheDirectory } = await import('../enrich/labels/ranges-cache.js');
    const cacheDirectory = defaultCacheDirectory(process.env, process.getuid?.() === 0);
    if (identity !== undefined && cacheDirectory !== undefined) giveFolder(cacheDirectory, identity);
    const wallMs = () => Math.floor(nowUs() / 1000);
    const open = () => openIpRanges({ ...config.ranges, cacheDirectory, nowMs, wallMs, log });
    const fromFile = rangesSource(config.ranges) instanceof URL ? undefined : await open();
    openers.push(() => fromFile ?? open());
  }
  return () => Promise.all(openers.map((open) => open()));
}

/**
 * An answer lives at least until the window after the one that asked has been written, whatever its TTL: else names
 * with a TTL of 0, as hosts files get, would never be seen.
 */
function shortestNameLifeMs(intervalMs: number): number {
  return intervalMs * 1.5 + 5_000;
}
