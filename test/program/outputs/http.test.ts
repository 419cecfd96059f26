/** Whole runs that send by HTTP: what the reader has is what the ledger says, whatever the reader answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startFeed } from '../../proof/feed.js';
import { openGround } from '../../proof/ground.js';
import { received } from '../../proof/received.js';
import { judge } from '../../proof/verdict.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, startProgram } from '../../support/program.js';
import {
  type ReaderAnswer,
  type ReaderRequest,
  recordsOf,
  startHttpReader,
} from '../../support/readers/http-reader.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const ground = openGround();
after(() => ground.close());
const folder = temporaryFolder();
const capture = join(fixturesFolder, 'conversation-many.pcap');
const key = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6';

const linesOf = (requests: readonly ReaderRequest[]) =>
  recordsOf(requests).map((record) => JSON.stringify(record));

/** What goes wrong with every third request, so that no pause gets long. */
const wrongAnswers: readonly ReaderAnswer[] = [
  { status: 403 },
  { status: 500 },
  { status: 202, fault: 'break' },
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 413 },
  { status: 400, body: 'no' },
  { status: 202, fault: 'break-inside' },
];

test('whatever the reader answers, it has what the ledger says', async () => {
  const reader = await startHttpReader((_, position) =>
    position % 3 === 1 ? (wrongAnswers[(position - 1) / 3] ?? {}) : { status: 202 },
  );
  ground.atEnd(() => reader.close());
  const feed = startFeed(ground, ['--to', `datadog+http://127.0.0.1:${reader.port}?schema=legacy`], {
    flows: 700,
    env: { ...process.env, DD_API_KEY: key },
  });
  await feed.windows(12);
  const end = await feed.end();
  const got = received(linesOf(reader.taken));
  // The request that was refused for good had a window's records at the most.
  const { wrong, ledger } = judge({ end, got, mostUnsent: 700, exitCode: 1 });
  assert.deepEqual(wrong, [], `${ledger}\n${end.stderr}`);
  const [sink] = end.ledger!.sinks;
  assert.ok(sink!.unsent['rejected']! > 0, ledger);
  assert.equal(got.unique, sink!.records);
  assert.ok(sink!.duplicatesPossible > 0 && got.duplicates > 0, ledger);
  assert.ok(reader.requests.length > 3 * wrongAnswers.length, String(reader.requests.length));
  assert.match(end.stderr, /the reader does not take the key: check DD_API_KEY/);
  assert.ok(!end.stderr.includes(key));
});

test('the key out of a file goes to the reader, and nowhere else', async () => {
  const reader = await startHttpReader();
  ground.atEnd(() => reader.close());
  const file = folder.file('key', `${key}\n`);
  const target = `http://127.0.0.1:${reader.port}/in?key-file=${file}`;
  const program = startProgram(['-r', capture, ...offline, '--to', target]);
  const { exitCode, stdout, stderr } = await program.finished;
  assert.equal(exitCode, 0, stderr);
  assert.equal(reader.requests[0]!.headers.authorization, `Bearer ${key}`);
  assert.ok(!`${stdout}${stderr}`.includes(key));
  const { sinks, balanced } = lastLedger(stderr);
  assert.equal(recordsOf(reader.taken).length, sinks[0]!.records);
  assert.ok(balanced && sinks[0]!.records > 0);
});

const wrongUses: readonly [to: string, said: RegExp][] = [
  [
    'datadog://',
    /datadog:\/\/: there is no key; set DD_API_KEY \(.*--preserve-env=DD_API_KEY.*key-file=FILE/,
  ],
  ['datadog://app.datadoghq.eu', /not the name of a site; write datadog:\/\/datadoghq\.eu/],
  ['datadog://datadoghq.eu:8443', /not the name of a site/],
  ['https://', /there is no host; write https:\/\/HOST/],
  ['http://a.example:70000', /the port '70000' is none/],
  ['http://a.example:', /the port '' is none/],
  ['http://a b', /there is a blank/],
  ['http://a.example/#x', /there is a '#' in it/],
  ['http://[::1', /is no host/],
  [`https://${key}@a.example`, /a secret does not belong here.*key-file=FILE/],
  [`https://a.example?api-key=${key}`, /a secret does not belong here/],
  [
    `https://a.example?ca=${join(folder.path, 'none.pem')}`,
    /ca=.*none\.pem: there is no such file; name a file/,
  ],
];

test('what cannot be sent to is refused with the remedy, and no secret', async () => {
  const environment = { ...process.env };
  delete environment['DD_API_KEY'];
  for (const [to, said] of wrongUses) {
    const args = ['-r', capture, ...offline, '--to', to];
    const { exitCode, stderr } = await startProgram(args, { env: environment }).finished;
    assert.equal(exitCode, 2, `${to}: ${stderr}`);
    assert.match(stderr, said);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.ok(!stderr.includes(key), stderr);
  }
});

test('a reader with a certificate gets records; verify=off takes any, and says so', async () => {
  const { wrongName, good, ca } = ground.certificates();
  for (const [{ cert, key: keyOfIt }, query, warns] of [
    [wrongName, '?verify=off', true],
    [good, `?ca=${ca}`, false],
  ] as const) {
    const reader = await startHttpReader(undefined, {
      tls: { cert: readFileSync(cert), key: readFileSync(keyOfIt) },
    });
    const target = `https://127.0.0.1:${reader.port}${query}`;
    const { exitCode, stderr } = await startProgram(['-r', capture, ...offline, '--to', target]).finished;
    await reader.close();
    assert.equal(exitCode, 0, stderr);
    assert.equal(stderr.includes('WARNING: verify=off'), warns);
    const { sinks, balanced } = lastLedger(stderr);
    assert.ok(balanced && sinks[0]!.records > 0, stderr);
    assert.equal(recordsOf(reader.taken).length, sinks[0]!.records);
  }
});
