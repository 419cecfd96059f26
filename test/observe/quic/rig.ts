/** Datagrams, one after the other, before what looks for names in Initials. */
import assert from 'node:assert/strict';
import type { ObserverCounts } from '../../../src/observe/counts.js';
import { countsText, unbalanced, watch } from '../../support/found-names.js';
import { frame } from '../../support/frames.js';

/** Addresses and ports: those of frames by default, with the client as the source. */
export interface Way {
  /** Default: 4. */
  readonly family?: 4 | 6;
  readonly source?: string;
  readonly target?: string;
  readonly sourcePort?: number;
  readonly targetPort?: number;
}

/** What comes back. */
export const reversed: Way = { source: '10.0.0.2', target: '10.0.0.1', sourcePort: 443, targetPort: 40_000 };
export const reversed6: Way = {
  ...{ family: 6, source: '2001:db8::2', target: '2001:db8::1', sourcePort: 443, targetPort: 40_000 },
};

export function datagram(payload: Uint8Array, way: Way = {}): Uint8Array {
  const ethernet = frame().ethernet();
  const ip = way.family === 6 ? ethernet.ipv6(way) : ethernet.ipv4(way);
  return ip.udp(way).payload(payload).bytes();
}

export class QuicRig {
  /** The names that were asked for, in order: "none" where none was. */
  readonly asked: string[] = [];
  readonly #watch;

  constructor(mostInitialsPerSecond = Number.POSITIVE_INFINITY) {
    this.#watch = watch({ dns: false, tls: false, mostInitialsPerSecond });
  }

  get counts(): ObserverCounts {
    return this.#watch.observer.counts;
  }

  /** What became of the datagrams that were seen: "parsed 1", "not-opened 2, waiting 1". */
  get became(): string {
    return countsText(this.counts).replace(/^seen \d+,? ?/, '');
  }

  /** An Ethernet frame, of which `capturedBytes` are there. Returns the names that it told. */
  frame(bytes: Uint8Array, timestampUs = 0, capturedBytes = bytes.length): string[] {
    const lines = this.#watch.show(bytes, { timestampUs, capturedBytes });
    const names = lines.map((line) => line.split(' asked for ')[1]!);
    this.asked.push(...names);
    assert.equal(unbalanced(this.counts), 0, this.became);
    return names;
  }

  send(payload: Uint8Array, way: Way = {}, timestampUs = 0): void {
    this.frame(datagram(payload, way), timestampUs);
  }
}
