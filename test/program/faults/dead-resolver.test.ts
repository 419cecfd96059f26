/** Resolvers whom packets never reach: the process ends when it has said everything, and not when the look-up does. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, type TestContext, test } from 'node:test';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { installProgram } from '../../support/installed-program.js';
import { type Finished, startProgram } from '../../support/program.js';
import { until } from '../../support/until.js';
import { ip, noNetwork, openVeth, type Veth } from '../../support/veth.js';

/** The C library asks each of three servers for five seconds, twice over. */
const longestEndMs = 5_000;

describe('where no resolver answers, the process ends at once', { skip: noNetwork, concurrency: 2 }, () => {
  const program = installProgram({ mode: 0o755, withAddon: true });
  let veth: Veth;
  let folder: string;

  before(() => {
    veth = openVeth();
    const { namespace, peer, hostIPv4 } = veth;
    // Nobody has this link address: whatever leaves the namespace is lost, and no error comes back.
    ip('-n', namespace, 'neigh', 'add', hostIPv4, 'lladdr', '02:00:00:00:00:99', 'dev', peer);
    ip('-n', namespace, 'route', 'add', 'default', 'via', hostIPv4);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    // ip-netns(8) puts it in the place of /etc/resolv.conf.
    folder = `/etc/netns/${namespace}`;
    mkdirSync(folder, { recursive: true });
    const servers = [53, 54, 55].map((host) => `nameserver 192.0.2.${host}\n`);
    writeFileSync(`${folder}/resolv.conf`, servers.join(''));
  });
  after(() => {
    rmSync(folder, { recursive: true });
    veth.close();
  });

  /** Runs it, with SIGTERM when it has said `stopAt`; its time is that from when it has said `last` to its end. */
  async function run(context: TestContext, args: readonly string[], last: RegExp, stopAt?: RegExp) {
    const prefix = ['ip', 'netns', 'exec', veth.namespace];
    const running = startProgram(args, { program, prefix });
    context.after(() => running.child.kill('SIGKILL'));
    const output = () => running.stdout() + running.stderr();
    if (stopAt !== undefined) {
      await until(`it says ${stopAt}`, () => stopAt.test(output()));
      running.child.kill('SIGTERM');
    }
    await until(`it says ${last}`, () => last.test(output()));
    const startMs = performance.now();
    const finished = await running.finished;
    return { ...finished, tookMs: performance.now() - startMs };
  }

  function assertQuick({ tookMs }: Finished & { readonly tookMs: number }): void {
    assert.ok(tookMs < longestEndMs, `it took ${tookMs} ms`);
  }

  const capture = ['-r', `${fixturesFolder}tcp-session.pcap`];

  test('of a capture, with its collector and its ranges asked for', async (context) => {
    const args = ['-i', 'lo', '-n', '--to', 'no.such.example:1234'];
    const finished = await run(context, args, /balanced/, /capturing on/);
    assertQuick(finished);
    assert.equal(finished.exitCode, 0, finished.stderr);
  });

  test('of a replay, with all that it wrote', async (context) => {
    const args = [...capture, '-n', '--to', '-'];
    const finished = await run(context, args, /balanced/);
    assertQuick(finished);
    assertAccounted(finished, recordsIn(finished.stdout));
  });

  test('of a start that fails', async (context) => {
    const args = ['-i', 'nowhere', '-n', '--to', 'no.such.example:1234'];
    const finished = await run(context, args, /nowhere/);
    assertQuick(finished);
    assert.equal(finished.exitCode, 2, finished.stderr);
  });

  test('of doctor, with its last line said', async (context) => {
    const finished = await run(context, ['doctor', '-i', 'lo', '-n'], /failures?$/m);
    assertQuick(finished);
    assert.equal(finished.exitCode, 1, finished.stdout);
    assert.match(finished.stdout, /^\d+ ok, \d+ warnings?, \d+ failures?\n$/m);
  });
});
