/** A part of a TLS hello that waits for the rest: whose it is, since when, and its bytes. */
import type { Packet } from '../packet/packet.js';
import { StreamStart } from './stream-start.js';
import { connectionHash } from './tcp-connection.js';
import { longestHelloBytes } from './tls-records.js';
import { TwoEnds } from './two-ends.js';

export class PendingHello {
  readonly stream = new StreamStart(longestHelloBytes);
  hash = 0;
  /** The sequence number of the stream's first byte. */
  sequence = 0;
  sinceUs = 0;
  /** How many frames its bytes are from. */
  frames = 0;
  readonly #ends = new TwoEnds();

  /** Begins anew, without a byte. */
  begin(packet: Packet, sequence: number, timestampUs: number): void {
    this.hash = connectionHash(packet);
    this.sequence = sequence;
    this.sinceUs = timestampUs;
    this.frames = 1;
    this.#ends.become(packet);
    this.stream.clear();
  }

  /** Whether the packet goes the same way in the same connection. */
  isOf(packet: Packet): boolean {
    return this.#ends.goesForward(packet);
  }
}
