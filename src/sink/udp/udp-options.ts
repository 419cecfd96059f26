/** What a UDP sink can be told, what holds where it is not, and how long it waits for what. */
import type { Log } from '../../host/log.js';
import { type Resolve, resolveBySystem } from '../addresses.js';
import type { Target } from '../target.js';
import type { PathOptions } from './datagram-path.js';
import type { DatagramCalls } from './udp-link.js';

export interface UdpSinkOptions extends Partial<PathOptions> {
  readonly target: Target;
  readonly log: Pick<Log, 'limited'>;
  /** A steady clock in milliseconds, the one that `tick` is called with. */
  readonly nowMs: () => number;
  /** Datagrams per second at most. */
  readonly ratePerSecond?: number;
  /** Records that are announced are spread over so long, as far as `ratePerSecond` allows. */
  readonly spreadMs?: number;
  /** Bytes of records that wait at the most; the oldest give way. */
  readonly queueBytes?: number;
  readonly resolve?: Resolve;
  /** How datagrams are sent; Node's way where it is undefined. */
  readonly calls?: DatagramCalls | undefined;
  /** How many routers a datagram to a multicast address may pass. */
  readonly multicastHops?: number;
}

export const defaultUdpOptions = {
  ratePerSecond: 20_000,
  /** A quarter of the default window. */
  spreadMs: 5000,
  queueBytes: 64 * 1024 * 1024,
  longestRecordBytes: 8192,
  packBytes: 0,
  multicastHops: 1,
  resolve: resolveBySystem,
} satisfies Partial<UdpSinkOptions>;

/** After so long without a datagram the next one is a probe: the collector may have gone. */
export const pauseMs = 1000;
/**
 * How long a probe has to meet with silence before it counts as sent: longer where the collector was absent before, and
 * short at the end, when nobody waits for an answer from far away.
 */
export function silenceMs(isClosing: boolean, wasAbsent: boolean): number {
  if (isClosing) return wasAbsent ? 50 : 10;
  return wasAbsent ? 1000 : 100;
}
/** After the last datagram, so that its refusal by a host that is near still counts. */
export const lingerMs = 10;
/** How long an absent collector is left alone before the next probe. */
export const retryMs = 1000;
