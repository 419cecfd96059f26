/** Keeps what readers of payload find, as text. */
import assert from 'node:assert/strict';
import type { ObserverCounts } from '../../src/observe/counts.js';
import type { Findings } from '../../src/observe/findings.js';
import { PayloadObserver } from '../../src/observe/payload-observer.js';
import { formatIPv4, formatIPv6, ipv4MappedWord2 } from '../../src/packet/address.js';
import { linkDecoder } from '../../src/packet/decode.js';
import { PACKET, Packet } from '../../src/packet/packet.js';
import { packetText } from './decoding.js';

/** Finds in a line each: "10.0.0.1.40000 > 10.0.0.2.443 asked for a.example", "… was told a.example 192.0.2.1 2001:db8::1 60 s". */
export class FoundNames implements Findings {
  readonly lines: string[] = [];

  asked(packet: Packet, name: string | null): void {
    this.lines.push(`${ends(packet)} asked for ${name ?? 'none'}`);
  }

  answered(packet: Packet, name: string, addresses: Int32Array, count: number, ttlSeconds: number): void {
    const texts = Array.from({ length: count }, (_, at) =>
      addressText(addresses.subarray(4 * at, 4 * at + 4)),
    );
    this.lines.push(`${ends(packet)} told ${name} ${texts.join(' ')} ${ttlSeconds} s`);
  }

  /** What was found since the last call. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

const ends = (packet: Packet): string => packetText(packet).split(/ (?:TCP|UDP) /)[0]!;

function addressText([word0, word1, word2, word3]: Int32Array): string {
  return word0 === 0 && word1 === 0 && word2 === ipv4MappedWord2
    ? formatIPv4(word3!)
    : formatIPv6(word0!, word1!, word2!, word3!);
}

export interface Watch {
  readonly observer: PayloadObserver;
  readonly found: FoundNames;
  /** Shows a frame, captured as far as `capturedBytes` and at a time, to the observer; returns what it found. */
  show(bytes: Uint8Array, options?: ShowOptions): string[];
}

export interface ShowOptions {
  readonly capturedBytes?: number;
  readonly timestampUs?: number;
  readonly linkType?: number;
}

/**
 * An observer of everything. Frames are of Ethernet unless told otherwise, and stand in a larger buffer, as they do in captures,
 * which must stay as it is.
 */
export function watch(options: Partial<ConstructorParameters<typeof PayloadObserver>[0]> = {}): Watch {
  const found = new FoundNames();
  const observer = new PayloadObserver({
    ...{ dns: true, tls: true, quic: true, findings: found, mostInitialsPerSecond: 500 },
    ...options,
  });
  const packet = new Packet();
  return {
    observer,
    found,
    show(bytes, { capturedBytes = bytes.length, timestampUs = 0, linkType = 1 } = {}) {
      const before = 7;
      const buffer = new Uint8Array(before + bytes.length + 9).fill(0xa5);
      buffer.set(bytes.subarray(0, capturedBytes), before);
      const view = new DataView(buffer.buffer);
      const end = before + capturedBytes;
      const outcome = linkDecoder(linkType)!(view, before, end, before + bytes.length, packet);
      if (outcome === PACKET && packet.payloadOffset >= 0 && packet.payloadOffset < end)
        observer.look(view, end, packet, timestampUs);
      assert.ok(buffer.subarray(before, end).every((byte, at) => byte === bytes[at]));
      return found.take();
    },
  };
}

/** The counts in a line, without those that are 0: "seen 3, parsed 1, cut 1, waiting 1". */
export function countsText({ seen, parsed, refused, waiting }: ObserverCounts): string {
  return Object.entries({ seen, parsed, ...refused, waiting })
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** Frames that ended in no count, or in two: 0. */
export function unbalanced({ seen, parsed, refused, waiting }: ObserverCounts): number {
  return seen - parsed - waiting - Object.values(refused).reduce((sum, count) => sum + count, 0);
}
