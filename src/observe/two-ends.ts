/** Whose packets belong together: addresses and ports of both ends, as the packet that was first had them. */
import type { Packet } from '../packet/packet.js';

const SOURCE = 0;
const TARGET = 4;

export class TwoEnds {
  #family: 0 | 4 | 6 = 0;
  #ports = 0;
  /** The source's address, then the target's; words are as in Packet, and of IPv4 the first of each counts. */
  readonly #words = new Int32Array(8);

  become(packet: Packet): void {
    const words = this.#words;
    this.#family = packet.family;
    this.#ports = packet.ports;
    words[0] = packet.source0;
    words[1] = packet.source1;
    words[2] = packet.source2;
    words[3] = packet.source3;
    words[4] = packet.target0;
    words[5] = packet.target1;
    words[6] = packet.target2;
    words[7] = packet.target3;
  }

  /** Whether `packet` goes the same way as the first. */
  goesForward(packet: Packet): boolean {
    return packet.ports === this.#ports && this.#isBetween(packet, SOURCE, TARGET);
  }

  /** Whether it goes the other way. */
  goesBack(packet: Packet): boolean {
    const { ports } = packet;
    return ((ports << 16) | (ports >>> 16)) === this.#ports && this.#isBetween(packet, TARGET, SOURCE);
  }

  /** Whether the packet's addresses are those that begin at these words. */
  #isBetween(packet: Packet, source: number, target: number): boolean {
    const words = this.#words;
    if (packet.family !== this.#family) return false;
    if (packet.source0 !== words[source] || packet.target0 !== words[target]) return false;
    if (packet.family === 4) return true;
    return (
      packet.source1 === words[source + 1] &&
      packet.source2 === words[source + 2] &&
      packet.source3 === words[source + 3] &&
      packet.target1 === words[target + 1] &&
      packet.target2 === words[target + 2] &&
      packet.target3 === words[target + 3]
    );
  }
}
