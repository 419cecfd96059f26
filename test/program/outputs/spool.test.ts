/** Whole runs with a queue on disk: what a reader gets over the ends of several processes. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Feed, startFeed } from '../../proof/feed.js';
import { openGround } from '../../proof/ground.js';
import { received } from '../../proof/received.js';
import { judge } from '../../proof/verdict.js';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, runProgram } from '../../support/program.js';
import {
  type HttpReader,
  type ReaderRequest,
  recordsOf,
  startHttpReader,
} from '../../support/readers/http-reader.js';
import { until } from '../../support/until.js';

const ground = openGround();
after(() => ground.close());

const linesOf = (requests: readonly ReaderRequest[]) =>
  recordsOf(requests).map((record) => JSON.stringify(record));
const outputTo = (port: number, folder: string) => [
  '--to',
  `http://127.0.0.1:${port}/in?spool=${join(ground.folder, folder)}`,
];

/** Resolves when all that was fed in is on disk, or at the reader. */
async function isOnDisk(feed: Feed): Promise<void> {
  await until(
    'all is on disk',
    async () => {
      const [sink] = (await feed.ledger()).sinks;
      return sink!.records + sink!.recordsOnDisk === feed.records + sink!.recordsTakenUp;
    },
    feed.program.stderr,
  );
}

async function openReader(): Promise<HttpReader> {
  const reader = await startHttpReader(() => ({ status: 200 }));
  ground.atEnd(() => reader.close());
  return reader;
}

test('after kill -9 the next run sends what is left: all of it, and nothing twice that was taken', async () => {
  const reader = await openReader();
  const output = outputTo(reader.port, 'killed');
  const first = startFeed(ground, output);
  await first.windows(3);
  await until('they arrive', () => received(linesOf(reader.taken)).unique === first.records);
  const taken = first.records;
  reader.answer(() => ({ status: 503 }));
  await first.windows(3);
  await isOnDisk(first);
  const { records } = first;
  await first.kill('SIGKILL');

  reader.answer(() => ({ status: 200 }));
  const second = startFeed(ground, output);
  await second.windows(2);
  const end = await second.end();
  const got = received(linesOf(reader.taken));
  assert.match(end.stderr, /\d+ records of an earlier run wait in \S+, and are sent first\n/);
  const [sink] = end.ledger!.sinks;
  assert.equal(sink!.recordsTakenUp, records - taken);
  assert.deepEqual(
    {
      unique: got.unique,
      duplicates: got.duplicates,
      disorder: got.disorder,
      balanced: end.ledger!.balanced,
    },
    { unique: records + end.records, duplicates: 0, disorder: 0, balanced: true },
    end.stderr,
  );
});

test('nobody waits for a reader that is away: what is on disk is sent by the next run', async () => {
  const port = await ground.port();
  const output = outputTo(port, 'away');
  const first = startFeed(ground, output);
  await first.windows(2);
  const startMs = performance.now();
  const before = await first.end();
  assert.ok(performance.now() - startMs < 5_000, 'it waited');
  assert.equal(before.exitCode, 0, before.stderr);
  assert.equal(before.ledger!.sinks[0]!.recordsOnDisk, before.records);
  assert.ok(before.ledger!.balanced);

  const reader = await startHttpReader(() => ({ status: 200 }), { port });
  ground.atEnd(() => reader.close());
  const second = startFeed(ground, output);
  const end = await second.end();
  const got = received(linesOf(reader.taken));
  assert.deepEqual(judge({ end, got }).wrong, [], end.stderr);
  assert.equal(end.ledger!.sinks[0]!.recordsTakenUp, before.records);
  assert.equal(got.unique, before.records + end.records);
});

test('the folder belongs to whom the process becomes, and to one process at a time', async () => {
  const reader = await openReader();
  const output = outputTo(reader.port, 'owned');
  const feed = startFeed(ground, output);
  await feed.windows(1);
  await until('they arrive', () => reader.taken.length > 0, feed.program.stderr);
  const { mode, uid } = statSync(join(ground.folder, 'owned'));
  assert.equal(mode & 0o777, 0o700);
  if (process.getuid?.() === 0) assert.notEqual(uid, 0);
  const other = await runProgram(['-r', '-', ...output, ...offline]);
  assert.equal(other.exitCode, 2);
  assert.match(
    other.stderr,
    /^pcap-agg: --to http:\S+: spool=\S+: another process or output keeps its records in \S+; end it, or give each a folder of its own\n$/,
  );
  const { stderr } = await feed.end();
  assert.ok(lastLedger(stderr).balanced, stderr);
});
