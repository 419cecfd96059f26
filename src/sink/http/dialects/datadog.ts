/**
 * Datadog's log intake, version 2: arrays of JSON objects. https://docs.datadoghq.com/api/latest/logs/#send-logs
 *
 * It answers 202 when it has them. 400 is final for all entries of a request. Entries longer than a megabyte would be truncated.
 */
import { UsageError } from '../../../host/failure.js';
import type { Dialect, DialectFacts } from '../dialect.js';
import { asciiJson } from './bodies.js';
import { jsonArrayWith } from './json-array.js';

const path = '/api/v2/logs';
const megabyte = 1_000_000;

/** For a site like "datadoghq.eu": its intake. */
export function datadogSite(facts: DialectFacts): Dialect {
  const { host, pathname } = facts.url;
  const site = /^(?:app\.|http-intake\.logs\.)(.+)/.exec(host)?.[1] ?? host;
  if (site !== host || pathname !== '/' || /[:[]/.test(host))
    throw new UsageError(
      `'${host}${pathname === '/' ? '' : pathname}' is not the name of a site; write datadog://${site.replace(/:.*/, '')}, or datadog+https://HOST:PORT for a proxy`,
    );
  return datadog({ ...facts, url: new URL(`https://http-intake.logs.${site}`) });
}

/** For a proxy, or a server with the same API. */
export function datadog({ url, host }: DialectFacts): Dialect {
  // An Agent would add the host; without one it has to be in the record.
  const hostname = `"hostname":${asciiJson(host)}`;
  const target = url.pathname === '/' ? new URL(path, url) : url;
  return {
    url: target,
    contentType: 'application/json',
    key: { variable: 'DD_API_KEY', required: true, headers: (key) => ({ 'dd-api-key': key }) },
    limits: { records: 1_000, bytes: 5 * megabyte, recordBytes: megabyte },
    overhead: { record: hostname.length + 1, request: 1 },
    body: (run, memory) => [jsonArrayWith(hostname, run, memory)],
    probe: { method: 'POST', url: target, body: '[]' },
  };
}
