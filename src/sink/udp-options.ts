/** What a UDP sink can be told, what holds where it is not, and how long it waits for what. */
import type { Log } from '../host/log.js';
import { type Resolve, resolveBySystem } from './udp-addresses.js';
import type { DatagramCalls, SocketEnds } from './udp-link.js';
import type { UdpTarget } from './udp-target.js';

export interface UdpSinkOptions {
  readonly target: UdpTarget;
  readonly log: Pick<Log, 'limited'>;
  /** A steady clock in milliseconds, the one that `tick` is called with. */
  readonly nowMs: () => number;
  /** Datagrams a second at the most. */
  readonly ratePerSecond?: number;
  /** Records that are announced are spread over so long, as far as `ratePerSecond` allows. */
  readonly spreadMs?: number;
  /** Bytes of records that wait at the most; the oldest give way. */
  readonly queueBytes?: number;
  /** The longest datagram in bytes, without IP and UDP headers. */
  readonly maxDatagramBytes?: number;
  /** Packs records into datagrams of up to so many bytes; 0 sends each alone. */
  readonly packBytes?: number;
  readonly resolve?: Resolve;
  /** Told of each socket before anything is sent over it, and again before its first datagram that goes in fragments. */
  readonly sends?: (ends: SocketEnds, inFragments: boolean) => void;
  /** How datagrams are sent; Node's way where it is undefined. */
  readonly calls?: DatagramCalls | undefined;
}

export const defaultUdpOptions = {
  ratePerSecond: 20_000,
  /** A quarter of the default window. */
  spreadMs: 5000,
  queueBytes: 64 * 1024 * 1024,
  /** Fits into the 1,500 bytes of Ethernet, with room for a tunnel's headers. */
  maxDatagramBytes: 1400,
  packBytes: 0,
  resolve: resolveBySystem,
} satisfies Partial<UdpSinkOptions>;

/** No record that is announced waits for its turn because of a lower rate than this. */
export const lowestSpreadRatePerSecond = 1000;

/** After so long without a datagram the next one is a probe: the collector may have gone. */
export const pauseMs = 1000;
/** How long a probe has to meet with silence: after a pause, and when the collector was absent before. */
export const silenceMs = { doubt: 100, absence: 1000 } as const;
/** The same at the end, when nobody waits for an answer from far away. */
export const closingSilenceMs = { doubt: 10, absence: 50 } as const;
/** After the last datagram, so that its refusal by a host that is near still counts. */
export const lingerMs = 10;
/** How long an absent collector is left alone before the next probe. */
export const retryMs = 1000;
