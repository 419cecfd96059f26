/** A reader of each dialect that answers each status there is, and breaks connections at the worst moments. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpReader, type ReaderAnswer, startHttpReader } from '../support/readers/http-reader.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { type Feed, hasAll, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { type DialectReader, dialectReaders } from './readers/dialects.js';
import { received } from './received.js';
import { judge } from './verdict.js';

export const dialectCases: readonly ProofCase[] = [
  ...Object.entries(dialectReaders).flatMap(casesOf),
  { name: 'Node as datadog: silent, then an answer without end', run: endless },
];

function casesOf([name, dialect]: readonly [string, DialectReader]): ProofCase[] {
  return [
    { name: `Node as ${name}: each status, then it takes`, run: (ground) => eachStatus(ground, dialect) },
    { name: `Node as ${name}: breaks connections`, run: (ground) => breaks(ground, dialect) },
    { name: `Node as ${name}: refuses for good`, run: (ground) => refuses(ground, dialect) },
  ];
}

const refusedRequests = new WeakSet<object>();

/** For none of these may a record be given up. */
const passing: readonly ReaderAnswer[] = [
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 502 },
  { status: 503, headers: { 'retry-after': '0' } },
  { status: 504 },
  { status: 401 },
  { status: 403, body: '{"errors":["Forbidden"]}' },
  { status: 301, headers: { location: 'http://127.0.0.1:9/' } },
  // From then on, requests are smaller.
  { status: 413 },
];

/** Requests of more records get the answer that is to be given. */
const mostAtOnce = 30;

const faults: readonly ReaderAnswer[] = [
  { fault: 'break' },
  { fault: 'break-inside' },
  { fault: 'break-after' },
  { status: 500, fault: 'break-after' },
];

async function eachStatus(ground: Ground, dialect: DialectReader): Promise<Verdict> {
  return proveWith(ground, dialect, passing);
}

async function breaks(ground: Ground, dialect: DialectReader): Promise<Verdict> {
  // OTLP has it that an internal error is final.
  const some = dialect.scheme.startsWith('otlp') ? faults.slice(0, -1) : faults;
  return proveWith(ground, dialect, some);
}

/** Each answer once, and between two of them the reader takes what it is sent. */
async function proveWith(
  ground: Ground,
  dialect: DialectReader,
  answers: readonly ReaderAnswer[],
): Promise<Verdict> {
  const { reader, feed } = await open(ground, dialect);
  for (const answer of answers) {
    let isGiven = false;
    reader.answer((request) => {
      const isLarge = dialect.records(request).length > mostAtOnce;
      if (!isLarge || (isGiven && answer.status !== 413)) return dialect.taken(request);
      isGiven = true;
      return answer.fault === undefined || answer.status !== undefined
        ? answer
        : { ...dialect.taken(request), ...answer };
    });
    await feed.windows(1);
    await hasAll(feed, () => gotBy(reader, dialect).unique);
  }
  return endOf(reader, dialect, feed);
}

/** Each takes the half minute that an answer has. */
async function endless(ground: Ground): Promise<Verdict> {
  const datadog: DialectReader = dialectReaders.datadog;
  const { reader, feed } = await open(ground, datadog);
  const answers: ReaderAnswer[] = [{ fault: 'silence' }, { fault: 'no-end' }];
  reader.answer((request) => {
    const answer = answers.shift();
    return answer === undefined ? datadog.taken(request) : { ...datadog.taken(request), ...answer };
  });
  await feed.windows(1);
  const startMs = performance.now();
  while (answers.length > 0 || gotBy(reader, datadog).duplicates < 2 * feed.flows) {
    if (performance.now() - startMs > longestEndlessMs) throw new Error(`in vain: ${feed.program.stderr()}`);
    await sleep(100);
  }
  return endOf(reader, datadog, feed);
}

const longestEndlessMs = 90_000;

async function refuses(ground: Ground, dialect: DialectReader): Promise<Verdict> {
  const { reader, feed } = await open(ground, dialect);
  await feed.windows(1);
  await hasAll(feed, () => gotBy(reader, dialect).unique);
  const before = reader.requests.length;
  let refused = 0;
  reader.answer((request) => {
    refused += dialect.records(request).length;
    refusedRequests.add(request);
    return dialect.refused(request);
  });
  await feed.windows(1);
  await until('it has refused', () => reader.requests.length > before);
  await until(
    'nothing waits',
    async () => (await feed.ledger()).sinks[0]?.recordsWaiting === 0,
    feed.program.stderr,
  );
  reader.answer(dialect.taken);
  await feed.windows(1);
  const end = await feed.end();
  const lost = end.ledger?.sinks[0]?.unsent['rejected'] ?? 0;
  const wrong = lost === refused ? [] : [`${refused} records were refused, and ${lost} count as rejected`];
  return judge({ end, got: gotBy(reader, dialect), exitCode: 1, mostUnsent: refused, wrong });
}

async function open(
  ground: Ground,
  dialect: DialectReader,
): Promise<{ readonly reader: HttpReader; readonly feed: Feed }> {
  const reader = await startHttpReader(dialect.taken);
  ground.atEnd(() => reader.close());
  const target = `${dialect.scheme}://127.0.0.1:${reader.port}${dialect.path}`;
  const environment = { ...process.env, ...dialect.environment };
  return { reader, feed: startFeed(ground, ['--to', target], { env: environment }) };
}

/** Elasticsearch says of success, too, which records it does not take. */
const gotBy = (reader: HttpReader, dialect: DialectReader) =>
  received(
    reader.taken
      .filter((request) => !refusedRequests.has(request))
      .flatMap((request) => dialect.records(request)),
  );

async function endOf(reader: HttpReader, dialect: DialectReader, feed: Feed): Promise<Verdict> {
  const end = await feed.end();
  return judge({ end, got: gotBy(reader, dialect) });
}
