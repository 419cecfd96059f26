/** Opens an HTTP output: its URL, key and certificates are read and checked before rights are given up. */
import { UsageError } from '../../host/failure.js';
import type { Log } from '../../host/log.js';
import { readSecret, readTls, type TlsOptions } from '../secrets.js';
import type { TransportEdges } from '../transport.js';
import type { Dialect, OpenDialect } from './dialect.js';
import { HttpTransport } from './http-transport.js';
import { readerUrl } from './reader-url.js';

/** What an output is told of itself. */
export interface HttpOutput {
  readonly scheme: string;
  /** What follows the scheme. */
  readonly address: string;
  readonly target: string;
  readonly option: string;
  readonly schema: string;
  readonly tls: TlsOptions;
  readonly keyFile: string | undefined;
  readonly compress: 'gzip' | 'none';
}

export interface HttpEdges extends TransportEdges {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  readonly version: string;
  readonly log: Pick<Log, 'line'>;
  /** To be called once every output is open and rights are given up. */
  checkLater(check: () => void): void;
}

/** Throws a UsageError. `usualAddress` is sent to where none was written. */
export async function openHttp(
  open: OpenDialect,
  output: HttpOutput,
  edges: HttpEdges,
  usualAddress = '',
): Promise<HttpTransport> {
  const { scheme, target, option, schema, keyFile, compress } = output;
  const place = `${option} ${target}`;
  const url = readerUrl(scheme, output.address || usualAddress, place);
  const dialect = inPlace(place, () => open({ url, host: edges.host, version: edges.version, schema }));
  const { key } = dialect;
  if (key === undefined && keyFile !== undefined)
    throw new UsageError(`${place}: key-file=${keyFile}: this kind of output has no key; leave it out`);
  const { environment } = edges;
  const secret = key && (await readSecret({ ...key, keyFile, environment }, place));
  // Diagnostic reports and children have the environment; another output may still want the same key.
  if (key !== undefined && keyFile === undefined)
    edges.checkLater(() => Reflect.deleteProperty(environment, key.variable));
  const keyHeaders = secret === undefined ? {} : inPlace(place, () => key!.headers(secret));
  const tls = dialect.url.protocol === 'https:' ? await readTls(output.tls, place) : undefined;
  const warn = (text: string) => edges.log.line(`${target}: WARNING: ${text}`);
  if (tls?.rejectUnauthorized === false)
    warn('verify=off: anybody on the way can pass for the reader, and read records and key; for a test only');
  if (tls === undefined && secret !== undefined && !isThisHost(dialect.url))
    warn('the key goes out in clear text, and anybody on the way can read it; send by https');
  return new HttpTransport({
    ...edges,
    dialect,
    keyHeaders,
    keyPlace: keyPlace(dialect, keyFile, secret !== undefined),
    tls,
    compress,
  });
}

const isThisHost = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');

/** What a dialect finds wrong gets the output's name. */
function inPlace<T>(place: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${place}: ${error.message}`, { cause: error });
    throw error;
  }
}

function keyPlace({ key }: Dialect, keyFile: string | undefined, isGiven: boolean): string {
  if (keyFile !== undefined) return `${keyFile}, which is read when pcap-agg starts`;
  if (key === undefined) return 'how the reader lets senders in';
  return isGiven ? key.variable : `whether it wants one, and set ${key.variable} or add key-file=FILE`;
}
