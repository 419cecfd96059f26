import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { labels } from '../flow-records.js';
import { agents, agentsLabel, createRangesRig, fixture, type Handler, host, renewed } from './ranges-rig.js';

test('a URL is asked without delay, its answer kept in a private file, and asked for conditionally the next time', async (context) => {
  const rig = await createRangesRig(context);
  const asked: Array<string | undefined> = [];
  const url = await rig.serve((request, response) => {
    asked.push(request.headers['if-none-match']);
    if (request.headers['if-none-match'] === '"v61"') response.writeHead(304).end();
    else
      response
        .writeHead(200, { etag: '"v61"', 'last-modified': 'Thu, 08 Sep 2016 00:00:00 GMT' })
        .end(fixture);
  });
  const first = await rig.open(url);
  assert.deepEqual(labels(first, host, agents), ['none', 'none'], 'no answer yet');
  await first.settled;
  assert.deepEqual(labels(first, host, agents), [agentsLabel, 'outgoing']);

  const [name, ...others] = await readdir(rig.directory);
  assert.deepEqual(others, []);
  const path = join(rig.directory, name!);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const cached = {
    text: fixture,
    etag: '"v61"',
    lastModified: 'Thu, 08 Sep 2016 00:00:00 GMT',
    url,
    checkedMs: rig.wallMs,
  };
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), cached);

  rig.wallMs += 3_600_000;
  const second = await rig.open(url);
  assert.deepEqual(labels(second, host, agents), [agentsLabel, 'outgoing'], 'from the copy, at once');
  await until('the copy is confirmed', () => second.counts.refreshes === 1);
  assert.equal(JSON.parse(await readFile(path, 'utf8')).checkedMs, rig.wallMs);
  assert.deepEqual(asked, [undefined, '"v61"']);
  assert.deepEqual(rig.lines, []);
});

test('without an ETag the time of the last change is sent', async (context) => {
  const rig = await createRangesRig(context);
  const asked: Array<string | undefined> = [];
  const url = await rig.serve((request, response) => {
    asked.push(request.headers['if-modified-since']);
    response.writeHead(200, { 'last-modified': 'Thu, 08 Sep 2016 00:00:00 GMT' }).end(fixture);
  });
  await (await rig.open(url)).settled;
  const second = await rig.open(url);
  await until('it is asked again', () => second.counts.refreshes === 1);
  assert.deepEqual(asked, [undefined, 'Thu, 08 Sep 2016 00:00:00 GMT']);
});

test('offline, the copy serves, and one warning says how old it is', async (context) => {
  const rig = await createRangesRig(context);
  let answer: Handler = (_, response) => void response.end(fixture);
  const url = await rig.serve((request, response) => answer(request, response));
  const online = await rig.open(url);
  await online.settled;
  online.close();

  answer = (request) => void request.socket.destroy();
  rig.wallMs += 3 * 86_400_000 + 5 * 3_600_000;
  const offline = await rig.open(url, { retryMs: 5 });
  assert.deepEqual(labels(offline, host, agents), [agentsLabel, 'outgoing']);
  await until('it was tried several times', () => offline.counts.refreshFailures >= 3);
  assert.deepEqual(rig.lines, [
    `cannot get address ranges from ${url}: socket hang up; using the copy of 2016-09-08T12:00:00.000Z (3 days old)`,
  ]);

  answer = (_, response) => void response.end(renewed);
  await until('the new ranges are there', () => labels(offline, host, agents)[0] === 'renewed');
  await until('that is told', () => rig.lines.length > 1);
  assert.deepEqual(rig.lines.slice(1), [`address ranges come from ${url} again`]);
});

test('offline without a copy, labels are "none" and one warning says so', async (context) => {
  const rig = await createRangesRig(context);
  // Nobody listens on the port of tcpmux.
  const url = 'http://127.0.0.1:1/';
  const ranges = await rig.open(url, { retryMs: 5 });
  await ranges.settled;
  await until('it was tried several times', () => ranges.counts.refreshFailures >= 3);
  assert.deepEqual(labels(ranges, host, agents), ['none', 'none']);
  assert.deepEqual(rig.lines, [
    `cannot get address ranges from ${url}: connect ECONNREFUSED 127.0.0.1:1; until it can, labels are "none"; --datadog-ranges takes a file, too, or "off"`,
  ]);
});

test('settling ends at a deadline on the clock that was handed in', async (context) => {
  const rig = await createRangesRig(context);
  const ranges = await rig.open(await rig.serve(() => undefined));
  // A clock a day ahead: by the host's own, the deadline is as far away.
  const dayMs = 86_400_000;
  rig.nowMs = () => dayMs;
  const tooLate = setTimeout(() => assert.fail('it waits by another clock'), 10_000);
  await ranges.settle?.(dayMs + 20);
  clearTimeout(tooLate);
  assert.equal(ranges.counts.refreshes, 0);
});

