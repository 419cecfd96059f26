/** --seq: each collector can tell what the network lost of its own records. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReceiverReport } from '../sink/receiver.js';
import { type Receiver, startReceiver } from '../sink/receiver-process.js';
import { packetsOf } from '../support/accounting.js';
import { openCollector } from '../support/collector.js';
import { lastLedger } from '../support/ledger-text.js';
import { offline, type RunningProgram, runProgram, startProgram } from '../support/program.js';
import { textOfFlows } from '../support/text-flows.js';
import { until } from '../support/until.js';

const flows = 200;

async function start(...args: readonly string[]): Promise<RunningProgram> {
  const program = startProgram([...offline, '--seq', '--interval', '200ms', ...args]);
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
    const program = await start(...collectors.flatMap(({ port }) => ['--to', `127.0.0.1:${port}`]));
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

  test('shows how many a slow receiver has lost', async (context) => {
    // 100 a second, where 1,000 come and 166 find room in the socket's buffer.
    const receiver = await startReceiver(10_000);
    context.after(() => receiver.stop());
    const program = await start('--to', `127.0.0.1:${receiver.port}`);
    const wave = 1_000;
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
    const { received, dropped } = await settled(receiver, records);
    assert.ok(dropped > 0);
    const { exitCode, stdout } = await runProgram(['verify'], received.join(''));
    assert.equal(exitCode, 1);
    assert.match(stdout, / records 1 to 1001, /);
    assert.match(
      stdout,
      new RegExp(`: ${received.length} records .*; ${dropped} missing, 0 duplicates, 0 reordered`),
    );
  });
});
