/** --seq: each collector can tell what the network lost of its own records. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { recordPlaces } from '../../src/verify/numbered-record.js';
import type { ReceiverReport } from '../sink/udp/receiver.js';
import { type Receiver, startReceiver } from '../sink/udp/receiver-process.js';
import { packetsOf } from '../support/accounting.js';
import { openCollector } from '../support/collector.js';
import { fixturesFolder } from '../support/fixtures.js';
import { lastLedger } from '../support/ledger-text.js';
import { offline, type RunningProgram, runProgram, startProgram } from '../support/program.js';
import { textOfFlows } from '../support/text-flows.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth } from '../support/veth.js';

const flows = 200;
const wave = 1_000;

async function start(args: readonly string[], prefix: readonly string[] = []): Promise<RunningProgram> {
  const program = startProgram([...offline, '--seq', '--interval', '200ms', ...args], { prefix });
  await until('it reads', () => program.stderr().includes('reading stdin'));
  return program;
}

/** What the receiver has when it has read or lost so many records. */
async function settled(receiver: Receiver, records: number): Promise<ReceiverReport> {
  for (let looks = 0; looks < 1_000; looks++) {
    const report = await receiver.report();
    if (report.received.length + report.dropped >= records) return report;
  }
  throw new Error(`the receiver has not read ${records} records`);
}

describe('--seq', { concurrency: true }, () => {
  test('numbers the records of each collector without a gap, over all windows', async (context) => {
    const collectors = await Promise.all([openCollector(), openCollector()]);
    context.after(() => collectors.map((collector) => collector.close()));
    const program = await start(collectors.flatMap(({ port }) => ['--to', `127.0.0.1:${port}`]));
    const windows = 4;
    for (let window = 1; window <= windows; window++) {
      program.child.stdin.write(textOfFlows(flows));
      const hasAll = () => collectors.every(({ records }) => packetsOf(records) >= window * flows);
      await until(`window ${window} has arrived`, hasAll);
    }
    program.child.stdin.end();
    const { exitCode, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
    assert.ok(stderr.endsWith('\npcap-agg: balanced\n'), stderr);
    for (const { records } of collectors) {
      assert.deepEqual(
        records.map(({ seq }) => seq),
        records.map((_, index) => 1 + index),
      );
      assert.deepEqual(
        [...new Set(records.map(({ agent }) => agent))],
        [collectors[0]!.records[0]!['agent']],
      );
      assert.deepEqual(Object.keys(records[0]!).slice(-2), ['agent', 'seq']);
      const received = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      const verified = await runProgram(['verify'], received);
      assert.equal(verified.exitCode, 0, verified.stdout);
      assert.match(
        verified.stdout,
        /, 800 packets, 5600 bytes; 0 missing, 0 duplicates, 0 reordered, 0 too late to tell\n$/,
      );
    }
  });

  for (const schema of Object.keys(recordPlaces)) {
    test(`numbers the records of ${schema} where verify finds it`, async () => {
      const capture = join(fixturesFolder, 'conversation-web.pcap');
      const sent = await runProgram(['-r', capture, '--seq', '--schema', schema, '--no-biflow', ...offline]);
      assert.equal(sent.exitCode, 0, sent.stderr);
      const { records, packets } = lastLedger(sent.stderr).sinks[0]!;
      const lines = sent.stdout.trimEnd().split('\n');
      assert.equal(lines.length, records);
      const whole = await runProgram(['verify'], sent.stdout);
      assert.equal(whole.exitCode, 0, whole.stdout);
      assert.match(
        whole.stdout,
        new RegExp(`: ${records} records 1 to ${records}, ${packets} packets, .*; 0 missing`),
      );
      const part = await runProgram(['verify'], [lines.at(0), lines.at(-1), lines.at(-1)].join('\n'));
      assert.equal(part.exitCode, 1);
      assert.match(part.stdout, new RegExp(`; ${records - 2} missing, 1 duplicates, 0 reordered`));
    });
  }

  /** Sends a wave and one more record to a receiver that has room for 166 and is slow; what it got and lost of them. */
  async function sendWave(receiver: Receiver, address: string, prefix?: readonly string[]) {
    const program = await start(['--to', `${address}:${receiver.port}`], prefix);
    program.child.stdin.write(textOfFlows(wave));
    await until('the wave is sent', () => {
      program.child.kill('SIGUSR1');
      return program.stderr().includes(`: ${wave} records sent`);
    });
    await settled(receiver, wave);
    // That the last ones were lost shows when another arrives.
    program.child.stdin.end(textOfFlows(1));
    const { records } = lastLedger((await program.finished).stderr).sinks[0]!;
    assert.equal(records, wave + 1);
    return settled(receiver, records);
  }

  test('shows how many a slow receiver has lost', { skip: noNetwork }, async (context) => {
    const veth = openVeth();
    // 100 a second, where 1,000 come; a receiver on another host, as nobody can ask for room there.
    const receiver = await startReceiver(10_000, veth.hostIPv4);
    context.after(() => {
      receiver.stop();
      veth.close();
    });
    const prefix = ['ip', 'netns', 'exec', veth.namespace];
    const { received, dropped } = await sendWave(receiver, veth.hostIPv4, prefix);
    assert.ok(dropped > 0);
    const { exitCode, stdout } = await runProgram(['verify'], received.join(''));
    assert.equal(exitCode, 1);
    assert.match(stdout, / records 1 to 1001, /);
    assert.match(
      stdout,
      new RegExp(`: ${received.length} records .*; ${dropped} missing, 0 duplicates, 0 reordered`),
    );
  });

  test('shows that a slow receiver on this host has lost none', async (context) => {
    const receiver = await startReceiver(2_000);
    context.after(() => receiver.stop());
    const { received, dropped } = await sendWave(receiver, '127.0.0.1');
    assert.equal(dropped, 0);
    const { exitCode, stdout } = await runProgram(['verify'], received.join(''));
    assert.equal(exitCode, 0);
    assert.match(stdout, /: 1001 records .*; 0 missing, 0 duplicates, 0 reordered/);
  });
});
