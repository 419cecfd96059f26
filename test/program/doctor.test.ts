/** `pcap-agg doctor` as a process: what it prints where, how it ends, and as whom it asks the network. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { named } from '../enrich/names/dns-rig.js';
import { startDnsServer } from '../enrich/names/scripted-dns-server.js';
import { openCollector } from '../support/collector.js';
import { installProgram } from '../support/installed-program.js';
import { offline, startProgram } from '../support/program.js';
import { startHttpReader } from '../support/readers/http-reader.js';
import { harmless, nobody, noOtherUsers, rightsOf, withNetRaw, withoutRights } from '../support/rights.js';
import { until } from '../support/until.js';

describe('doctor', { skip: noOtherUsers }, () => {
  const program = installProgram({ mode: 0o755, withAddon: true });
  const bare = installProgram({ mode: 0o755, withAddon: false });

  const run = (args: readonly string[], prefix: readonly string[] = [], copy = program) =>
    startProgram(['doctor', ...args], { program: copy, prefix }).finished;

  test('finds nothing wrong where nothing is, as root and with CAP_NET_RAW alone', async () => {
    const collector = await openCollector();
    const args = ['-i', 'lo', '--to', `127.0.0.1:${collector.port}`, ...offline, 'not port 1'];
    for (const prefix of [[], withNetRaw]) {
      const { exitCode, stdout, stderr } = await run(args, prefix);
      assert.deepEqual([exitCode, stderr], [0, ''], stdout);
      const names = stdout.split('\n').flatMap((line) => /^(?:ok|warn) +([a-z]+) /.exec(line)?.[1] ?? []);
      const host = ['libpcap', 'cap', 'addon', 'permissions', 'interfaces', 'offloads', 'buffers', 'clock'];
      assert.deepEqual(names, [...host, 'names', 'owners', 'collectors', 'resolvers', 'ranges']);
      assert.match(stdout, /^\d+ ok, \d+ warnings?, 0 failures\n$/m);
      assert.ok(!stdout.includes('\x1b'), 'no colours in a pipe');
      const who = prefix === withNetRaw ? `user ${nobody} has CAP_NET_RAW` : 'root';
      assert.match(stdout, new RegExp(`^ok    permissions  ${who}, until everything is open`, 'm'));
    }
    collector.close();
  });

  test('fails where something is missing, with the command that mends it', async () => {
    const { exitCode, stdout } = await run(['-i', 'lo', '--to', 'a b', ...offline, 'udp'], withoutRights);
    assert.equal(exitCode, 1);
    assert.ok(
      stdout.includes(
        `fail  permissions  user ${nobody} has no CAP_NET_RAW, the right to capture\n` +
          `      $ sudo ${process.execPath} ${program} -i lo --to 'a b' --datadog-ranges off -n udp\n`,
      ),
      stdout,
    );
    assert.match(stdout, /^fail {2}collectors {3}a b: there is no port; /m);
    assert.match(stdout, /, 2 failures\n$/);
  });

  test('asks a reader with a key that only root can read', async (context) => {
    const reader = await startHttpReader(() => ({ status: 202 }));
    context.after(() => reader.close());
    const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-test-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'key');
    const key = 'c0ffee0123456789c0ffee0123456789';
    writeFileSync(file, key, { mode: 0o600 });
    const target = `datadog+http://127.0.0.1:${reader.port}`;
    const { exitCode, stdout } = await run([
      '-i',
      'lo',
      '--to',
      `${target}?key-file=${file}`,
      ...offline,
      'udp',
    ]);
    assert.equal(exitCode, 0, stdout);
    assert.ok(
      stdout.includes(`ok    collectors   ${target}: an empty request is answered as it should be\n`),
      stdout,
    );
    assert.deepEqual(
      reader.requests.map(({ headers, text }) => [headers['dd-api-key'], text]),
      [[key, '[]']],
    );
    assert.ok(!stdout.includes(key));
  });

  test('looks at folders as whom a run becomes', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-test-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const collector = await openCollector();
    context.after(() => collector.close());
    const file = `file:${join(folder, 'flows.jsonl')}`;
    const spool = join(folder, 'spool');
    const udp = `127.0.0.1:${collector.port}`;
    const args = ['-i', 'lo', '--to', `${file}?rotate=1h`, '--to', udp, ...offline, 'udp'];
    const own = await run(args);
    assert.equal(own.exitCode, 1);
    assert.match(
      own.stdout,
      new RegExp(
        `^fail  collectors   ${file}: rotate= makes new files in ${folder}, where user ${nobody}, whom a run becomes, has no right to write; choose a folder of that user's\n      \\$ ls -ld ${folder}$`,
        'm',
      ),
    );
    const hidden = await run(['-i', 'lo', '--to', `tcp://127.0.0.1:1?spool=${spool}`, ...offline, 'udp']);
    assert.match(
      hidden.stdout,
      /: spool \S+: user \d+, whom a run becomes, cannot get there; choose another folder$/m,
    );
    chownSync(folder, 1, 1);
    chmodSync(folder, 0o755);
    const others = await run(['-i', 'lo', '--to', `tcp://127.0.0.1:1?spool=${folder}`, ...offline, 'udp']);
    assert.match(
      others.stdout,
      /: spool \S+: it belongs to user 1, who .*; choose one of root's, or of user \d+,/,
    );
    chownSync(folder, nobody, nobody);
    const given = await run(args);
    assert.equal(given.exitCode, 0, given.stdout);
    assert.match(given.stdout, new RegExp(`^(ok|warn) +storage +${file}: \\d+ MB are free`, 'm'));
  });

  test('refuses what a run would refuse of its files', async () => {
    for (const [args, message] of [
      [
        ['--schema', '/nowhere.json'],
        /^pcap-agg: --schema \/nowhere\.json: .*; name a file that can be read\n$/,
      ],
      [['--network', 'a=10.0.0'], /^pcap-agg: --network a=10\.0\.0: .*is not a network; .*\n$/],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(['-i', 'lo', ...offline, ...args]);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, message);
    }
  });

  test('tells a root that is none from one that is', async () => {
    const confined = await run(['-i', 'lo', ...offline], ['setpriv', '--bounding-set=-net_raw']);
    assert.equal(confined.exitCode, 1);
    assert.match(
      confined.stdout,
      /^fail {2}permissions {2}the container or service keeps CAP_NET_RAW, .*--cap-add=NET_RAW/m,
    );
    const bound = await run(['-i', 'lo', ...offline], ['setpriv', '--bounding-set=-setuid,-setgid']);
    assert.equal(bound.exitCode, 1);
    assert.match(bound.stdout, /^fail {2}permissions {2}-Z nobody: this process may not become nobody /m);
    const unknown = await run(['-i', 'lo', '-Z', 'no-such-user', ...offline]);
    assert.match(unknown.stdout, /^fail {2}permissions {2}-Z no-such-user: there is no such user; /m);
  });

  for (const [who, prefix] of [
    ['root', []],
    ['an ordinary user with CAP_NET_RAW', withNetRaw],
  ] as const) {
    test(`asks the network without any right, started by ${who}`, async (context) => {
      // It never answers.
      const silent = await startDnsServer({});
      context.after(() => silent.close());
      const args = ['doctor', '-i', 'lo', '--dns', silent.address, '--datadog-ranges', 'off'];
      const running = startProgram(args, { program, prefix });
      await until('a question has come', () => silent.asked.length > 0);
      assert.deepEqual(rightsOf(running.child.pid), harmless(nobody));
      const { exitCode, stdout } = await running.finished;
      assert.equal(exitCode, 1);
      assert.match(stdout, /^fail {2}resolvers {4}127\.0\.0\.1:\d+ does not answer \(silent for 2 s\); /m);
      assert.deepEqual(new Set(silent.asked), new Set(['1.0.0.127.in-addr.arpa']));
    });
  }

  test('says that it keeps the right to capture, where the addon is missing', async () => {
    const { stdout } = await run(['-i', 'lo', ...offline], withNetRaw, bare);
    assert.match(stdout, /^warn {2}permissions {2}keeps its capabilities while it runs, .*\nok {4}owners /m);
  });

  test('finds a cap that ends the program, and an addon that was not built', async (context) => {
    const folder = dirname(dirname(dirname(bare)));
    // As the name of the function stands in a binding that was built with assertions.
    appendFileSync(join(folder, 'node_modules/cap/build/Release/cap.node'), '__assert_fail');
    const dns = await startDnsServer(named());
    context.after(() => dns.close());
    const args = ['-i', 'lo', '--datadog-ranges', 'off', '--dns', dns.address];
    const { exitCode, stdout } = await run(args, [], bare);
    assert.equal(exitCode, 0, stdout);
    assert.match(
      stdout,
      new RegExp(
        '^warn  cap          version 0\\.2\\.1, built with an assertion that ends the whole program .*\n' +
          `      \\$ cd ${folder} && CXXFLAGS=-DNDEBUG npm rebuild cap\n` +
          'warn  addon        native/build/Release/capture.node is not there; without it .*\n' +
          `      \\$ npm --prefix ${folder} run bindings$`,
        'm',
      ),
    );
    const batch = await run([...args, '--engine', 'batch'], [], bare);
    assert.equal(batch.exitCode, 1);
    assert.match(batch.stdout, /^fail {2}addon {8}.*: the engine batch cannot be had\n/m);
  });
});
