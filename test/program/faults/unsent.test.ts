/** Exit codes of runs whose records nobody took: a file is there to be sent whole, a capture goes on. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { assertAccounted } from '../../support/accounting.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { lastLedger } from '../../support/ledger-text.js';
import { freePort } from '../../support/ports.js';
import { type Finished, offline, runProgram, startProgram } from '../../support/program.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { textOfFlows } from '../../support/text-flows.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

const folder = temporaryFolder();
const capture = `${fixturesFolder}tcp-session.pcap`;
/** Of `capture`, with the default interval. */
const records = 2;

/** HOST:PORT at which nobody listens. */
async function absentCollector(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

function replay(context: TestContext, to: string, ...prefix: readonly string[]): Promise<Finished> {
  const program = startProgram(['-r', capture, '--to', to, ...offline], { prefix });
  context.after(() => program.child.kill('SIGKILL'));
  return program.finished;
}

function assertUnsent(finished: Finished, exitCode: number, count: number): void {
  assert.equal(assertAccounted(finished, [], exitCode).sinks[0]?.recordsUnsent, count);
}

describe('a file that nobody takes', { concurrency: true }, () => {
  test('ends with 1: nothing listens on the port', async (context) => {
    const finished = await replay(context, await absentCollector());
    assertUnsent(finished, 1, records);
    assert.match(finished.stderr, /: nothing listens on that port;/);
  });

  test('ends with 1: the name is none', async (context) => {
    const finished = await replay(context, 'collector.invalid:9');
    assertUnsent(finished, 1, records);
    assert.match(finished.stderr, /: the name cannot be resolved/);
    assert.deepEqual(lastLedger(finished.stderr).sinks[0]?.unsent, { unreachable: records });
  });

  test('ends with 1: there is no way to it', { skip: noNetwork }, async (context) => {
    const finished = await replay(context, '192.0.2.1:9', 'unshare', '--net');
    assertUnsent(finished, 1, records);
    assert.match(finished.stderr, /: cannot be reached \(ENETUNREACH\);/);
  });

  test('ends with 1: the queue is full', async (context) => {
    const flows = 6_000;
    const file = folder.file('flows.txt', textOfFlows(flows));
    const program = startProgram(['-r', file, '--queue', '1', '--to', await absentCollector(), ...offline]);
    context.after(() => program.child.kill('SIGKILL'));
    const finished = await program.finished;
    assertUnsent(finished, 1, flows);
    assert.ok(Number(lastLedger(finished.stderr).sinks[0]?.unsent['queue-full']) > 0, finished.stderr);
  });

  test('ends with 0 where it was asked to end', async (context) => {
    const program = startProgram(['-r', '-', '--to', await absentCollector(), ...offline]);
    context.after(() => program.child.kill('SIGKILL'));
    program.child.stdin.on('error', () => undefined).write(textOfFlows(20_000));
    await until('it has counted some', () => {
      program.child.kill('SIGUSR1');
      return /: [1-9]\d* packets aggregated/.test(program.stderr());
    });
    program.child.kill('SIGINT');
    const { sinks } = assertAccounted(await program.finished, []);
    assert.ok(Number(sinks[0]?.recordsUnsent) > 0);
  });
});

test('a reader of stdout that sleeps finds as many records waiting as --queue lets', async (context) => {
  const shell = ['sh', '-c', '"$@" | (read line; sleep 600)', 'sh'];
  const program = startProgram(['--to', '-', '--queue', '1', '--interval', '100ms', ...offline], {
    prefix: shell,
    detached: true,
  });
  context.after(() => process.kill(-program.child.pid!, 'SIGKILL'));
  program.child.stdin.on('error', () => undefined).end(textOfFlows(20_000));
  await until('the oldest are dropped', () =>
    program.stderr().includes('stdout: the reader is too slow; the oldest records are dropped'),
  );
});

test('a pipeline that nobody takes goes on to its end, and ends with 0', async () => {
  assertUnsent(
    await runProgram(['--to', await absentCollector(), ...offline], textOfFlows(records)),
    0,
    records,
  );
});
