/**
 * Host names from the traffic: what a connection's client asked its server for (the server name of TLS and QUIC), and what
 * a client was told by the DNS before it came to an address.
 *
 * A server's name belongs to its connection: it is known by addresses, ports and protocol, serves both directions and later windows, and says nothing
 * of other connections to that address. A name that was looked up belongs to who looked it up and the address that it was
 * told; where that client looked up nothing, the name that anybody was told last stands.
 */
import type { Packet } from '../../packet/packet.js';
import type { FlowRecord } from '../../record/record.js';
import type { Enricher } from '../enricher.js';

export interface TrafficNamesOptions {
  /** Milliseconds on a clock that says how old names are. */
  readonly nowMs: () => number;
  /** What became of the frames that may carry names. */
  readonly observed: () => Observed;
}

/** Counts since the start. */
export interface Observed {
  readonly seen: number;
  readonly parsed: number;
  readonly refused: Readonly<Record<string, number>>;
}

export class TrafficNames implements Enricher {
  readonly counts = { serverNames: 0, lookedUp: 0, evicted: 0 };
  readonly #options: TrafficNamesOptions;

  constructor(options: TrafficNamesOptions) {
    this.#options = options;
  }

  get inWords(): string {
    const { seen, parsed } = this.#options.observed();
    return `names from traffic: ${seen} frames seen, ${parsed} parsed`;
  }

  /** The packet's sender asked its target for `name` by this connection; null where it asked for none. */
  asked(_packet: Packet, _name: string | null): void {}

  /** The packet's target was told that `name` has these `count` addresses: four words each, IPv4 as IPv4-mapped IPv6. */
  answered(
    _packet: Packet,
    _name: string,
    _addresses: Int32Array,
    _count: number,
    _ttlSeconds: number,
  ): void {}

  enrich(record: FlowRecord): void {
    record.serverName = null;
    record.sourceDns = null;
    record.targetDns = null;
  }

  close(): void {
    // Nothing is open.
  }
}
