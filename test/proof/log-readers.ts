/** Elasticsearch, OTLP, Splunk and Loki, played by Node's server: each restarted, with every kind of trouble, refusing some records. */
import { join } from 'node:path';
import { type ReaderAnswer, startHttpReader } from '../support/readers/http-reader.js';
import {
  elasticsearchReader,
  type Habits,
  type LogReader,
  lokiReader,
  otlpReader,
  splunkReader,
} from '../support/readers/log-readers.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { received } from './received.js';
import { judge } from './verdict.js';

/** By how many requests came before. */
const troubles: Readonly<Record<number, ReaderAnswer>> = {
  1: { status: 429, headers: { 'retry-after': '1' } },
  5: { status: 503 },
  6: { status: 302, headers: { location: '/elsewhere' } },
  8: { status: 200, body: '<html>Please log in</html>' },
  9: { status: 401 },
  11: { status: 200, fault: 'break-inside' },
};
/** Bytes that are too much for it at once: some two thirds of a window. */
const tooMuch = 50_000;

interface Reading {
  readonly name: string;
  readonly open: (habits: Habits) => LogReader;
  /** Records by their number that it takes never; those of this many windows of a hundred are never taken. */
  readonly refuses: (sequence: number) => boolean;
  /** Whether it keeps each record once. */
  readonly isOnce: boolean;
}

const some = (sequence: number) => sequence % 97 === 0;
/** A window's records are of one time, which Loki takes or does not. */
const aWindow = (sequence: number) => sequence > 200 && sequence <= 300;

const readings: readonly Reading[] = [
  { name: 'Elasticsearch', open: elasticsearchReader, refuses: some, isOnce: true },
  { name: 'OTLP', open: otlpReader, refuses: some, isOnce: false },
  { name: 'Splunk', open: splunkReader, refuses: some, isOnce: false },
  { name: 'Loki', open: lokiReader, refuses: aWindow, isOnce: true },
];

export const logReaderCases: readonly ProofCase[] = [
  ...readings.map((reading) => ({
    name: `${reading.name} by HTTP, played: trouble of all kinds, restarted`,
    run: (ground: Ground) => run(ground, reading),
  })),
  { name: 'Elasticsearch by HTTP, played: killed with records on disk, each is there once', run: killed },
];

async function run(ground: Ground, { open, refuses, isOnce }: Reading): Promise<Verdict> {
  const reader = open({
    fate: (sequence, tries) => {
      if (refuses(sequence)) return 'refuse';
      return sequence === 150 && tries === 0 ? 'busy' : 'take';
    },
    trouble: (position, { text }) => (text.length > tooMuch ? { status: 413 } : troubles[position]),
    losesAnswer: (position) => position === 2,
  });
  const port = await ground.port();
  const start = async () => {
    const server = await startHttpReader(reader.script, { port });
    ground.atEnd(() => server.close());
    return server;
  };
  const before = await start();
  const feed = startFeed(ground, ['--to', reader.to(port)], {
    env: { ...process.env, ...reader.environment },
  });
  await feed.windows(3);
  await until('it has some', () => reader.lines().length > 150, feed.program.stderr);
  await before.close();
  await feed.windows(3);
  await start();
  await feed.windows(3);
  const numbers = Array.from({ length: feed.records }, (_, i) => i + 1);
  const mostUnsent = numbers.filter(refuses).length;
  await until(
    'all are decided on',
    async () => {
      const { recordsWaiting = 0 } = (await feed.ledger()).sinks[0] ?? {};
      return recordsWaiting === 0;
    },
    feed.program.stderr,
  );
  const end = await feed.end();
  const got = received(reader.lines());
  const { rejected = 0 } = end.ledger?.sinks[0]?.unsent ?? {};
  const wrong = [
    ...(rejected === mostUnsent ? [] : [`${rejected} of ${mostUnsent} that it refuses count as rejected`]),
    ...(isOnce && got.duplicates > 0 ? ['it keeps a record twice'] : []),
  ];
  return judge({ end, got, exitCode: 1, mostUnsent, wrong, disorder: true });
}

/** What is sent again after a crash has the names that it had before. */
async function killed(ground: Ground): Promise<Verdict> {
  // It keeps what it is sent, and every second answer is lost: so much of what the spool has is there already.
  const reader = elasticsearchReader({ losesAnswer: (position) => position % 2 === 1 });
  const port = await ground.port();
  const server = await startHttpReader(reader.script, { port });
  ground.atEnd(() => server.close());
  const args = ['--to', `${reader.to(port)}?spool=${join(ground.folder, 'spool')}`];
  const options = { env: { ...process.env, ...reader.environment } };
  const first = startFeed(ground, args, options);
  await first.windows(5);
  await until('it has some', () => reader.lines().length >= first.flows, first.program.stderr);
  await until('it has taken all, or they are on disk', async () => {
    const { records, recordsOnDisk } = (await first.ledger()).sinks[0]!;
    return records + recordsOnDisk >= first.records;
  });
  const handedFirst = first.records;
  await first.kill('SIGKILL');
  const second = startFeed(ground, args, options);
  await second.windows(1);
  const end = await second.end();
  const got = received(reader.lines());
  const sink = end.ledger?.sinks[0];
  const handed = handedFirst + end.records;
  const wrong = [
    ...(got.unique === handed ? [] : [`it has ${got.unique} of ${handed} records`]),
    ...(got.duplicates === 0 ? [] : [`${got.duplicates} are there twice`]),
    ...(end.ledger?.balanced && end.exitCode === 0 ? [] : [end.stderr]),
  ];
  const ledger = `${sink?.records} sent, ${sink?.recordsTakenUp} taken up, ${sink?.duplicatesPossible} twice at most`;
  return { records: got.unique, duplicates: got.duplicates, ledger, wrong };
}
