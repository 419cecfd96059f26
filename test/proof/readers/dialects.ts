/** What HTTP readers of each kind have of the requests that they took: a line a record. */
import type { ReaderAnswer, ReaderRequest } from '../../support/readers/http-reader.js';

export interface DialectReader {
  /** Of the output's URL. */
  readonly scheme: string;
  /** Behind HOST:PORT. */
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The records of a request, each as the JSON that it was sent as. */
  records(request: ReaderRequest): readonly string[];
  /** How it says that it has all of them. */
  taken(request: ReaderRequest): ReaderAnswer;
  /** How it says that it takes none of them, ever. */
  refused(request: ReaderRequest): ReaderAnswer;
}

const json = (value: unknown): string => JSON.stringify(value);
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

interface OtlpBody {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly unknown[] }[];
  }[];
}
interface LokiBody {
  readonly streams: readonly { readonly values: readonly (readonly [time: string, line: string])[] }[];
}

export const dialectReaders = {
  ndjson: {
    scheme: 'http',
    path: '/flows',
    environment: {},
    records: ({ text }) => linesOf(text),
    taken: () => ({ status: 204 }),
    refused: () => ({ status: 400, body: 'no flows here' }),
  },
  datadog: {
    scheme: 'datadog+http',
    path: '',
    environment: { DD_API_KEY: '0123456789abcdef0123456789abcdef' },
    records: ({ text }) => (JSON.parse(text) as unknown[]).map(json),
    taken: () => ({ status: 202, body: '{}' }),
    refused: () => ({ status: 400, body: '{"errors":[{"status":"400","title":"Bad Request"}]}' }),
  },
  elasticsearch: {
    scheme: 'elasticsearch+http',
    path: '/logs-pcap_agg.flow-default',
    environment: { ELASTICSEARCH_API_KEY: 'a2V5OnNlY3JldA==' },
    // Each behind its action.
    records: ({ text }) => linesOf(text).filter((_, index) => index % 2 === 1),
    taken: () => ({ body: json({ errors: false }) }),
    refused: ({ text }) => ({
      body: json({
        errors: true,
        items: linesOf(text)
          .filter((_, index) => index % 2 === 1)
          .map(() => ({
            create: { status: 400, error: { type: 'document_parsing_exception', reason: 'no' } },
          })),
      }),
    }),
  },
  otlp: {
    scheme: 'otlp+http',
    path: '',
    environment: { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=secret' },
    records: ({ text }) =>
      (JSON.parse(text) as OtlpBody).resourceLogs.flatMap(({ scopeLogs }) =>
        scopeLogs.flatMap(({ logRecords }) => logRecords.map(json)),
      ),
    taken: () => ({ body: '{}' }),
    refused: () => ({ status: 400, body: '{"code":3,"message":"no"}' }),
  },
  splunk: {
    scheme: 'splunk+http',
    path: '',
    environment: { SPLUNK_HEC_TOKEN: '01234567-89ab-cdef-0123-456789abcdef' },
    records: ({ text }) => linesOf(text).map((line) => json((JSON.parse(line) as { event: unknown }).event)),
    taken: () => ({ body: '{"text":"Success","code":0}' }),
    refused: () => ({ status: 400, body: '{"text":"Data channel is missing","code":12}' }),
  },
  loki: {
    scheme: 'loki+http',
    path: '',
    environment: {},
    records: ({ text }) =>
      (JSON.parse(text) as LokiBody).streams.flatMap(({ values }) => values.map(([, line]) => line)),
    taken: () => ({ status: 204 }),
    refused: () => ({ status: 400, body: 'entry too far behind' }),
  },
} as const satisfies Readonly<Record<string, DialectReader>>;
