/** Collectors that go away, come back, and move, while the program captures. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { assertAccounted, packetsOf } from '../../support/accounting.js';
import { type Collector, openCollector } from '../../support/collector.js';
import { lastLedger, printedLedgers } from '../../support/ledger-text.js';
import { offline, type RunningProgram, startProgram } from '../../support/program.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { textOfFlows } from '../../support/text-flows.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

const folder = temporaryFolder();

async function sendTo(
  context: TestContext,
  target: string,
  prefix: readonly string[] = [],
): Promise<RunningProgram> {
  const program = startProgram(['--to', target, '--interval', '200ms', ...offline], { prefix });
  context.after(() => program.child.kill('SIGKILL'));
  await until('it reads', () => program.stderr().includes('reading stdin'));
  return program;
}

/** Feeds packets; resolves when their window is closed and its records wait. */
async function feed(program: RunningProgram, count: number): Promise<void> {
  const before = lastLedgerSoFar(program)?.packets ?? 0;
  program.child.stdin.write(textOfFlows(count));
  await until('the window is closed', () => {
    const ledger = lastLedgerSoFar(program);
    program.child.kill('SIGUSR1');
    return ledger !== undefined && ledger.packets >= before + count && ledger.open === 0;
  });
}

const lastLedgerSoFar = ({ stderr }: RunningProgram) => printedLedgers(stderr()).at(-1);

/** Ends the program, and checks what both collectors have against its ledger. Returns records counted as not sent. */
async function end(
  { child, finished }: RunningProgram,
  ...collectors: readonly Collector[]
): Promise<number> {
  const all = () => collectors.flatMap(({ records }) => records);
  child.kill('SIGTERM');
  const { stderr } = await finished;
  const sink = lastLedger(stderr).sinks[0]!;
  await until('all has arrived', () => all().length >= sink.records);
  assertAccounted(await finished, all());
  return sink.recordsUnsent;
}

describe('a collector', { concurrency: true }, () => {
  test('that was away gets the records of that time, each with its own time', async (context) => {
    const first = await openCollector();
    const program = await sendTo(context, `127.0.0.1:${first.port}`);
    await feed(program, 50);
    await until('the first window has arrived', () => packetsOf(first.records) >= 50);
    first.close();
    for (let window = 0; window < 3; window++) await feed(program, 40);
    const backAt = new Date().toISOString().replace('T', ' ');
    const second = await openCollector(first.port);
    context.after(() => second.close());
    await until('what waited has arrived', () => packetsOf(second.records) >= 119);
    const unsent = await end(program, first, second);
    // The one that met with the refusal, if it did not go ahead of the others as a probe.
    assert.ok(unsent <= 1, `${unsent} were not sent`);
    const times = new Set(second.records.map(({ time }) => String(time)));
    assert.ok([...times].filter((time) => time < backAt).length >= 3, [...times].join(', '));
    assert.match(
      program.stderr(),
      /: nothing listens on that port; records wait until the collector is back or the run ends$/m,
    );
    assert.match(program.stderr(), /: the collector is back$/m);
  });

  test('whose name gets another address is followed there', { skip: noNetwork }, async (context) => {
    const first = await openCollector(undefined, '127.0.0.2');
    const second = await openCollector(first.port, '127.0.0.3');
    context.after(() => second.close());
    const hosts = folder.file('hosts', '127.0.0.2 collector.example\n');
    const withHosts = `mount --bind '${hosts}' /etc/hosts && exec "$@"`;
    const prefix = ['unshare', '--mount', 'sh', '-c', withHosts, 'sh'];
    const program = await sendTo(context, `collector.example:${first.port}`, prefix);
    await feed(program, 50);
    await until('the first window has arrived', () => packetsOf(first.records) >= 50);
    writeFileSync(hosts, '127.0.0.3 collector.example\n');
    first.close();
    await feed(program, 50);
    await until('it has been followed', () => packetsOf(second.records) >= 49);
    assert.ok((await end(program, first, second)) <= 1);
  });
});
