/** Where an HTTP reader is, as users write it behind a scheme. */
import { UsageError } from '../../host/failure.js';

/**
 * `scheme` is "http", "https", or one that ends in "+http" or "+https"; any other goes by https. `place` is the output, as
 * errors name it. Throws a UsageError.
 */
export function readerUrl(scheme: string, address: string, place: string): URL {
  const protocol = /(?:^|\+)http$/.test(scheme) ? 'http' : 'https';
  const wrong = (what: string) =>
    new UsageError(
      `${place}: ${what}; write ${scheme}://HOST, ${scheme}://HOST:PORT or ${scheme}://HOST:PORT/PATH`,
    );
  if (/[\s\\\p{Cc}]/u.test(address))
    throw wrong('there is a blank, a backslash or a control character in it');
  if (address.includes('#')) throw wrong("there is a '#' in it, which says nothing to a reader");
  const host = /^[^/]*/.exec(address)![0];
  if (host.includes('@')) throw wrong('there is a user in it: name the key by key-file= or the environment');
  if (host === '' || host.startsWith(':')) throw wrong('there is no host');
  const port = /:([^:\]]*)$/.exec(host)?.[1];
  if (port !== undefined && (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535))
    throw wrong(`the port '${port}' is none, a port is a number from 1 to 65535`);
  if (!URL.canParse(`${protocol}://${address}`)) throw wrong(`'${host}' is no host`);
  return new URL(`${protocol}://${address}`);
}
