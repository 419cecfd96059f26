/** Where a collector listens, as users write it. */
import { isIP, isIPv4 } from 'node:net';
import { UsageError } from '../host/failure.js';
import { broadcastProblem } from './broadcast.js';

export interface UdpTarget {
  /** As it was written, without "udp://". */
  readonly name: string;
  /** An IP address without brackets, or a host name. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** A text that names no UDP target: what is wrong with it and how to write it, in one line. */
export class UdpTargetError extends UsageError {}

/** How targets are written, where there is nothing better to show. */
const examples = 'write HOST:PORT, like 127.0.0.1:10518, collector.example:10518 or [::1]:10518';

/**
 * Reads "HOST:PORT" or "udp://HOST:PORT"; an IPv6 address stands in brackets. Throws an UdpTargetError, which names the
 * `option` or sub-command that it was given to, if there is one.
 */
export function parseUdpTarget(text: string, option?: string): UdpTarget {
  const place = option === undefined ? '' : `${option}: `;
  const wrong = (what: string) => new UdpTargetError(`${place}'${text}' ${what}`);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  if (scheme !== '' && scheme.toLowerCase() !== 'udp://') {
    throw wrong('is not a UDP target, and records go by UDP only; write udp://HOST:PORT or HOST:PORT');
  }
  const name = text.slice(scheme.length);
  if (isIP(name) === 6) throw wrong(`has no port; write [${name}]:10518`);
  const colon = name.lastIndexOf(':');
  const bracket = name.lastIndexOf(']');
  if (colon < 0 || colon < bracket) throw wrong(`has no port; ${examples}`);
  const written = name.slice(0, colon);
  const host = bracket < 0 ? written : unbracketed(written);
  if (host === '') throw wrong(`has no host; ${examples}`);
  if (bracket < 0 && isIP(written) === 6) {
    throw wrong(`has an IPv6 address without brackets; write [${written}]:${name.slice(colon + 1)}`);
  }
  if (bracket >= 0 && isIP(host ?? '') !== 6) {
    throw wrong(`has the host '${written}'; only an IPv6 address stands in brackets; ${examples}`);
  }
  if (host === undefined || (bracket < 0 && !isHost(host))) {
    throw wrong(`has the host '${written}', which is neither an address nor a host name; ${examples}`);
  }
  const port = name.slice(colon + 1);
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw wrong(`has the port '${port}'; a port is a number from 1 to 65535`);
  }
  if (isOfOneLink(host))
    throw wrong(`is an address of one link only; say which, as in [${host}%eth0]:${port}`);
  const problem = broadcastProblem(host);
  if (problem !== undefined) throw wrong(`${problem}; records go to one host: write its address`);
  return { name, host, port: Number(port) };
}

/** What stands in the brackets; undefined where they do not enclose the whole. */
function unbracketed(text: string): string | undefined {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : undefined;
}

/** A link-local IPv6 address (RFC 4291, fe80::/10) without its interface. */
function isOfOneLink(host: string): boolean {
  return /^fe[89ab][0-9a-f]:[^%]*$/i.test(host);
}

/** An IPv4 address, or a name of the DNS or /etc/hosts. */
function isHost(text: string): boolean {
  // Where the last label is a number, resolvers take the whole for an old form of an IPv4 address.
  const endsInNumber = /(?:^|\.)[0-9]+\.?$/.test(text);
  return isIPv4(text) || (!endsInNumber && /^(?!.*\.\.)[a-z0-9_][a-z0-9_.-]{0,252}$/i.test(text));
}
