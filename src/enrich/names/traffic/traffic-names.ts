/**
 * Host names from the traffic: what a connection's client asked its server for (the server name of TLS and QUIC), and what
 * a client was told by the DNS before it came to an address.
 *
 * A server's name belongs to its connection: it is known by addresses, ports and protocol, serves both directions and later windows, and says nothing
 * of other connections to that address. A name that was looked up belongs to who looked it up and the address that it was
 * told; where that client looked up nothing, the name that anybody was told last stands.
 */
import type { Packet } from '../../../packet/packet.js';
import type { FlowRecord } from '../../../record/record.js';
import type { Enricher } from '../../enricher.js';
import { AddressHash } from '../../tables/address-hash.js';
import { Ends } from '../../tables/ends.js';
import type { NameLimits } from './kept-names.js';
import { LookedUpNames } from './looked-up-names.js';
import { ServerNames } from './server-names.js';

export interface TrafficNamesOptions {
  /**
   * Milliseconds on a clock that says how old names are: of the packet that tells one, and of the records that are made. Both
   * are the same where records are made when their window ends.
   */
  readonly packetMs: () => number;
  readonly recordMs: () => number;
  /** What became of the frames that may carry names. */
  readonly observed: () => Observed;
  /** For each of the three tables. */
  readonly limits?: Partial<NameLimits>;
}

/** Counts since the start, but for `waiting`: a part of something whose rest has not come. `seen` is the sum of the others. */
export interface Observed {
  readonly seen: number;
  readonly parsed: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly waiting: number;
}

/**
 * Server names, names by client and address, and names by address are bounded each by itself, so that a flood of one kind takes
 * none of the other's names away. All three, full, take 21 MB, with names of any length.
 */
export const trafficNamesDefaults: NameLimits = {
  mostNames: 65_536,
  mostTextBytes: 2_621_440,
  shortestLifeMs: 600_000,
  longestLifeMs: 3_600_000,
};

/** Takes no memory until the first name comes. */
export class TrafficNames implements Enricher {
  readonly counts = {
    /** Connections whose client asked for a name. */
    serverNames: 0,
    /** Addresses that clients were told. */
    lookedUp: 0,
    /** Names that gave way to others before they had expired. */
    evicted: 0,
  };
  readonly #options: TrafficNamesOptions;
  readonly #limits: NameLimits;
  readonly #hash = new AddressHash();
  readonly #ends = new Ends(this.#hash);
  #servers: ServerNames | undefined;
  #lookedUp: LookedUpNames | undefined;

  constructor(options: TrafficNamesOptions) {
    this.#options = options;
    this.#limits = { ...trafficNamesDefaults, ...options.limits };
  }

  get inWords(): string {
    const { seen, parsed, refused, waiting } = this.#options.observed();
    const reasons = Object.entries(refused).filter(([, count]) => count > 0);
    const sum = reasons.reduce((total, [, count]) => total + count, 0);
    const list = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
    const inDetail = list === '' ? '' : ` (${list})`;
    const rest = waiting === 0 ? '' : `, ${waiting} waiting`;
    const frames = `${seen} frames seen, ${parsed} parsed, ${sum} refused${inDetail}${rest}`;
    return `names from traffic: ${frames}; ${this.#held} names held, ${this.counts.evicted} evicted`;
  }

  /** The packet's sender asked its target for `name` by this connection; null where it opened one without asking for any. */
  asked(packet: Packet, name: string | null): void {
    if (packet.hasPorts === 0 || (name === null && this.#servers === undefined)) return;
    this.#servers ??= new ServerNames(this.#hash, this.#limits);
    this.#ends.become(packet);
    this.#servers.asked(this.#ends, name, this.#options.packetMs());
    if (name !== null) this.counts.serverNames++;
    this.#countEvicted();
  }

  /** The packet's target was told that `name` has these `count` addresses: four words each, IPv4 as IPv4-mapped IPv6. */
  answered(packet: Packet, name: string, addresses: Int32Array, count: number, ttlSeconds: number): void {
    this.#lookedUp ??= new LookedUpNames(this.#hash, this.#limits);
    this.#ends.become(packet);
    const nowMs = this.#options.packetMs();
    this.counts.lookedUp += this.#lookedUp.told(this.#ends, name, addresses, count, ttlSeconds, nowMs);
    this.#countEvicted();
  }

  enrich(record: FlowRecord): void {
    record.serverName = null;
    record.sourceDns = null;
    record.targetDns = null;
    if (record.rest || (this.#servers === undefined && this.#lookedUp === undefined)) return;
    const { recordMs } = this.#options;
    this.#ends.become(record.key);
    if (isOneConnection(record)) this.#servers?.fill(this.#ends, record, recordMs);
    this.#lookedUp?.fill(this.#ends, record, recordMs);
  }

  close(): void {
    // Nothing is open.
  }

  get #held(): number {
    const nowMs = this.#options.packetMs();
    const tables = [this.#servers?.kept, this.#lookedUp?.byClient, this.#lookedUp?.latest];
    return tables.reduce((sum, kept) => sum + (kept?.held(nowMs) ?? 0), 0);
  }

  #countEvicted(): void {
    const ofServers = this.#servers?.kept.evicted ?? 0;
    const ofLookedUp = (this.#lookedUp?.byClient.evicted ?? 0) + (this.#lookedUp?.latest.evicted ?? 0);
    this.counts.evicted = ofServers + ofLookedUp;
  }
}

/** Not several that are told as one, and with ports: fragments, and protocols without them, do not say of which they are. */
function isOneConnection({
  key,
  sourceFold,
  targetFold,
  sourcePortFolded,
  targetPortFolded,
}: FlowRecord): boolean {
  const isFolded = sourceFold !== null || targetFold !== null || sourcePortFolded || targetPortFolded;
  return key.hasPorts === 1 && !isFolded;
}
