import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { labels } from '../flow-records.js';
import { agents, agentsLabel, createRangesRig, fixture, host } from './ranges-rig.js';

test('a damaged copy is ignored with a warning, and replaced', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve((_, response) => void response.end(fixture));
  await (await rig.open(url)).settled;
  const path = join(rig.directory, (await readdir(rig.directory))[0]!);
  const whole = await readFile(path, 'utf8');
  const changed = (changes: object) => JSON.stringify({ ...JSON.parse(whole), ...changes });
  const withTime = (time: string) => whole.replace(/"checkedMs":\d+/, `"checkedMs":${time}`);
  const damaged = {
    'it is damaged': [
      whole.slice(0, whole.length / 2),
      '',
      '[]',
      'null',
      '{"url":1}',
      '['.repeat(90_000),
      changed({ url: null }),
      changed({ text: 1 }),
      ...['1e300', '1e999', '-1e999', '8640000000000001', '-1', 'null', '"0"', '[0]', '{}'].map(withTime),
    ],
    'it is not JSON': [changed({ text: fixture.slice(0, 500) }), changed({ text: '\ud800' })],
    'it is not a JSON object of services': [changed({ text: '[]' }), changed({ text: 'null' })],
    'it lists no prefixes': [
      '{}',
      '{"__proto__":{"prefixes_ipv4":["10.0.0.0/8"]}}',
      '{"a\\nb":{"prefixes_ipv4":["10.0.0.0/8"]}}',
      '{"a":{"prefixes_ipv4":[null,{},[],1e999,"","/","10.0.0.0/33","10.0.0.0/-1","::/0"]}}',
      '{"a":{"prefixes_ipv6":{"length":1e9},"prefixes_ipv4":"10.0.0.0/8"}}',
    ].map((text) => changed({ text })),
    'it lists more than 65536 prefixes': [
      changed({ text: `{"a":{"prefixes_ipv4":[${'0,'.repeat(65_536)}0]}}` }),
    ],
    'it holds more than 200000 bytes': [whole + ' '.repeat(200_000)],
  };
  for (const [reason, contents] of Object.entries(damaged)) {
    for (const content of contents) {
      rig.lines = [];
      await writeFile(path, content);
      const ranges = await rig.open(url, { maxBytes: 100_000 });
      assert.deepEqual(labels(ranges, host, agents), ['none', 'none']);
      assert.deepEqual(rig.lines, [`ignoring the cached address ranges in ${path}: ${reason}`]);
      await ranges.settled;
      assert.deepEqual(labels(ranges, host, agents), [agentsLabel, 'outgoing']);
      assert.equal(await readFile(path, 'utf8'), whole);
    }
  }
});

test("another URL's copy is not used, and a copy's wild validators are not sent", async (context) => {
  const rig = await createRangesRig(context);
  const asked: Array<readonly (string | undefined)[]> = [];
  const url = await rig.serve((request, response) => {
    asked.push([request.headers['if-none-match'], request.headers['if-modified-since']]);
    response.writeHead(500).end();
  });
  const path = join(rig.directory, `http-127.0.0.1-${new URL(url).port}-.json`);
  const copy = { url: `${url}?other`, text: fixture, etag: 'x', checkedMs: 0 };
  await writeFile(path, JSON.stringify(copy));
  const other = await rig.open(url);
  await other.settled;
  assert.deepEqual(labels(other, host, agents), ['none', 'none']);
  const wildValues = [
    'x\r\nevil: 1',
    'x\n',
    '"é"',
    '\ud800',
    'x\u0000',
    '\u007f',
    '',
    'x'.repeat(513),
    1,
    {},
    ['x'],
  ];
  for (const wild of wildValues) {
    await writeFile(path, JSON.stringify({ ...copy, url, etag: wild, lastModified: wild }));
    const ranges = await rig.open(url);
    assert.deepEqual(labels(ranges, host, agents), [agentsLabel, 'outgoing']);
    await until('it was asked', () => ranges.counts.refreshFailures === 1);
  }
  assert.deepEqual(asked, Array(1 + wildValues.length).fill([undefined, undefined]));
});

test('a copy is dated where it stands in for an answer, whatever its date', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve((_, response) => void response.writeHead(500).end());
  const path = join(rig.directory, `http-127.0.0.1-${new URL(url).port}-.json`);
  const dates: readonly (readonly [checkedMs: number, text: string])[] = [
    [rig.wallMs - 3 * 86_400_000, '2016-09-05T12:00:00.000Z (3 days old)'],
    [rig.wallMs + 86_400_000, '2016-09-09T12:00:00.000Z (0 minutes old)'],
    [rig.wallMs + 86_400_001, "2016-09-09T12:00:00.001Z (ahead of this host's clock)"],
    [0, '1970-01-01T00:00:00.000Z (17052 days old)'],
    [0.5, '1970-01-01T00:00:00.000Z (17052 days old)'],
    [8.64e15, "+275760-09-13T00:00:00.000Z (ahead of this host's clock)"],
  ];
  for (const [checkedMs, text] of dates) {
    rig.lines = [];
    await writeFile(path, JSON.stringify({ url, text: fixture, checkedMs }));
    const ranges = await rig.open(url);
    assert.deepEqual(labels(ranges, host, agents), [agentsLabel, 'outgoing']);
    await until('it was asked', () => ranges.counts.refreshFailures === 1);
    const expected = `cannot get address ranges from ${url}: the server answered with status 500; using the copy of ${text}`;
    assert.deepEqual(rig.lines, [expected]);
  }
});

test('where no copy can be kept, the ranges are used all the same and a line says why', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve((_, response) => void response.end(fixture));
  const blocked = join(rig.directory, 'blocked');
  await writeFile(blocked, 'a file where a directory should be');
  const ranges = await rig.open(url, {}, { cacheDirectory: blocked });
  await ranges.settled;
  assert.deepEqual(labels(ranges, host, agents), [agentsLabel, 'outgoing']);
  assert.match(
    rig.lines.at(-1)!,
    /^ranges-cache: cannot keep a copy of the address ranges in .*blocked.*: E(EXIST|NOTDIR).*; they are fetched at each start until that can be written$/,
  );
});
