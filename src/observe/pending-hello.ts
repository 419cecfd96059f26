/** A part of a TLS hello that waits for the rest: whose it is, since when, and its bytes. */
import type { Packet } from '../packet/packet.js';
import { StreamStart } from './stream-start.js';
import { connectionHash } from './tcp-connection.js';
import { longestHelloBytes } from './tls-records.js';

export class PendingHello {
  readonly stream = new StreamStart(longestHelloBytes);
  hash = 0;
  /** The sequence number of the stream's first byte. */
  sequence = 0;
  sinceUs = 0;
  /** How many frames its bytes are from. */
  frames = 0;
  #family = 0;
  #ports = 0;
  /** Of the source, then of the target; of IPv4, the first of each. */
  readonly #words = new Int32Array(8);

  /** Begins anew, without a byte. */
  begin(packet: Packet, sequence: number, timestampUs: number): void {
    this.hash = connectionHash(packet);
    this.sequence = sequence;
    this.sinceUs = timestampUs;
    this.frames = 1;
    this.#family = packet.family;
    this.#ports = packet.ports;
    const words = this.#words;
    words[0] = packet.source0;
    words[1] = packet.source1;
    words[2] = packet.source2;
    words[3] = packet.source3;
    words[4] = packet.target0;
    words[5] = packet.target1;
    words[6] = packet.target2;
    words[7] = packet.target3;
    this.stream.clear();
  }

  /** Whether the packet goes the same way in the same connection. */
  isOf(packet: Packet): boolean {
    const words = this.#words;
    if (this.#family !== packet.family || this.#ports !== packet.ports) return false;
    if (words[0] !== packet.source0 || words[4] !== packet.target0) return false;
    if (packet.family === 4) return true;
    return (
      words[1] === packet.source1 &&
      words[2] === packet.source2 &&
      words[3] === packet.source3 &&
      words[5] === packet.target1 &&
      words[6] === packet.target2 &&
      words[7] === packet.target3
    );
  }
}
