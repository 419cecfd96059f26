/** Who asks for names, and how. */
import { join } from 'node:path';
import { type Family, fetchPage, openSession } from '../../support/names/clients.js';
import { servers } from '../../support/names/network.js';
import { siteOf, unusualPort } from '../../support/names/servers.js';
import { browse, noChromium } from './chromium.js';
import { fetchByQuic, noQuicClient, noQuicServer } from './quic.js';
import type { Scene } from './scene.js';

export interface Kind {
  readonly name: string;
  readonly count: number;
  /** Why it cannot be had here, or false. */
  readonly skip: string | false;
  /** Asks for each name by a connection of its own. */
  ask(scene: Scene, hosts: readonly string[]): Promise<void>;
}

const familyOf = (host: string): Family => (host.endsWith(siteOf.ipv6) ? 'ipv6' : 'ipv4');

async function inTurn(hosts: readonly string[], ask: (host: string, at: number) => Promise<unknown>) {
  for (const [at, host] of hosts.entries()) await ask(host, at);
}

export const curl: Kind = {
  name: 'curl by TLS',
  count: 20,
  skip: false,
  ask: ({ network }, hosts) => inTurn(hosts, (host) => fetchPage(network, host, { family: familyOf(host) })),
};

export const curlElsewhere: Kind = {
  name: `curl by TLS on port ${unusualPort}`,
  count: 10,
  skip: false,
  ask: ({ network }, hosts) =>
    inTurn(hosts, (host) => fetchPage(network, host, { family: familyOf(host), port: unusualPort })),
};

export const openssl: Kind = {
  name: 'openssl by TLS 1.2 and 1.3',
  count: 20,
  skip: false,
  ask: ({ network }, hosts) =>
    inTurn(hosts, async (name, at) => {
      const version = at % 4 < 2 ? 'tls1_2' : 'tls1_3';
      const session = openSession(network, { server: servers.shared, family: familyOf(name), name, version });
      await session.ask();
      await session.close();
    }),
};

const chromium = (by: 'tls' | 'quic', skip: string | false): Kind => ({
  name: `Chromium by ${by.toUpperCase()}`,
  count: 50,
  skip,
  ask: ({ network, certificate, ground }, hosts) =>
    browse({ network, certificate, hosts, by, folder: join(ground.folder, `chromium-${by}`) }),
});

export const chromiumByTls = chromium('tls', noChromium);
export const chromiumByQuic = chromium('quic', noChromium || noQuicServer);

export const ngtcp2: Kind = {
  name: 'gtlsclient by QUIC',
  count: 20,
  skip: noQuicClient || noQuicServer,
  ask: ({ network }, hosts) => inTurn(hosts, (host) => fetchByQuic(network, host)),
};

/** Names that nobody else asks for, by IPv4 and IPv6 in turn. */
export const hostsFor = ({ count }: Kind): string[] =>
  Array.from({ length: count }, (_, number) => `n${number}.${number % 2 === 0 ? siteOf.ipv4 : siteOf.ipv6}`);
