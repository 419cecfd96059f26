/** The kinds of outputs: what stands before the first colon of a --to, what its query may set, and the schema that it has by itself. */
import type { OptionRow } from '../option-row.js';
import { rows } from '../options.js';
import { outputRows } from './output-rows.js';
import type { schemaNames } from './record-options.js';

interface SchemeRow {
  /** What its query may set beside what records are. */
  readonly rows: readonly OptionRow[];
  /** The schema where nobody chose one; else --schema's default. */
  readonly schema?: (typeof schemaNames)[number];
  /** Its records are flows of IPFIX, and have no schema. */
  readonly format?: 'ipfix';
  /** A path follows, without "//". */
  readonly isPath?: true;
}

const { ca, cert, key, servername, verify, keyFile, compress, framing, rotate, keep, ttl, domain } =
  outputRows;
const queued = [rows.queue, outputRows.spool, outputRows.spoolSize];
const tls = [ca, cert, key, servername, verify];
const http = [...queued, keyFile, compress];
const https = [...http, ...tls];

export const schemes = {
  udp: { rows: [rows.rate, rows.queue, rows.pack, ttl] },
  '-': { rows: [rows.queue] },
  unix: { rows: queued, isPath: true },
  'unix-stream': { rows: queued, isPath: true },
  tcp: { rows: [...queued, framing] },
  tls: { rows: [...queued, framing, ...tls] },
  'syslog+tcp': { rows: [...queued, framing] },
  'syslog+tls': { rows: [...queued, framing, ...tls] },
  http: { rows: http },
  https: { rows: https },
  datadog: { rows: https, schema: 'datadog' },
  'datadog+http': { rows: http, schema: 'datadog' },
  'datadog+https': { rows: https, schema: 'datadog' },
  'elasticsearch+http': { rows: http, schema: 'ecs' },
  'elasticsearch+https': { rows: https, schema: 'ecs' },
  'otlp+http': { rows: http, schema: 'otel' },
  'otlp+https': { rows: https, schema: 'otel' },
  'splunk+http': { rows: http },
  'splunk+https': { rows: https },
  'loki+http': { rows: http },
  'loki+https': { rows: https },
  file: { rows: [...queued, rotate, keep], isPath: true },
  ipfix: { rows: [rows.rate, rows.queue, ttl, domain], format: 'ipfix' },
  'ipfix+tcp': { rows: [...queued, domain], format: 'ipfix' },
} as const satisfies Readonly<Record<string, SchemeRow>>;

export type SchemeName = keyof typeof schemes;

export const schemeRow = (name: SchemeName): SchemeRow => schemes[name];