test('a password in the URL is sent, and not shown', async (context) => {
  const rig = await createRangesRig(context);
  let authorization: string | undefined;
  const url = await rig.serve((request, response) => {
    authorization = request.headers.authorization;
    response.writeHead(403).end();
  });
  await (await rig.open(url.replace('//', '//user:secret@'))).settled;
  assert.equal(authorization, `Basic ${Buffer.from('user:secret').toString('base64')}`);
  assert.deepEqual(rig.lines, [
    `cannot get address ranges from ${url}: the server answered with status 403; until it can, labels are "none"; --datadog-ranges takes a file, too, or "off"`,
  ]);
});

test('a redirect is followed', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/there' }).end();
    else response.end(fixture);
  });
  const ranges = await rig.open(url);
  await ranges.settled;
  assert.deepEqual(labels(ranges, host, agents), [agentsLabel, 'outgoing']);
});

test('a server that has no copy of ours to confirm is not believed', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve((_, response) => void response.writeHead(304).end());
  await (await rig.open(url)).settled;
  assert.deepEqual(rig.lines, [
    `cannot get address ranges from ${url}: the server says that they have not changed, but there is no copy; until it can, labels are "none"; --datadog-ranges takes a file, too, or "off"`,
  ]);
});

test('a refresh brings new ranges', async (context) => {
  const rig = await createRangesRig(context);
  let body = fixture;
  const url = await rig.serve((_, response) => void response.end(body));
  const ranges = await rig.open(url, { refreshMs: 5 });
  await ranges.settled;
  body = renewed;
  await until('the new ranges are there', () => labels(ranges, host, agents)[0] === 'renewed');
  assert.deepEqual(ranges.counts.prefixes, 1);
});

test('close ends what is under way, quietly', async (context) => {
  const rig = await createRangesRig(context);
  const url = await rig.serve(() => {});
  const ranges = await rig.open(url);
  ranges.close();
  await ranges.settled;
  assert.deepEqual([rig.lines, ranges.counts.refreshFailures], [[], 0]);
});

/** What a server may do to us, and what is said of it. */
const hostile: Record<string, [Handler, string]> = {
  'a body of a gigabyte': [
    (_, response) => {
      const chunk = Buffer.alloc(1_048_576, 0x20);
      let sent = 0;
      const pour = () => {
        while (!response.destroyed && sent++ < 1_024)
          if (!response.write(chunk)) return void response.once('drain', pour);
        response.end();
      };
      pour();
    },
    'it is longer than 100000 bytes',
  ],
  'a slow body': [
    (_, response) => {
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    },
    'no whole answer within 0.5 s',
  ],
  'no answer at all': [() => {}, 'no whole answer within 0.5 s'],
  'a redirect loop': [
    (_, response) => void response.writeHead(302, { location: '/' }).end(),
    'it is redirected more than 5 times',
  ],
  'a redirect to a file': [
    (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'it is redirected to something that is not https',
  ],
  'a redirect to nowhere': [
    (_, response) => void response.writeHead(302).end(),
    'the server answered with status 302',
  ],
  'an error': [
    (_, response) => void response.writeHead(500).end('oops'),
    'the server answered with status 500',
  ],
  'something that is not JSON': [(_, response) => void response.end('<html>'), 'it is not JSON'],
  'JSON of another shape': [(_, response) => void response.end('[1]'), 'it is not a JSON object of services'],
  nothing: [(_, response) => void response.end(), 'it is not JSON'],
  'no prefixes': [(_, response) => void response.end('{"version":1}'), 'it lists no prefixes'],
  'a body that is cut off': [
    (_, response) => {
      response.writeHead(200, { 'content-length': fixture.length });
      response.write(fixture.slice(0, 100), () => response.destroy());
    },
    'aborted',
  ],
};

for (const [what, [handler, message]] of Object.entries(hostile)) {
  test(`the last good ranges stay in use after ${what}`, async (context) => {
    const rig = await createRangesRig(context);
    let isHostile = false;
    const url = await rig.serve((request, response) => {
      if (isHostile) handler(request, response);
      else response.end(fixture);
    });
    const limits = { maxBytes: 100_000, timeoutMs: 500, refreshMs: 5, retryMs: 1 };
    const ranges = await rig.open(url, limits);
    await ranges.settled;
    isHostile = true;
    await until('the server was hostile', () => ranges.counts.refreshFailures > 0);
    assert.deepEqual(labels(ranges, host, agents), [agentsLabel, 'outgoing']);
    assert.deepEqual(rig.lines, [
      `cannot get address ranges from ${url}: ${message}; using the copy of 2016-09-08T12:00:00.000Z (0 minutes old)`,
    ]);
    ranges.close();
    const afterwards = await rig.open(url, { ...limits, refreshMs: 86_400_000, retryMs: 86_400_000 });
    assert.deepEqual(
      labels(afterwards, host, agents),
      [agentsLabel, 'outgoing'],
      'the copy was not overwritten',
    );
  });
}
