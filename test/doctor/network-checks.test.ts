/** Collectors, resolvers and ranges against real ones, well and ill. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { collectors } from '../../src/doctor/checks/collectors.js';
import { ranges } from '../../src/doctor/checks/ranges.js';
import { resolvers } from '../../src/doctor/checks/resolvers.js';
import type { Finding } from '../../src/doctor/finding.js';
import { cacheFile, writeCache } from '../../src/enrich/labels/ranges-cache.js';
import { fixture, fixturePath } from '../enrich/labels/ranges-rig.js';
import { named } from '../enrich/names/dns-rig.js';
import { refused, replyTo, startDnsServer } from '../enrich/names/scripted-dns-server.js';
import { openCollector } from '../support/collector.js';
import { freePort } from '../support/ports.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { outputSubjects, subject } from './subject.js';

describe('collectors', () => {
  const look = async (...targets: readonly string[]) =>
    collectors.run(subject({ outputs: await outputSubjects(...targets) }));

  test('are none where records go to stdout', async () => {
    const none = [{ level: 'ok', found: 'none: records go to stdout' }];
    assert.deepEqual([await look(), await look('-')], [none, none]);
  });

  test('listen or do not, by address and by name', async (context) => {
    const collector = await openCollector();
    context.after(() => collector.close());
    const free = await freePort();
    const local = `localhost:${collector.port}`;
    const [listening, absent, byName] = await look(
      `udp://127.0.0.1:${collector.port}`,
      `127.0.0.1:${free}`,
      local,
    );
    assert.deepEqual(listening, { level: 'ok', found: `127.0.0.1:${collector.port}: a collector listens` });
    assert.deepEqual(absent, {
      level: 'fail',
      found: `127.0.0.1:${free}: nobody listens there; start the collector, or name another with --to`,
      command: `ss -lunp sport = :${free}`,
    });
    assert.deepEqual(byName, { level: 'ok', found: `${local} (127.0.0.1): a collector listens` });
    assert.deepEqual(collector.records, [], 'and are sent no record');
  });

  test('that have lost datagrams are told of', {
    skip: process.platform !== 'linux' && 'only Linux tells',
  }, async (context) => {
    const slow = createSocket({ type: 'udp4', recvBufferSize: 4_096 });
    slow.bind(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port } = slow.address();
    const flood = `require('dgram').createSocket('udp4').connect(${port}, '127.0.0.1', function () {
      let left = 200;
      const send = () => (left-- > 0 ? this.send(Buffer.alloc(500), send) : this.close());
      send();
    })`;
    context.after(() => slow.close());
    // This process reads nothing while it waits.
    spawnSync(process.execPath, ['-e', flood]);
    const [finding] = await look(`127.0.0.1:${port}`);
    assert.equal(finding?.level, 'warn');
    assert.match(
      finding.found,
      /: a collector listens, and has lost 1\d\d datagrams since it started, its receive buffer being full$/,
    );
  });

  test('have a name that is known, and a port', async () => {
    const [unknown, wrong] = await look('collector.invalid:10518', '127.0.0.1');
    assert.equal(unknown?.level, 'fail');
    assert.match(unknown.found, /^collector\.invalid:10518: the name has no address \(E/);
    assert.equal(unknown.command, 'getent ahosts collector.invalid');
    assert.equal(wrong?.level, 'fail');
    assert.match(wrong.found, /^127\.0\.0\.1: there is no port; /);
  });
});

describe('resolvers', () => {
  const look = (...addresses: readonly string[]) =>
    resolvers.run(subject({ names: { from: ['ptr'], chosen: true, resolvers: addresses } }));

  test('are not asked with -n', async () => {
    assert.deepEqual(
      await resolvers.run(subject({ names: { from: ['dns'], chosen: true, resolvers: [] } })),
      [{ level: 'ok', found: 'none is asked' }],
    );
  });

  test('answer, refuse, lie, are silent or not there', async (context) => {
    const serve = async (script: Parameters<typeof startDnsServer>[0]) => {
      const server = await startDnsServer(script);
      context.after(() => server.close());
      return server.address;
    };
    const good = await serve(named());
    const unwilling = await serve({
      udp: (question, reply) => reply(replyTo(question, { responseCode: refused })),
    });
    const lying = await serve({
      udp: (question, reply) => reply(replyTo({ ...question, id: question.id ^ 1 }, {})),
    });
    const absent = `127.0.0.1:${await freePort()}`;
    const [answers, refuses, lies, isAbsent] = await look(good, unwilling, lying, absent);
    assert.equal(answers?.level, 'ok');
    assert.match(answers.found, /^127\.0\.0\.1:\d+ answers after \d+ ms$/);
    const advice = `ask only the one that does, with --dns ${good}`;
    assert.deepEqual(
      [refuses, lies, isAbsent],
      [
        { level: 'warn', found: `${unwilling} answers, but only REFUSED; ${advice}` },
        { level: 'warn', found: `${lying} does not answer (silent for 2 s); ${advice}` },
        { level: 'warn', found: `${absent} does not answer (ECONNREFUSED); ${advice}` },
      ],
    );
    assert.deepEqual(await look(absent), [
      {
        level: 'fail',
        found: `${absent} does not answer (ECONNREFUSED); name one that does with --dns, or ask none with -n or --names traffic`,
        command: 'pcap-agg -n',
      },
    ]);
    const names = { from: ['ptr'], chosen: true, resolvers: [absent] };
    const [chosen] = await resolvers.run(subject({ names, command: ['pcap-agg', '--names', 'ptr'] }));
    assert.equal(chosen?.command, undefined, '-n and --names exclude each other');
  });

  test('have addresses', async () => {
    const [finding] = await look('1.2.3.4.5');
    assert.equal(finding?.level, 'fail');
    assert.match(finding.found, /^--dns 1\.2\.3\.4\.5: not the address of a DNS server/);
  });
});

describe('ranges', () => {
  const folder = temporaryFolder();
  const look = async (source: string, cacheDirectory = folder.path): Promise<Finding | undefined> => {
    const environment = { CACHE_DIRECTORY: cacheDirectory };
    const privileges = { uid: 1, environment, passwdLine: () => undefined };
    const [finding] = await ranges.run(subject({ ranges: { source, site: 'datadoghq.com' }, privileges }));
    return finding;
  };
  const serve = async (context: TestContext, text: string) => {
    const server = createServer((_, response) => response.end(text)).listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };

  test('may be off', async () => {
    assert.deepEqual(await look('off'), { level: 'ok', found: 'off: labels are "none"' });
  });

  test('come from a file that can be read', async () => {
    assert.deepEqual(await look(fixturePath), {
      level: 'ok',
      found: `${fixturePath}: 14 prefixes of 12 services`,
    });
    const missing = await look('/nowhere/ranges.json');
    assert.equal(missing?.level, 'fail');
    assert.match(missing.found, /^\/nowhere\/ranges\.json: ENOENT/);
    assert.equal(missing.command, 'curl -fsSo /nowhere/ranges.json https://ip-ranges.datadoghq.com/');
    const ofOtherSite = { source: '/nowhere/ranges.json', site: 'datadoghq.eu' };
    const [elsewhere] = await ranges.run(subject({ ranges: ofOtherSite }));
    assert.equal(elsewhere?.command, 'curl -fsSo /nowhere/ranges.json https://ip-ranges.datadoghq.eu/');
  });

  test('come from a server, or from the copy of what it sent', async (context) => {
    const url = await serve(context, fixture);
    assert.deepEqual(await look(url), {
      level: 'ok',
      found: `${url}: 14 prefixes of 12 services; no copy in ${folder.path} yet`,
    });

    const absent = `http://127.0.0.1:${await freePort()}/`;
    const command = `curl -fsSo ranges.json ${absent}`;
    const without = await look(absent);
    assert.deepEqual([without?.level, without?.command], ['fail', command]);
    assert.match(
      without?.found ?? '',
      /ECONNREFUSED.*; no copy in .* yet, so that labels are "none"; fetch them /,
    );

    const copy = { url: absent, text: fixture, etag: undefined, lastModified: undefined };
    await writeCache(cacheFile(folder.path, absent), { ...copy, checkedMs: Date.now() - 3 * 3_600_000 });
    const served = await look(absent);
    assert.deepEqual([served?.level, served?.command], ['warn', command]);
    assert.match(
      served?.found ?? '',
      /; the copy in .* is 3 hours old, and serves until then; or fetch them /,
    );

    folder.file(cacheFile('.', absent), 'damaged');
    const damaged = await look(absent);
    assert.equal(damaged?.level, 'fail');
    assert.match(damaged.found, /; the copy .* cannot be used \(it is damaged\), so that labels are "none"/);
  });

  test('have to be ranges', async (context) => {
    const finding = await look(await serve(context, '[]'), join(folder.path, 'none'));
    assert.equal(finding?.level, 'fail');
    assert.equal((await look('ftp://example/'))?.level, 'fail');
  });
});
