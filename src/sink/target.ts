/** HOST:PORT: where a reader listens, as users write it. */
import { isIP, isIPv4 } from 'node:net';
import { UsageError } from '../host/failure.js';
import { broadcastProblem } from './broadcast.js';

export interface Target {
  /** As it was written, without "udp://". */
  readonly name: string;
  /** An IP address without brackets, or a host name. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** A text that names no target: what is wrong with it and how to write it, in one line. */
export class TargetError extends UsageError {}

/**
 * Reads "HOST:PORT", or the same behind `scheme` and "://"; an IPv6 address stands in brackets. Throws a TargetError, which
 * begins with the `option` or sub-command that it was given to, if there is one, and the text.
 */
export function parseTarget(text: string, option?: string, scheme = 'udp'): Target {
  const place = option === undefined ? text : `${option} ${text}`;
  const wrong = (what: string) => new TargetError(`${place}: ${what}`);
  const start = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  if (start !== '' && start.toLowerCase() !== `${scheme}://`)
    throw wrong(`only ${scheme} is possible here; write HOST:PORT or ${scheme}://HOST:PORT`);
  const like = (address: string) => `write ${start}${address}`;
  const examples = `${like('HOST:PORT')}, like ${start}127.0.0.1:10518, ${start}collector.example:10518 or ${start}[::1]:10518`;
  const address = start === '' ? text : text.slice(start.length).replace(/\/$/, '');
  if (isIP(address) === 6) throw wrong(`there is no port; ${like(`[${address}]:10518`)}`);
  const colon = address.lastIndexOf(':');
  const bracket = address.lastIndexOf(']');
  if (colon < 0 || colon < bracket) throw wrong(`there is no port; ${examples}`);
  const written = address.slice(0, colon);
  const port = address.slice(colon + 1);
  const host = bracket < 0 ? written : unbracketed(written);
  if (host === '') throw wrong(`there is no host; ${examples}`);
  if (bracket < 0 && isIP(written) === 6)
    throw wrong(`an IPv6 address stands in brackets; ${like(`[${written}]:${port}`)}`);
  if (bracket >= 0 && isIP(host ?? '') !== 6)
    throw wrong(`'${written}' is no host, only an IPv6 address stands in brackets; ${examples}`);
  if (host === undefined || (bracket < 0 && !isHost(host)))
    throw wrong(`'${written}' is neither an address nor a host name; ${examples}`);
  if (/^[0-9]+\//.test(port)) throw wrong(`there is a path behind the port; leave it out`);
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw wrong(`'${port}' is no port; write a number from 1 to 65535`);
  if (isOfOneLink(host))
    throw wrong(`it is an address of one link only; say which, as in ${start}[${host}%eth0]:${port}`);
  const problem = broadcastProblem(host);
  if (problem !== undefined) throw wrong(`it ${problem}; records go to one host: write its address`);
  return { name: start.toLowerCase() === 'udp://' ? address : text, host, port: Number(port) };
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
