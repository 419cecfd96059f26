/** What answers on a host, each in a control group of its own or in none. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listens, makeCertificate } from '../names/servers.js';
import type { Undoing } from '../readers/process.js';
import { until } from '../until.js';
import type { Host } from './hosts.js';
import type { RunBy } from './runtimes.js';
import { startTalker } from './talks.js';

/** All listen on IPv6's unspecified address, and all but openssl take IPv4 there. */
export const ports = { echo: 7, dns: 53, web: 80, tls: 4433, files: 8000 } as const;

/** A user of whom no account is needed. */
export const filesUser = 1_234;
export const webUser = 65_534;

export interface Daemon {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly user?: number;
  words(folder: string): readonly string[];
}

const anyAddress = 'ipv6only=0,reuseaddr,fork';

/** One socket that is never connected, for all. */
const datagramEcho = `from socket import *
echo = socket(AF_INET6, SOCK_DGRAM)
echo.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
echo.bind(('::', ${ports.echo}))
while True: echo.sendto(*echo.recvfrom(100))`;

export const daemons = {
  /** Its accepted sockets are the worker's, who is nobody; the one that listens is root's. */
  web: {
    name: 'nginx',
    protocol: 'tcp',
    port: ports.web,
    words: (folder: string) => ['nginx', '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
  },
  dns: {
    name: 'dnsmasq',
    protocol: 'udp',
    port: ports.dns,
    words: () => [
      ...['dnsmasq', '--no-daemon', '--no-resolv', '--no-hosts', '--conf-file=', '--pid-file', '--user=root'],
      '--host-record=asked.example,192.0.2.1',
    ],
  },
  tls: {
    name: 'openssl',
    protocol: 'tcp',
    port: ports.tls,
    words: (folder: string) => [
      ...['openssl', 's_server', '-accept', `[::]:${ports.tls}`, '-rev', '-quiet'],
      ...['-cert', join(folder, 'cert.pem'), '-key', join(folder, 'key.pem')],
    ],
  },
  /** A process forked for each connection. */
  streams: {
    name: 'socat',
    protocol: 'tcp',
    port: ports.echo,
    words: () => ['socat', `TCP6-LISTEN:${ports.echo},${anyAddress}`, 'PIPE'],
  },
  datagrams: {
    name: 'python3',
    protocol: 'udp',
    port: ports.echo,
    words: () => ['python3', '-c', datagramEcho],
  },
  files: {
    name: 'python3',
    protocol: 'tcp',
    port: ports.files,
    user: filesUser,
    words: (folder: string) => ['python3', '-m', 'http.server', '-b', '::', '-d', folder, `${ports.files}`],
  },
} as const satisfies Record<string, Daemon>;

export type DaemonName = keyof typeof daemons;

/** Resolves when all listen. `runBy` says in which group each is: those that they fork are killed with it. */
export async function startDaemons(
  undoing: Undoing,
  host: Host,
  folder: string,
  runBy: Readonly<Partial<Record<DaemonName, RunBy>>>,
): Promise<void> {
  const own = join(folder, `daemons-${host.namespace}`);
  mkdirSync(own);
  chmodSync(folder, 0o755);
  makeCertificate(own);
  writeFileSync(join(own, 'nginx.conf'), nginxSettings(own));
  for (const [name, by] of Object.entries(runBy)) {
    const daemon: Daemon = daemons[name as DaemonName];
    const { child, said } = startTalker(undoing, { host, by, user: daemon.user }, daemon.words(own));
    const isListening = () =>
      listens(host.namespace, daemon.protocol, daemon.port) || child.exitCode !== null;
    await until(`${daemon.name} listens`, isListening, said);
    if (child.exitCode !== null) throw new Error(`${daemon.name} ended: ${said()}`);
  }
}

function nginxSettings(folder: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `daemon off; master_process on; worker_processes 1; user nobody nogroup; pid ${join(folder, 'pid')};
events {}
http {
  ${paths.join(' ')}
  access_log off;
  server {
    listen [::]:${ports.web} ipv6only=off;
    location / { default_type text/html; return 200 'hello'; }
  }
}
`;
}
