/** Where questions go: the system's resolvers from resolv.conf(5), or those that the user names. */
import { stat } from 'node:fs/promises';
import { isIP, SocketAddress } from 'node:net';
import { readBoundedText } from '../bounded-file.js';
import { EnrichError } from '../enricher.js';

export interface DnsServer {
  readonly family: 4 | 6;
  /** As the socket takes it; a link-local IPv6 address ends in %interface. */
  readonly address: string;
  readonly port: number;
  /** Address without zone, in its one canonical form, and port: equal for a datagram that this server sent. */
  readonly key: string;
}

const dnsPort = 53;
/** resolv.conf(5): MAXNS. */
const maxServers = 3;
const maxFileBytes = 65_536;
export const systemResolvConf = '/etc/resolv.conf';

/** Reads "ADDRESS", "ADDRESS:PORT" or "[IPv6]:PORT". Throws an EnrichError where it is none of them. */
export function parseDnsServer(text: string): DnsServer {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const withPort = /^([^:]*):(\d{1,5})$/.exec(text);
  const [, address = text, portText] = bracketed ?? withPort ?? [];
  const port = portText === undefined ? dnsPort : Number(portText);
  const family = isIP(address);
  if (family === 0 || (bracketed && family !== 6) || port < 1 || port > 65_535) {
    throw new EnrichError(
      `"${text}" is not the address of a DNS server: give it as 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353`,
    );
  }
  return serverAt(address, port);
}

/** The first three usable nameserver lines; the local host where there is none, as resolv.conf(5) says. */
export function parseResolvConf(text: string): DnsServer[] {
  const servers: DnsServer[] = [];
  for (const line of text.split('\n')) {
    const [keyword, address = ''] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && isIP(address) !== 0) servers.push(serverAt(address, dnsPort));
    if (servers.length === maxServers) break;
  }
  return servers.length > 0 ? servers : [serverAt('127.0.0.1', dnsPort)];
}

/** The key of a sender as dgram reports it. */
export function senderKey(address: string, port: number): string {
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  return `${new SocketAddress({ address, family }).address} ${port}`;
}

function serverAt(address: string, port: number): DnsServer {
  return { family: isIP(address) === 6 ? 6 : 4, address, port, key: senderKey(address, port) };
}

/** Answers the servers of a resolv.conf, or undefined while the file is what it was at the last call. */
export function createResolvConfReader(path: string): () => Promise<DnsServer[] | undefined> {
  let lastSeen: string | undefined;
  return async () => {
    const seen = await stat(path).then(
      (file) => `${file.ino} ${file.size} ${file.mtimeMs}`,
      () => 'unreadable',
    );
    if (seen === lastSeen) return undefined;
    lastSeen = seen;
    return parseResolvConf(await readBoundedText(path, maxFileBytes).catch(() => ''));
  };
}
