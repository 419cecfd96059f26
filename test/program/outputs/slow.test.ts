/** A capture with an output that takes nothing: the other one has its records as soon as without it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { frame } from '../../support/frames.js';
import { lastLedger, printedLedgers } from '../../support/ledger-text.js';
import { offline, startProgram } from '../../support/program.js';
import { sendFrames } from '../../support/send-frames.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth } from '../../support/veth.js';

/** Their records take more than a queue of 1 MiB has room for. */
const flows = 5_000;
const intervalMs = 4_000;
/** Who waited for the other output would wait for half the interval. */
const mostMs = intervalMs / 4;

test('an output that is away holds up no other', { skip: noNetwork }, async (context) => {
  const veth = openVeth();
  context.after(() => veth.close());
  // A port at which nobody listens any more.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  const program = startProgram([
    ...['-i', veth.host, '--engine', 'batch', '--interval', `${intervalMs}ms`, ...offline],
    ...['--to', `tcp://127.0.0.1:${port}?queue=1`, '--to', '-', 'udp port 4001'],
  ]);
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'));
  // Early in a window, so that all flows are in one.
  await until('a window has begun', () => Date.now() % intervalMs < intervalMs / 4);
  const { ethernet } = frame();
  const frames = Array.from({ length: flows }, (_, index) =>
    ethernet()
      .ipv4({ source: '192.0.2.1', target: '192.0.2.2' })
      .udp({ sourcePort: 10_000 + index, targetPort: 4_001 })
      .payload(10)
      .bytes(),
  );
  sendFrames(veth.host, frames);
  const linesOut = () => program.stdout().split('\n').length - 1;
  await until('the first records are told', () => linesOut() > 0);
  const firstMs = performance.now();
  await until('the last one is told', () => linesOut() === flows);
  const tookMs = performance.now() - firstMs;
  assert.ok(tookMs < mostMs, `${tookMs} ms`);
  // Its end would wait for the output that is away.
  await until('it prints its ledger', () => {
    program.child.kill('SIGUSR1');
    return printedLedgers(program.stderr()).at(-1)?.sinks[1]?.records === flows;
  });
  const stderr = program.stderr();
  const { balanced, sinks } = lastLedger(stderr);
  const [away, quick] = sinks;
  assert.ok(balanced, stderr);
  assert.deepEqual([quick!.records, quick!.recordsUnsent], [flows, 0]);
  assert.ok(away!.unsent['queue-full']! > 0, stderr);
  assert.equal(away!.recordsUnsent + away!.recordsWaiting, flows);
  assert.ok(
    sinks.every(({ unsent }) => unsent['late'] === undefined),
    stderr,
  );
});
