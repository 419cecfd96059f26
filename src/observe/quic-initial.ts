/** The server's name in the first packets of a QUIC connection (RFC 9001 and RFC 9369): its client's Initials, opened and put together. */
import type { Packet } from '../packet/packet.js';
import type { ObserverCounts } from './counts.js';
import type { Findings } from './findings.js';

export interface QuicOptions {
  readonly findings: Findings;
  readonly counts: ObserverCounts;
  /** Connections that are opened in one second of packet time, at most. */
  readonly mostPerSecond: number;
}

export class QuicInitials {
  readonly #options: QuicOptions;

  constructor(options: QuicOptions) {
    this.#options = options;
  }

  /** To be called with each datagram that may be an Initial: its payload is `view`'s bytes from `start` to `end`. Never throws. */
  look(_view: DataView, _start: number, _end: number, _packet: Packet, _timestampUs: number): void {
    void this.#options;
  }
}
