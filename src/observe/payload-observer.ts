/** Looks at the payload of packets that may carry a name, and hands each to the reader that knows it. */
import type { Packet } from '../packet/packet.js';
import { newObserverCounts, type ObserverCounts } from './counts.js';
import type { Findings } from './findings.js';

/** What names are looked for in: DNS answers, TLS hellos by TCP, QUIC Initials. */
export interface ObserverOptions {
  readonly dns: boolean;
  readonly tls: boolean;
  readonly quic: boolean;
  readonly findings: Findings;
  /** QUIC connections that are opened in one second of packet time, at most: each takes keys to be derived. */
  readonly mostInitialsPerSecond: number;
}

export class PayloadObserver {
  readonly counts: ObserverCounts = newObserverCounts();
  readonly #options: ObserverOptions;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /**
   * To be called with each packet that counts in a flow: `packet` was decoded from a frame that ends at `end` in `view`, as far
   * as it was captured. Never throws.
   */
  look(_view: DataView, _end: number, _packet: Packet, _timestampUs: number): void {
    void this.#options;
  }
}
