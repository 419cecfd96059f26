import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../support/until.js';
import { labels } from './flow-records.js';
import { agents, agentsLabel, createRangesRig, fixture, host } from './ranges-rig.js';

test('a damaged copy is ignored with a warning, and replaced', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve((_, response) => void response.end(fixture));
  await (await rig.open(url)).settled;
  const path = join(rig.directory, (await readdir(rig.directory))[0]!);
  const whole = await readFile(path, 'utf8');
  const damaged = {
    'it is damaged': [
      whole.slice(0, whole.length / 2),
      '',
      '[]',
      'null',
      '{"url":1}',
      JSON.stringify({ ...JSON.parse(whole), text: 1 }),
    ],
    'it is not JSON': [JSON.stringify({ ...JSON.parse(whole), text: fixture.slice(0, 500) })],
    'it lists no prefixes': [JSON.stringify({ ...JSON.parse(whole), text: '{}' })],
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
  const asked: Array<string | undefined> = [];
  const url = await rig.serve((request, response) => {
    asked.push(request.headers['if-none-match']);
    response.writeHead(500).end();
  });
  const path = join(rig.directory, `http-127.0.0.1-${new URL(url).port}-.json`);
  const copy = { url: `${url}?other`, text: fixture, etag: 'x', checkedMs: 0 };
  await writeFile(path, JSON.stringify(copy));
  const other = await rig.open(url);
  await other.settled;
  assert.deepEqual(labels(other, host, agents), ['none', 'none']);
  await writeFile(path, JSON.stringify({ ...copy, url, etag: 'x\r\nevil: 1' }));
  const wild = await rig.open(url);
  assert.deepEqual(labels(wild, host, agents), [agentsLabel, 'outgoing']);
  await until('it was asked', () => wild.counts.refreshFailures === 1);
  assert.deepEqual(asked, [undefined, undefined]);
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
    /^ranges-cache: cannot keep a copy of the address ranges in .*blocked.*: E(EXIST|NOTDIR)/,
  );
});
