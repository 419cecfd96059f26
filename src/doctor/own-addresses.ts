/** Which addresses are this host's own. */
import { isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** `host` is an address or a name; of names only "localhost" is known without asking anybody. */
export function isOwnAddress(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost';
  if (host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host));
}
