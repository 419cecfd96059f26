/** Ways to readers, by scheme: what opens each. Loaded only where an output has it. */
import type { Log } from '../../host/log.js';
import type { Identity } from '../../host/rights/privileges.js';
import type { OutputConfig } from '../../settings/config.js';
import type { SchemeName } from '../../settings/outputs/schemes.js';
import type { OpenDialect } from '../../sink/http/dialect.js';
import type { HttpTransport } from '../../sink/http/http-transport.js';
import type { Transport, TransportEdges } from '../../sink/transport.js';

export interface OpeningEdges extends TransportEdges {
  /** Whom the process becomes before anything is sent; undefined where it stays who it is. */
  readonly identity: Identity | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  readonly version: string;
  readonly log: Log;
  /** To be called once rights are given up: throws a UsageError or a PermissionError where what is left is not enough. */
  checkLater(check: () => void): void;
}

/** Called with all rights. Throws a UsageError, or another Failure. */
type Open = (output: OutputConfig, edges: OpeningEdges) => Promise<Transport>;

/** Those that have a sink of their own, in place of a transport behind a queue: see sinks.ts. */
type OtherScheme = 'udp' | '-' | 'ipfix';

type LoadDialect = () => Promise<OpenDialect>;

const ndjson: LoadDialect = async () => (await import('../../sink/http/dialects/ndjson.js')).ndjson;
const datadogSite: LoadDialect = async () =>
  (await import('../../sink/http/dialects/datadog.js')).datadogSite;
const datadog: LoadDialect = async () => (await import('../../sink/http/dialects/datadog.js')).datadog;
const elastic: LoadDialect = async () =>
  (await import('../../sink/http/dialects/elasticsearch.js')).elasticsearch;
const otlp: LoadDialect = async () => (await import('../../sink/http/dialects/otlp.js')).otlp;
const splunk: LoadDialect = async () => (await import('../../sink/http/dialects/splunk.js')).splunk;
const loki: LoadDialect = async () => (await import('../../sink/http/dialects/loki.js')).loki;

/** What readers by HTTP and HTTPS speak. */
const dialects = {
  http: ndjson,
  https: ndjson,
  datadog: datadogSite,
  'datadog+http': datadog,
  'datadog+https': datadog,
  'elasticsearch+http': elastic,
  'elasticsearch+https': elastic,
  'otlp+http': otlp,
  'otlp+https': otlp,
  'splunk+http': splunk,
  'splunk+https': splunk,
  'loki+http': loki,
  'loki+https': loki,
} as const satisfies Partial<Record<SchemeName, LoadDialect>>;

type HttpScheme = keyof typeof dialects;

const stream: Open = async (output, edges) =>
  (await import('../../sink/tcp/open.js')).openStream(output, edges);

const transports = {
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
  file: async (output, edges) => (await import('../../sink/file/open-file.js')).openFile(output, edges),
} as const satisfies Record<Exclude<SchemeName, HttpScheme | OtherScheme>, Open>;

/** Where records go when no address was written. */
const usualAddresses: Readonly<Record<string, string>> = { datadog: 'datadoghq.com' };

export type HttpOutput = OutputConfig & { readonly scheme: HttpScheme };
export type QueuedOutput = HttpOutput | (OutputConfig & { readonly scheme: keyof typeof transports });

export const isHttp = (output: OutputConfig): output is HttpOutput => Object.hasOwn(dialects, output.scheme);
export const isQueued = (output: OutputConfig): output is QueuedOutput =>
  isHttp(output) || Object.hasOwn(transports, output.scheme);

/** Called with all rights. Throws a UsageError, or another Failure. */
export async function openTransport(output: QueuedOutput, edges: OpeningEdges): Promise<Transport> {
  return isHttp(output) ? openReader(output, edges) : transports[output.scheme](output, edges);
}

/** The same for a reader by HTTP or HTTPS. */
export async function openReader(output: HttpOutput, edges: OpeningEdges): Promise<HttpTransport> {
  const { openHttp } = await import('../../sink/http/open.js');
  return openHttp(await dialects[output.scheme](), output, edges, usualAddresses[output.scheme]);
}
