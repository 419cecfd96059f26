/** What readers of payload find, and where they put it. */
import type { Packet } from '../packet/packet.js';

/** Whoever keeps names. Each name is fit to be shown (see name-text.ts). Packets are read during the call, and no longer. */
export interface Findings {
  /** The packet's sender asked its target for `name`, by this connection; null where it asked for none, or for one that is not shown. */
  asked(packet: Packet, name: string | null): void;
  /**
   * The packet's target was told that `name` has these addresses, for so many seconds: `count` times four words as in Packet
   * from the start of `addresses` on, IPv4 as IPv4-mapped IPv6. They are read during the call, and no longer.
   */
  answered(packet: Packet, name: string, addresses: Int32Array, count: number, ttlSeconds: number): void;
}

/** Why a frame that may carry a name told none. */
export const refusals = [
  'cut', // it was not captured as far as the name
  'malformed', // it is not what it looks like
  'without-name', // it states no name, or no address
  'unfit-name', // one that is not shown
  'incomplete', // the rest of it did not come in time, or is in a segment that nobody waits for
  'too-many', // a bound was reached
  'not-opened', // its keys are not those of a client's first packet
] as const;
export type Refusal = (typeof refusals)[number];
