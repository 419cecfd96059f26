/**
 * How long datagrams may be. More than the first link takes in one piece is never sent: of a datagram in fragments, one
 * that is lost takes all records with it. Of the rest of the way this host knows nothing without asking.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** RFC 791, RFC 8200 and RFC 768: the headers before a datagram's payload. */
const headerBytes = { 4: 20 + 8, 6: 40 + 8 } as const;
/** RFC 768's length field counts its own header; IPv4's counts both. */
const longest = { 4: 65_507, 6: 65_527 } as const;

export class DatagramSize {
  /** Records are packed up to so many bytes; 0 sends each alone. */
  packBytes: number;
  /** No datagram has more. */
  longestBytes: number;
  readonly #wantedPackBytes: number;
  readonly #wantedLongestBytes: number;

  constructor(packBytes: number, longestBytes: number) {
    this.#wantedPackBytes = packBytes;
    this.#wantedLongestBytes = Math.max(longestBytes, packBytes);
    this.packBytes = this.#wantedPackBytes;
    this.longestBytes = this.#wantedLongestBytes;
  }

  /** Keeps to what leaves from this address of ours in one piece. False where less is packed for it than was wanted. */
  fit(localAddress: string): boolean {
    const most = pathBytes(localAddress);
    this.packBytes = Math.min(this.#wantedPackBytes, most);
    this.longestBytes = Math.min(this.#wantedLongestBytes, most);
    return this.packBytes === this.#wantedPackBytes;
  }
}

/** The protocol's limit where the interface is not known. */
function pathBytes(localAddress: string): number {
  const family = isIP(localAddress) === 6 ? 6 : 4;
  const mtu = mtuOf(localAddress);
  return mtu === undefined ? longest[family] : Math.min(longest[family], mtu - headerBytes[family]);
}

/** Undefined where it cannot be told: an address of no interface, or no descriptor left to ask with. */
function mtuOf(localAddress: string): number | undefined {
  try {
    const interfaces = Object.entries(networkInterfaces());
    const [name] = interfaces.find(([, of]) => of?.some(({ address }) => address === localAddress)) ?? [];
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'latin1'));
    return mtu > 0 ? mtu : undefined;
  } catch {
    return undefined;
  }
}
