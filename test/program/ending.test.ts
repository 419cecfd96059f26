/** SIGTERM while many records are still to be sent: each is sent or counted, and the end does not take for ever. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { assertAccounted, assertCollected, recordsIn } from '../support/accounting.js';
import { openCollector } from '../support/collector.js';
import { offline, type RunningProgram, startProgram } from '../support/program.js';
import { textOfFlows } from '../support/text-flows.js';
import { until } from '../support/until.js';

/** The program gives its last records ten seconds. */
const latestEndMs = 13_000;

/** Starts it, and resolves when it has counted `flows` flows of one packet. */
async function count(
  context: TestContext,
  flows: number,
  ...args: readonly string[]
): Promise<RunningProgram> {
  const program = startProgram([...offline, ...args]);
  context.after(() => program.child.kill('SIGKILL'));
  program.child.stdin.write(textOfFlows(flows));
  await until('it reads', () => program.stderr().includes('reading stdin'));
  await until('it has counted all', () => {
    program.child.kill('SIGUSR1');
    return program.stderr().includes(`pcap-agg: ${flows} packets aggregated`);
  });
  return program;
}

async function end({ child, finished }: RunningProgram) {
  const startMs = performance.now();
  child.kill('SIGTERM');
  return { ...(await finished), tookMs: performance.now() - startMs };
}

describe('SIGTERM with records still to be sent', { concurrency: true }, () => {
  test('lets a collector have all of them at its pace, where that is soon done', async (context) => {
    const collector = await openCollector();
    context.after(() => collector.close());
    const target = ['--to', `127.0.0.1:${collector.port}`, '--rate', '2000', '--interval', '500ms'];
    const program = await count(context, 3_000, ...target);
    await until('some have arrived', () => collector.records.length > 100);
    const finished = await end(program);
    const { sinks } = await assertCollected(finished, collector);
    assert.equal(sinks[0]?.recordsUnsent, 0);
    assert.equal(collector.records.length, 3_000);
  });

  test('counts those that cannot be sent within ten seconds', async (context) => {
    const collector = await openCollector();
    context.after(() => collector.close());
    const target = ['--to', `127.0.0.1:${collector.port}`, '--rate', '1000', '--interval', '1h'];
    const program = await count(context, 20_000, ...target);
    const finished = await end(program);
    const { sinks } = await assertCollected(finished, collector);
    assert.ok(collector.records.length > 0);
    assert.deepEqual(sinks[0]?.unsent, { closed: 20_000 - collector.records.length });
    assert.ok(finished.tookMs < latestEndMs, `it took ${finished.tookMs} ms`);
  });

  test('counts those that a reader of its stdout does not take', async (context) => {
    const program = await count(context, 20_000, '--to', '-', '--interval', '1h');
    // What the pipe holds can still be read when the program has ended.
    program.child.stdout.pause();
    program.child.on('exit', () => program.child.stdout.resume());
    const finished = await end(program);
    const records = recordsIn(finished.stdout);
    const { sinks } = assertAccounted(finished, records);
    assert.ok(records.length > 0);
    assert.deepEqual(sinks[0]?.unsent, { closed: 20_000 - records.length });
    assert.ok(finished.tookMs < latestEndMs, `it took ${finished.tookMs} ms`);
  });

  test('given twice, counts them and ends at once', async (context) => {
    const collector = await openCollector();
    context.after(() => collector.close());
    const target = ['--to', `127.0.0.1:${collector.port}`, '--rate', '1000', '--interval', '1h'];
    const program = await count(context, 20_000, ...target);
    const first = end(program);
    await until('it has begun to send', () => collector.records.length > 0);
    program.child.kill('SIGTERM');
    const finished = await first;
    const { sinks } = await assertCollected(finished, collector);
    assert.deepEqual(sinks[0]?.unsent, { closed: 20_000 - collector.records.length });
    assert.ok(finished.tookMs < latestEndMs / 2, `it took ${finished.tookMs} ms`);
  });
});
