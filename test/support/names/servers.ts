/** The servers' side of a names network: dnsmasq, and nginx, which answers by HTTP and TLS on all addresses, whatever it is asked for. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDnsmasq, stopDnsmasq } from '../dnsmasq.js';
import type { Certificate } from '../readers/certificates.js';
import { readerProcess, type Undoing } from '../readers/process.js';
import { clients, type NamesNetwork, resolver, servers } from './network.js';

/** Every name under it has the address of `servers.shared`, in both families. */
export const site = 'site.example';
/** The same in one family only. */
export const siteOf = { ipv4: 'ipv4.example', ipv6: 'ipv6.example' } as const;
/** Names of `servers.lookedUp`, by way of another; the last one has the address of `servers.nameless`, too. */
export const lookedUp = {
  first: 'looked-up.example',
  second: 'also-looked-up.example',
  several: 'several.example',
} as const;
/** What reverse DNS says. It knows no other address. */
export const pointed = {
  shared: 'edge-17.cdn.example',
  pointed: 'pointed.example',
  client: 'laptop.example',
} as const;

/** Of TLS, on a port that says nothing of it. */
export const unusualPort = 9_999;

/** `more` are dnsmasq's options without their dashes. */
export async function startResolver(
  undoing: Undoing,
  { onServers }: NamesNetwork,
  more: readonly string[] = [],
): Promise<void> {
  const { shared, lookedUp: cdn, pointed: known, nameless } = servers;
  const server = await startDnsmasq(
    [resolver.ipv4, resolver.ipv6],
    53,
    [
      'local-ttl=300',
      ...['local=/example/', 'local=/18.198.in-addr.arpa/', 'local=/3.6.0.7.a.6.d.f.ip6.arpa/'],
      ...[`address=/${site}/${siteOf.ipv4}/${shared.ipv4}`, `address=/${site}/${siteOf.ipv6}/${shared.ipv6}`],
      `host-record=cdn.example,${cdn.ipv4},${cdn.ipv6}`,
      ...[lookedUp.first, lookedUp.second].map((name) => `cname=${name},cdn.example`),
      ...[cdn, nameless].map(({ ipv4, ipv6 }) => `host-record=${lookedUp.several},${ipv4},${ipv6}`),
      `ptr-record=${reverse(shared.ipv4)},${pointed.shared}`,
      `ptr-record=${reverse(known.ipv4)},${pointed.pointed}`,
      `ptr-record=${reverse(clients[0].ipv4)},${pointed.client}`,
      ...more,
    ],
    onServers,
  );
  undoing.atEnd(() => stopDnsmasq(server));
}

const reverse = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;

/**
 * nginx on ports 80, 443 and `unusualPort`; resolves when it listens. Its page is a megabyte at /large. The certificate is for nobody's name:
 * a browser that is told to take it keeps a connection for each name.
 */
export async function startWebServer(
  undoing: Undoing,
  { onServers, servers: namespace }: NamesNetwork,
  folder: string,
): Promise<Certificate> {
  const own = join(folder, 'nginx');
  mkdirSync(own);
  const certificate = makeCertificate(own);
  writeFileSync(join(own, 'large'), Buffer.alloc(1 << 20, 'x'));
  const settings = join(own, 'nginx.conf');
  writeFileSync(settings, settingsOf(own, certificate));
  const server = readerProcess(undoing, {
    words: [...onServers, 'nginx', '-c', settings, '-e', join(own, 'error.log')],
    isReady: () => listens(namespace, 'tcp', 443),
  });
  await server.start();
  return certificate;
}

export function makeCertificate(folder: string): Certificate {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key];
  const alternatives = ['-addext', 'subjectAltName=DNS:servers.example'];
  const words = ['req', '-x509', ...key, '-subj', '/CN=servers.example', '-out', files.cert, ...alternatives];
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  return files;
}

/** Whether somebody listens on a port in a namespace. */
export function listens(namespace: string, protocol: 'tcp' | 'udp', port: number): boolean {
  const words = ['-N', namespace, '-Hln', protocol === 'tcp' ? '-t' : '-u', `sport = :${port}`];
  return spawnSync('ss', words, { encoding: 'utf8' }).stdout.trim() !== '';
}

function settingsOf(folder: string, { cert, key }: Certificate): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `daemon off; master_process on; worker_processes 1; user root; pid ${join(folder, 'pid')};
events {}
http {
  ${paths.join(' ')}
  access_log off;
  server {
    listen 80; listen [::]:80; listen 443 ssl; listen [::]:443 ssl;
    listen ${unusualPort} ssl; listen [::]:${unusualPort} ssl;
    ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;
    location / { default_type text/html; return 200 'hello'; }
    location /large { root ${folder}; }
  }
}
`;
}
