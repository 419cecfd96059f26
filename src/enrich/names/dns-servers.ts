/** Where questions go: the system's resolvers from resolv.conf(5), or those that the user names. */
import { stat } from 'node:fs/promises';
import { isIP, SocketAddress } from 'node:net';
import { readBoundedText } from '../../host/bounded-file.js';
import { EnrichError } from '../enricher.js';

export interface DnsServer {
  readonly family: 4 | 6;
  /** In the form in which the kernel tells it of a datagram's sender; a link-local IPv6 address ends in %interface. */
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
  const [, addressText = text, portText] = bracketed ?? withPort ?? [];
  const port = portText === undefined ? dnsPort : Number(portText);
  const address = bracketed && !addressText.includes(':') ? undefined : answeringAddress(addressText);
  if (address === undefined || port < 1 || port > 65_535) {
    throw new EnrichError(
      `--dns ${text}: not the address of a DNS server; write 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353`,
    );
  }
  if (isWithoutLink(address)) {
    throw new EnrichError(
      `--dns ${text}: a link-local address, which each link has for itself; name the interface too, as in ${address}%eth0`,
    );
  }
  return serverAt(address, port);
}

/** The first three usable nameserver lines; the local host where there is none, as resolv.conf(5) says. */
export function parseResolvConf(text: string): DnsServer[] {
  const servers: DnsServer[] = [];
  for (const line of text.split('\n')) {
    const [keyword, addressText = ''] = line.trim().split(/\s+/);
    const address = keyword === 'nameserver' ? answeringAddress(addressText) : undefined;
    if (address !== undefined && !isWithoutLink(address)) servers.push(serverAt(address, dnsPort));
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

/**
 * The address that answers come from when questions are sent to what `text` says; undefined where that is no address.
 * Linux takes an unspecified address for the host itself, and answers as its loopback address.
 */
function answeringAddress(text: string): string | undefined {
  if (isIP(text) !== 6) return answeringIPv4(text);
  const [bare, zone] = text.split('%') as [string, string?];
  const address = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  const mapped = mappedForm.exec(address);
  if (mapped) return answeringIPv4(mapped[1]!);
  if (address === '::') return '::1';
  return zone === undefined ? address : `${address}%${zone}`;
}

/** An IPv4-mapped address (RFC 4291, 2.5.5.2), as inet_ntop(3) writes it. */
const mappedForm = /^::ffff:([\d.]+)$/;

/** All forms that resolv.conf may have, which are inet_aton(3)'s: 127.14 is 127.0.0.14. So are those of hosts in URLs. */
function answeringIPv4(text: string): string | undefined {
  if (!/^(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}$/i.test(text) || !URL.canParse(`http://${text}`)) {
    return undefined;
  }
  const { hostname } = new URL(`http://${text}`);
  return hostname === '0.0.0.0' ? '127.0.0.1' : hostname;
}

/** Whether it is a link-local address (RFC 4291, 2.5.6) that does not say of which link. */
function isWithoutLink(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/.test(address) && !address.includes('%');
}

/**
 * Reads the servers of a resolv.conf; undefined while the file is what it was at the last call, or while it cannot be
 * read for a reason that passes, such as too many open files. Never rejects.
 */
export function createResolvConfReader(path: string): () => Promise<DnsServer[] | undefined> {
  let lastSeen: string | undefined;
  return async () => {
    const seen = await stat(path).then(
      (file) => `${file.ino} ${file.size} ${file.mtimeMs}`,
      () => 'unreadable',
    );
    if (seen === lastSeen) return undefined;
    const servers = await readResolvConf(path);
    if (servers) lastSeen = seen;
    return servers;
  };
}

/** Undefined where the file cannot be read for a reason that passes. Never rejects. */
export async function readResolvConf(path: string): Promise<DnsServer[] | undefined> {
  const text = await readBoundedText(path, maxFileBytes).catch(textInPlaceOf);
  return text === undefined ? undefined : parseResolvConf(text);
}

/** A file that is not there, or that nobody lets us read, lists no server. Undefined for what may pass. */
function textInPlaceOf(error: NodeJS.ErrnoException): string | undefined {
  return error.code === undefined || lastingErrors.has(error.code) ? '' : undefined;
}

/** What stays until somebody changes the file system; the C library takes these for an empty file, too. */
const lastingErrors = new Set(['EACCES', 'EISDIR', 'ELOOP', 'ENOENT', 'ENOTDIR', 'EPERM', 'ENXIO']);
