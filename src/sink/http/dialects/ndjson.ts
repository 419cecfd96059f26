/** Any reader that takes lines of JSON: one record a line, as they are. */
import type { Dialect, DialectFacts } from '../dialect.js';
import { authorization } from './authorization.js';

const megabyte = 1_000_000;

export function ndjson({ url }: DialectFacts): Dialect {
  return {
    url,
    contentType: 'application/x-ndjson',
    key: {
      variable: 'PCAP_AGG_HTTP_KEY',
      required: false,
      headers: (key) => authorization('Bearer', key),
    },
    // A reader that takes less answers 413.
    limits: { records: 10_000, bytes: 4 * megabyte, recordBytes: megabyte },
    overhead: { record: 0, request: 0 },
    body: ({ encoded, start, end }) => [encoded.bytes.subarray(start, end)],
  };
}
