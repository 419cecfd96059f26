/** A transport that sends to a reader of this process. */

import type { LookupFunction } from 'node:net';
import { after } from 'node:test';
import type { TlsOptions } from 'node:tls';
import type { OpenDialect } from '../../../src/sink/http/dialect.js';
import { ndjson } from '../../../src/sink/http/dialects/ndjson.js';
import type { ExchangeBounds } from '../../../src/sink/http/exchange.js';
import { HttpTransport } from '../../../src/sink/http/http-transport.js';
import { Outbox } from '../../../src/sink/outbox.js';
import type { RecordRun } from '../../../src/sink/record-run.js';
import type { TlsSettings } from '../../../src/sink/secrets.js';
import type { ConnectionEnds } from '../../../src/sink/transport.js';
import { type HttpReader, type ReaderScript, startHttpReader } from '../../support/readers/http-reader.js';
import { encodedOf } from '../encoded.js';

export interface HttpRigOptions {
  readonly dialect?: OpenDialect;
  readonly script?: ReaderScript;
  readonly bounds?: Partial<ExchangeBounds>;
  readonly compress?: 'gzip' | 'none';
  readonly idleMs?: number;
  /** What the reader has; it speaks HTTPS then. */
  readonly certificate?: TlsOptions;
  readonly tls?: TlsSettings;
  readonly key?: string;
  readonly path?: string;
  readonly lookup?: LookupFunction;
}

export interface HttpRig {
  readonly reader: HttpReader;
  readonly transport: HttpTransport;
  readonly ends: readonly ConnectionEnds[];
}

export const wallMs = Date.UTC(2026, 0, 1);

/** Both are closed when the tests of the calling file have ended. */
export async function openHttpRig(options: HttpRigOptions = {}): Promise<HttpRig> {
  const { dialect = ndjson, script, compress = 'gzip', certificate, key, path = '', ...others } = options;
  const reader = await startHttpReader(script, certificate === undefined ? {} : { tls: certificate });
  const protocol = certificate === undefined ? 'http' : 'https';
  const url = new URL(`${protocol}://127.0.0.1:${reader.port}${path}`);
  const opened = dialect({ url, host: 'here', version: '1.2.3', schema: 'legacy' });
  const ends: ConnectionEnds[] = [];
  const transport = new HttpTransport({
    name: 'rig',
    tls: undefined,
    ...others,
    dialect: opened,
    keyHeaders: key === undefined ? {} : opened.key!.headers(key),
    keyPlace: 'THE_KEY',
    compress,
    version: '1.2.3',
    connects: (each) => ends.push(each),
    nowMs: () => performance.now(),
    wallMs: () => wallMs,
  });
  after(async () => {
    await transport.close(0);
    await reader.close();
  });
  return { reader, transport, ends };
}

/** All of these records as one run. */
export function runOf(lines: readonly string[]): RecordRun {
  const outbox = new Outbox(Number.POSITIVE_INFINITY);
  outbox.push(encodedOf(lines));
  return outbox.take(Number.POSITIVE_INFINITY)!;
}
