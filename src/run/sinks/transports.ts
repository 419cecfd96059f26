/** Ways to readers, by scheme: what opens each. Loaded only where an output has it. */
import type { Log } from '../../host/log.js';
import type { Identity } from '../../host/rights/privileges.js';
import type { OutputConfig } from '../../settings/config.js';
import type { SchemeName } from '../../settings/schemes.js';
import type { OpenDialect } from '../../sink/http/dialect.js';
import type { Transport, TransportEdges } from '../../sink/transport.js';

/** Those that are no transport behind a queue: see sinks.ts. */
export type OtherScheme = 'udp' | '-' | 'ipfix';

export interface OpeningEdges extends TransportEdges {
  /** Whom the process becomes before anything is sent; undefined where it stays who it is. */
  readonly identity: Identity | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  readonly version: string;
  readonly log: Log;
  /** To be called once rights are given up: throws a UsageError where what is left is not enough. */
  checkLater(check: () => void): void;
}

/** Called with all rights. Throws a UsageError, or another Failure. */
type OpenTransport = (output: OutputConfig, edges: OpeningEdges) => Promise<Transport>;

const stream: OpenTransport = async (output, edges) =>
  (await import('../../sink/tcp/open.js')).openStream(output, edges);

export const transports: Partial<Record<Exclude<SchemeName, OtherScheme>, OpenTransport>> = {
  tcp: stream,
  tls: stream,
  'syslog+tcp': stream,
  'syslog+tls': stream,
  'unix-stream': stream,
  unix: async (output) => (await import('../../sink/unix/open.js')).openUnixDatagrams(output),
  'ipfix+tcp': async (output, edges) => {
    const { openFramedStream } = await import('../../sink/tcp/open.js');
    const { createIpfixFraming, ipfixRunBytes } = await import('./ipfix.js');
    return openFramedStream(createIpfixFraming(output, edges.host), output, edges, ipfixRunBytes);
  },
  http: http(async () => (await import('../../sink/http/dialects/ndjson.js')).ndjson),
  https: http(async () => (await import('../../sink/http/dialects/ndjson.js')).ndjson),
  datadog: http(
    async () => (await import('../../sink/http/dialects/datadog.js')).datadogSite,
    'datadoghq.com',
  ),
  'datadog+http': http(async () => (await import('../../sink/http/dialects/datadog.js')).datadog),
  'datadog+https': http(async () => (await import('../../sink/http/dialects/datadog.js')).datadog),
  'elasticsearch+http': http(
    async () => (await import('../../sink/http/dialects/elasticsearch.js')).elasticsearch,
  ),
  'elasticsearch+https': http(
    async () => (await import('../../sink/http/dialects/elasticsearch.js')).elasticsearch,
  ),
  'otlp+http': http(async () => (await import('../../sink/http/dialects/otlp.js')).otlp),
  'otlp+https': http(async () => (await import('../../sink/http/dialects/otlp.js')).otlp),
  'splunk+http': http(async () => (await import('../../sink/http/dialects/splunk.js')).splunk),
  'splunk+https': http(async () => (await import('../../sink/http/dialects/splunk.js')).splunk),
  'loki+http': http(async () => (await import('../../sink/http/dialects/loki.js')).loki),
  'loki+https': http(async () => (await import('../../sink/http/dialects/loki.js')).loki),
  file: async (output, edges) => (await import('../../sink/file/open-file.js')).openFile(output, edges),
};

/** `usualAddress` is sent to where none was written. */
function http(load: () => Promise<OpenDialect>, usualAddress?: string): OpenTransport {
  return async (output, edges) => {
    const { openHttp } = await import('../../sink/http/open.js');
    return openHttp(await load(), output, edges, usualAddress);
  };
}
