/** What a scene is: a connection or an exchange, and what its record has to say: all figures of health, and between what the times lie. */
import type { Acting, Measured } from './act.js';
import type { ActName } from './acts.js';
import { type Addresses, type Family, firewalled, type HealthNetwork, nowhere } from './network.js';
import { answerMs } from './servers.js';

export type Figures = Readonly<Record<string, number | string>>;
/** In microseconds, both included. */
export type Bounds = readonly [least: number, most: number];

/** How long a packet takes at least from where it is captured to either end and back, in microseconds. */
export interface Delays {
  readonly clientUs: number;
  readonly serverUs: number;
}

export interface Scene {
  readonly name: string;
  readonly transport: 'tcp' | 'udp';
  readonly act: ActName;
  readonly to: (network: HealthNetwork) => Addresses;
  readonly port: number;
  readonly what?: Acting;
  /** All figures of health but times. */
  told(measured: Measured, family: Family): Figures;
  /** All times that are told. */
  times?(measured: Measured, delays: Delays): Readonly<Record<string, Bounds>>;
  /** Figures that are told, and depend on how busy the hosts are: the least. */
  readonly least?: Readonly<Record<string, number>>;
  /** Names of figures that depend on it altogether, and may be absent. */
  readonly anyhow?: RegExp;
}

export const toServer = ({ server }: HealthNetwork): Addresses => server;

/** Clocks may run apart by 500 millionths: see adjtimex(2). */
const slow = 0.999;

/** The handshake's last packet goes before the request, and the answer comes so much later. */
export function handshake(wholeUs: number, { clientUs, serverUs }: Delays): Readonly<Record<string, Bounds>> {
  return {
    handshake_rtt_us: [Math.max(1, (clientUs + serverUs) * slow), wholeUs],
    client_nw_latency_us: [clientUs * slow, wholeUs],
    server_nw_latency_us: [serverUs * slow, wholeUs],
  };
}

/** From where they are captured to the server and back, too. */
export function response(responseUs: number, { serverUs }: Delays): Readonly<Record<string, Bounds>> {
  // Timers of Node go by whole milliseconds, and may be one early.
  return { appl_latency_us: [((answerMs - 1) * 1_000 + serverUs) * slow, responseUs] };
}

/** As from an error by ICMP. */
export interface Refusal {
  readonly name: string;
  readonly error: Readonly<Record<Family, string>>;
  readonly to: Scene['to'];
  readonly port: number;
}

const both = (error: string) => ({ ipv4: error, ipv6: error });

export const closedPort = (port: number): Refusal => ({
  ...{ name: 'to a closed port', error: both('port-unreachable'), to: toServer, port },
});

/** A firewall's, on the way to the server. */
export const firewallRefusals: readonly Refusal[] = [
  { name: 'prohibited by a firewall', error: both('prohibited'), to: toServer, port: firewalled.prohibited },
  {
    ...{ name: 'turned away as if there were no host', error: both('host-unreachable'), to: toServer },
    port: firewalled.hostUnreachable,
  },
  {
    ...{ name: 'turned away as if there were no way', error: both('net-unreachable'), to: toServer },
    port: firewalled.noRoute,
  },
];

/**
 * A router's where its way ends. Linux says so to a client of IPv4 five times in one go (ip_error() in net/ipv4/route.c); and of IPv6, that
 * there is no way.
 */
export const routerRefusals: readonly Refusal[] = [
  { name: 'prohibited by a router', error: both('prohibited'), to: () => nowhere.prohibited, port: 80 },
  {
    ...{ name: "at the end of a router's way", to: () => nowhere.unreachable, port: 80 },
    error: { ipv4: 'host-unreachable', ipv6: 'net-unreachable' },
  },
];
