/**
 * Elasticsearch and OpenSearch: the bulk API, https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk. Data
 * streams take `create` only; with an `_id` of its own a record that is sent twice is kept once.
 */
import { UsageError } from '../../../host/failure.js';
import { recordName } from '../../../record/encoded-records.js';
import type { RecordRun } from '../../record-run.js';
import type { Answer } from '../../transport.js';
import type { Dialect, DialectFacts } from '../dialect.js';
import { jsonOf, notUnderstood, textAt, valueAt } from './answers.js';
import { authorization } from './authorization.js';
import { asciiJson, surrounded } from './bodies.js';

const megabyte = 1024 * 1024;
/** Names of records have the agent's, of at most 253 characters, and two numbers. */
const longestAction = '{"create":{"_id":""}}\n'.length + 253 + 40;

/** Throws a UsageError where the path names no data stream. */
export function elasticsearch({ url }: DialectFacts): Dialect {
  const stream = url.pathname.replace(/\/$/, '');
  const name = stream.slice(stream.lastIndexOf('/') + 1);
  // https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create has what a name may be.
  if (!/^[a-z0-9][a-z0-9._-]{0,254}$/.test(name))
    throw new UsageError(
      `${name === '' ? 'a data stream is missing' : `'${name}' is no name of a data stream`}; end the path with one, in small letters: logs-pcap_agg.flow-default`,
    );
  // Only what `accepted` looks at comes back; of errors, which are not filtered, all does.
  const bulk = new URL(
    `${stream}/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason`,
    url,
  );
  return {
    url: bulk,
    contentType: 'application/x-ndjson',
    key: {
      variable: 'ELASTICSEARCH_API_KEY',
      required: false,
      headers: (key) => authorization('ApiKey', key),
    },
    // http.max_content_length is 100 MB; requests of 5 to 15 MB are what Elastic recommends. Fewer records keep answers short,
    // which have a reason for each that is not taken.
    limits: { records: 1_000, bytes: 5 * megabyte, recordBytes: megabyte },
    overhead: { record: longestAction + 1, request: 0 },
    body: (run, memory) => {
      const before = (position: number) => actionLine(run, position);
      return [surrounded(run, { before, longestBefore: longestAction, after: '\n' }, memory)];
    },
    accepted,
    probe: { method: 'GET', url: new URL('.', new URL(stream, url)) },
  };
}

function actionLine({ encoded, first }: RecordRun, position: number): string {
  const name = recordName(encoded, first + position);
  return name === undefined ? '{"create":{}}\n' : `{"create":{"_id":${asciiJson(name)}}}\n`;
}

/** Each record has a status of its own. */
function accepted(body: string, run: RecordRun): Answer {
  const answer = jsonOf(body);
  if (valueAt(answer, 'errors') === false) return { kind: 'sent' };
  const items = valueAt(answer, 'items');
  if (!Array.isArray(items) || items.length !== run.records) return notUnderstood('Elasticsearch', body);
  const again: number[] = [];
  const rejected: number[] = [];
  for (const [position, item] of items.entries()) {
    const verdict = verdictOn(valueAt(item, 'create', 'status'));
    if (verdict === 'again') again.push(position);
    else if (verdict === 'rejected') rejected.push(position);
  }
  if (again.length === 0 && rejected.length === 0) return { kind: 'sent' };
  const why = reasonOf(items[rejected[0] ?? again[0]!]);
  // If it takes none, it counts as away.
  if (again.length === run.records) return { kind: 'retry', why, absence: 'refused' };
  return { kind: 'each', again, rejected, why };
}

/** The set-up is wrong, and can be mended while records wait: the key, its rights, the index. */
const setUpStatuses: readonly unknown[] = [401, 403, 404];

function verdictOn(status: unknown): 'sent' | 'again' | 'rejected' {
  if (typeof status !== 'number') return 'again';
  if (status >= 200 && status < 300) return 'sent';
  // A version conflict: a record of this name is there already.
  if (status === 409) return 'sent';
  const isFinal = status >= 400 && status < 500 && status !== 429 && !setUpStatuses.includes(status);
  return isFinal ? 'rejected' : 'again';
}

function reasonOf(item: unknown): string {
  const status = valueAt(item, 'create', 'status');
  const reason = textAt(item, 'create', 'error', 'reason') || 'without a reason';
  const remedy = setUpStatuses.includes(status)
    ? '; check the index, and that the API key has the privileges create_doc and auto_configure on it'
    : '';
  return `status ${typeof status === 'number' ? status : '?'} ${textAt(item, 'create', 'error', 'type')} for a record: ${reason}${remedy}`;
}
