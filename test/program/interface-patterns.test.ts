/** Interfaces by pattern, on a host with a bridge, by the whole program, which has given up root by then. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertAccounted, recordsIn } from '../support/accounting.js';
import { openBridge } from '../support/bridge.js';
import { sumsByFlow } from '../support/collector.js';
import { printedLedgers } from '../support/ledger-text.js';
import { offline, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';

describe('interfaces by pattern', { skip: noNetwork }, () => {
  test('count each packet once where a bridge has its ports left out, and one that comes later too', async (context) => {
    const bridge = openBridge();
    context.after(() => bridge.close());
    const program = startProgram(
      ['-i', '!p*', '-i', '!lo', '--engine', 'batch', '--interval', '10m', ...offline, 'icmp'],
      { prefix: bridge.onHost },
    );
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on !p*,!lo'));
    const [first = '', second = ''] = bridge.containers;
    bridge.ping(0, second, 5);
    bridge.ping(0, bridge.hostIPv4, 4);
    bridge.addContainer('later0', '198.19.7.2', '198.19.7.1');
    bridge.ping(2, '198.19.7.1', 3);
    await until('all has been taken', () => {
      program.child.kill('SIGUSR1');
      return printedLedgers(program.stderr()).at(-1)?.packets === 24;
    });
    program.child.kill('SIGINT');
    const finished = await program.finished;
    const records = recordsIn(finished.stdout);
    const ledger = assertAccounted(finished, records);
    const counts = [...sumsByFlow(records)].map(([flow, { count }]) => `${count} x ${flow}`);
    assert.deepEqual(counts.sort(), [
      `3 x 198.19.7.1  > 198.19.7.2  ICMP`,
      `3 x 198.19.7.2  > 198.19.7.1  ICMP`,
      `4 x ${bridge.hostIPv4}  > ${first}  ICMP`,
      `4 x ${first}  > ${bridge.hostIPv4}  ICMP`,
      `5 x ${first}  > ${second}  ICMP`,
      `5 x ${second}  > ${first}  ICMP`,
    ]);
    // At both ports what passed between them, at one what was for the host.
    assert.deepEqual(ledger.leftOut, { 'other-interface': 2 * 10 + 8 });
    const unknown = { droppedByKernel: 0, droppedByInterface: undefined };
    assert.deepEqual(ledger.sources, [{ name: '!p*,!lo', ...unknown, gaps: 0, isAway: false }]);
    assert.match(finished.stderr, /^pcap-agg: -i !p\*,!lo: names br0 now, and others as they come$/m);
  });

  test('take frames for other hosts, also those that come later, unless that is not wanted', async (context) => {
    const bridge = openBridge();
    context.after(() => bridge.close());
    const capture = async (told: string, ...args: string[]) => {
      const program = startProgram(['-i', 'up0', '-i', 'wg*', ...args, ...offline], {
        prefix: bridge.onHost,
      });
      context.after(() => program.child.kill('SIGKILL'));
      await until('it captures', () => program.stderr().includes('capturing on up0,wg*'));
      assert.ok(program.stderr().includes(`-i up0,wg*: ${told}`), program.stderr());
      return program;
    };
    const program = await capture('names no interface that is there');
    bridge.addContainer('up0', '198.19.7.2', '198.19.7.1');
    bridge.addContainer('up1', '198.19.8.2', '198.19.8.1');
    await until('up0 is in promiscuous mode', () => bridge.promiscuity('up0') === 1);
    assert.equal(bridge.promiscuity('up1'), 0);
    program.child.kill('SIGINT');
    await program.finished;
    assert.equal(bridge.promiscuity('up0'), 0);
    const modest = await capture('names up0 now', '-p');
    assert.equal(bridge.promiscuity('up0'), 0);
    modest.child.kill('SIGINT');
    assert.equal((await modest.finished).exitCode, 0);
  });

  test('are what is advised where a bridge and its ports are captured on, and what doctor looks at', async (context) => {
    const bridge = openBridge();
    context.after(() => bridge.close());
    const start = (...args: string[]) => startProgram([...args, ...offline], { prefix: bridge.onHost });
    const advice = 'br0 and p0, p1 below it show the same packets, which count twice';
    const program = start('-i', 'any');
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on any'));
    program.child.kill('SIGINT');
    const { stderr } = await program.finished;
    assert.ok(stderr.startsWith(`pcap-agg: -i any: ${advice}; write -i '!p*' in place of -i any\n`), stderr);

    const findings = async (...args: string[]) => {
      const { stdout } = await start('doctor', '--engine', 'batch', ...args).finished;
      return stdout.split('\n').filter((line) => / interfaces /.test(line));
    };
    assert.deepEqual(await findings('-i', 'br0', '-i', 'p0'), [
      `ok    interfaces   br0 is up, ${bridge.hostIPv4}`,
      'ok    interfaces   p0 is up',
      'warn  interfaces   br0 and p0 below it show the same packets, which count twice; leave -i p0 out',
    ]);
    assert.deepEqual(await findings('-i', '!p*'), ['ok    interfaces   !p* names br0, lo']);
    assert.deepEqual(await findings('-i', 'wg*', '-i', 'p9'), [
      'warn  interfaces   wg*,p9 names none of br0, lo, p0, p1, and waits for one that it names',
    ]);
  });

  test('are listed by -D', async (context) => {
    const bridge = openBridge();
    context.after(() => bridge.close());
    const list = (...args: string[]) => startProgram(['-D', ...args], { prefix: bridge.onHost }).finished;
    const listed = async (...args: string[]) => {
      const { stdout } = await list(...args);
      return stdout
        .split('\n')
        .flatMap((line) => line.split(' ')[0] || [])
        .sort();
    };
    assert.deepEqual(await listed(), ['any', 'br0', 'lo', 'p0', 'p1']);
    assert.deepEqual(await listed('-i', 'p*', '-i', '!p1'), ['p0']);
    assert.deepEqual(await listed('-i', '!lo'), ['br0', 'p0', 'p1']);
    assert.deepEqual(await listed('-i', 'any'), ['any']);
    const { exitCode, stderr } = await list('-i', 'wg*');
    assert.equal(exitCode, 2);
    assert.equal(
      stderr,
      'pcap-agg: -i wg*: names no interface that is there; "pcap-agg -D" lists those there are\n',
    );
  });
});
