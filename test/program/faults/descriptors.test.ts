/** A process that may open no more files (EMFILE): as it starts, and while its collector and its interface go away. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { assertAccounted, packetsOf } from '../../support/accounting.js';
import { openCollector } from '../../support/collector.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, type RunningProgram, startProgram } from '../../support/program.js';
import { until } from '../../support/until.js';
import { noNetwork, startTraffic } from '../../support/veth.js';
import { openCaptureRig, targetPort } from '../capture-rig.js';

const noPrlimit = spawnSync('prlimit', ['--version']).status === 0 ? false : 'prlimit(1) is not installed';

/** From now on the process may have descriptors below `count` only; those that are open stay so. */
function limitDescriptors({ child }: RunningProgram, count: number): void {
  execFileSync('prlimit', [`--nofile=${count}:`, '--pid', String(child.pid)]);
}

test('a file that cannot be opened for want of descriptors is named in one line, with the one remedy', {
  skip: noPrlimit,
}, async () => {
  const options = ['-r', `${fixturesFolder}tcp-session.pcap`, '--to', '-', ...offline];
  // How many Node needs for itself is its own affair: one of these leaves room for all but the file.
  const limits = [18, 19, 20, 21, 22, 23, 24];
  const runs = limits.map((limit) => startProgram(options, { prefix: ['prlimit', `--nofile=${limit}`] }));
  const ended = await Promise.all(runs.map(({ finished }) => finished));
  const refused = ended.filter(({ stderr }) => stderr.includes('cannot be opened'));
  assert.ok(refused.length > 0, ended.map(({ stderr }) => stderr).join(''));
  for (const { exitCode, stderr } of refused) {
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^pcap-agg: [^;]*tcp-session\.pcap: cannot be opened \(EMFILE[^;]*\); raise the limit of open files with "ulimit -n"\n$/,
    );
  }
});

test('whatever there are too few descriptors for, the line ends with the remedy: several files', {
  skip: noPrlimit,
}, async () => {
  const file = ['-r', `${fixturesFolder}tcp-session.pcap`];
  const options = [...file, ...file, '--to', '-', ...offline];
  // One of these leaves room for the first file and not for the second.
  const limits = [18, 19, 20, 21, 22, 23, 24];
  const runs = limits.map((limit) => startProgram(options, { prefix: ['prlimit', `--nofile=${limit}`] }));
  const ended = await Promise.all(runs.map(({ finished }) => finished));
  const complaints = ended.flatMap(({ stderr }) => stderr.split('\n').filter((line) => /EMFILE/.test(line)));
  assert.ok(complaints.length > 0, ended.map(({ stderr }) => stderr).join(''));
  for (const line of complaints)
    assert.match(line, /^pcap-agg: [^;]*EMFILE[^;]*; raise the limit of open files with "ulimit -n"$/);
});

describe('a process that may open no more files', {
  skip: noNetwork || noPrlimit,
  concurrency: true,
}, () => {
  for (const engine of ['cap', 'batch']) {
    test(`goes on with what it has, and recovers when it may again (${engine})`, async (context) => {
      const { veth, collector, capture, send } = await openCaptureRig(context);
      // The limits of other users' processes are not the test's to set.
      const program = await capture('--engine', engine, '-Z', 'root');
      await send(50);
      limitDescriptors(program, 4);
      collector.close();
      const datagrams = { target: veth.hostIPv4, targetPort, count: null, payloadBytes: 10, perSecond: 50 };
      const traffic = startTraffic(veth, { datagrams: [datagrams] });
      context.after(() => traffic.kill());
      const said = (what: string) => until(`it says ${what}`, () => program.stderr().includes(what));
      await said('cannot be reached (EMFILE)');
      veth.down();
      await said('the interface went down or away');
      veth.up();

      limitDescriptors(program, 1_024);
      const second = await openCollector(collector.port);
      context.after(() => second.close());
      await said('capturing again after');
      await said('the collector is back');
      program.child.kill('SIGTERM');
      const { sinks } = lastLedger((await program.finished).stderr);
      const all = () => [...collector.records, ...second.records];
      await until('all has arrived', () => all().length >= sinks[0]!.records);
      const { frames } = assertAccounted(await program.finished, all());
      // The one that met with the refusal, if it did not go ahead of the others as a probe.
      assert.ok(sinks[0]!.recordsUnsent <= 1, program.stderr());
      assert.ok(frames > packetsOf(collector.records));
    });
  }
});
