/** Datagrams, one after the other, before what looks for names in Initials. */
import assert from 'node:assert/strict';
import { newObserverCounts, type ObserverCounts } from '../../src/observe/counts.js';
import { QuicInitials } from '../../src/observe/quic-initial.js';
import { decodeEthernet } from '../../src/packet/link/ethernet.js';
import { PACKET, Packet, sourcePortOf, targetPortOf } from '../../src/packet/packet.js';
import { frame } from '../support/frames.js';

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

/** All frames are Ethernet's. */
export class QuicRig {
  readonly counts: ObserverCounts = newObserverCounts();
  /** Who asked for what, in order: "40000 > 443 www.example.com", with null for no name. */
  readonly asked: string[] = [];
  readonly #initials: QuicInitials;
  readonly #packet = new Packet();

  constructor(mostPerSecond = Number.POSITIVE_INFINITY) {
    const findings = {
      asked: ({ ports }: Packet, name: string | null) => {
        this.asked.push(`${sourcePortOf(ports)} > ${targetPortOf(ports)} ${name}`);
      },
      answered: () => assert.fail('QUIC answers no questions'),
    };
    this.#initials = new QuicInitials({ findings, counts: this.counts, mostPerSecond });
  }

  /** What became of the counts in short: "parsed 1", "waiting 1, not-opened 2". */
  get became(): string {
    const { parsed, waiting, refused } = this.counts;
    return Object.entries({ parsed, waiting, ...refused })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  }

  /** `capturedBytes` of the frame are there. */
  frame(bytes: Uint8Array, timestampUs = 0, capturedBytes = bytes.length): void {
    // Other bytes stand before and behind it, and none of them may be changed.
    const among = new Uint8Array(capturedBytes + 64).fill(0xff);
    among.set(bytes.subarray(0, capturedBytes), 32);
    const before = among.slice();
    const view = new DataView(among.buffer);
    const end = 32 + capturedBytes;
    const outcome = decodeEthernet(view, 32, end, 32 + bytes.length, this.#packet);
    if (outcome !== PACKET || this.#packet.payloadOffset < 0) return;
    this.#initials.look(view, this.#packet.payloadOffset, end, this.#packet, timestampUs);
    assert.deepEqual(among, before);
    this.#check();
  }

  send(payload: Uint8Array, way: Way = {}, timestampUs = 0): void {
    this.frame(datagram(payload, way), timestampUs);
  }

  #check(): void {
    const { seen, parsed, waiting, refused } = this.counts;
    const reasons = Object.values(refused);
    for (const count of [parsed, waiting, ...reasons]) assert.ok(count >= 0, this.became);
    assert.equal(
      reasons.reduce((sum, count) => sum + count, parsed + waiting),
      seen,
      this.became,
    );
  }
}
