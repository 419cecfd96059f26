/** A wall clock that is set an hour back or forward while the program runs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { assertCollected } from '../../support/accounting.js';
import { type Collector, openCollector } from '../../support/collector.js';
import { createWallClock, noFaketime } from '../../support/faketime.js';
import { offline, type RunningProgram, startProgram } from '../../support/program.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { textOfFlows } from '../../support/text-flows.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, startTraffic } from '../../support/veth.js';

const folder = temporaryFolder();
const hourMs = 3_600_000;
const windowsPerSetting = 3;

const timeMs = (time: unknown): number => Date.parse(`${String(time).slice(0, 23).replace(' ', 'T')}Z`);

/** How many hours away from the true time each window was closed, in the order of arrival. */
function hours({ records }: Collector): number[] {
  const times = [...new Set(records.map(({ time }) => time))];
  return times.map((time) => Math.floor((timeMs(time) - Date.now()) / hourMs + 0.5));
}

/** Sets the clock to and fro, and waits each time until some windows bear the new time. */
async function setToAndFro(
  context: TestContext,
  name: string,
  start: (environment: NodeJS.ProcessEnv, collector: Collector) => RunningProgram,
): Promise<void> {
  const clock = createWallClock(join(folder.path, name));
  const collector = await openCollector();
  context.after(() => collector.close());
  const program = start({ ...process.env, TZ: 'UTC', ...clock.environment }, collector);
  context.after(() => program.child.kill('SIGKILL'));
  for (const offset of [0, 1, 0, -1]) {
    clock.set(offset * 3_600);
    const before = collector.records.length;
    await until(`windows are closed with the clock off by ${offset} hours`, () => {
      const since = hours(collector).slice(before);
      return since.filter((hour) => hour === offset).length >= windowsPerSetting;
    });
  }
  program.child.kill('SIGTERM');
  await assertCollected(await program.finished, collector);
  const times = collector.records.map(({ time }) => time);
  assert.equal(times.length, new Set(times).size, 'each window once');
  // Each setting shows once, and as a whole.
  const settings = hours(collector).filter((hour, index, all) => hour !== all[index - 1]);
  assert.deepEqual(settings, [0, 1, 0, -1]);
}

describe('a wall clock that is set', { skip: noFaketime, concurrency: true }, () => {
  test('neither stops nor repeats the windows of text', async (context) => {
    await setToAndFro(context, 'text', (env, { port }) => {
      const program = startProgram(['--to', `127.0.0.1:${port}`, '--interval', '200ms', ...offline], { env });
      const timer = setInterval(() => program.child.stdin.write(textOfFlows(1)), 20);
      context.after(() => clearInterval(timer));
      program.child.stdin.on('error', () => clearInterval(timer));
      return program;
    });
  });

  // The kernel's clock, which stamps the frames of batch, cannot be set for a test: they are an hour off what the process sees.
  for (const engine of ['cap', 'batch']) {
    test(`neither stops nor repeats the windows of a capture (${engine})`, {
      skip: noNetwork,
    }, async (context) => {
      const veth = openVeth();
      const stream = { targetPort: 9, sourcePort: 4_000, count: null, payloadBytes: 10, perSecond: 100 };
      const traffic = startTraffic(veth, { datagrams: [{ target: veth.hostIPv4, ...stream }] });
      context.after(() => {
        traffic.kill();
        veth.close();
      });
      await setToAndFro(context, engine, (env, { port }) => {
        const input = ['-i', veth.host, '--engine', engine, 'udp dst port 9'];
        const output = ['--to', `127.0.0.1:${port}`, '--interval', '200ms'];
        return startProgram([...output, ...offline, ...input], { env });
      });
    });
  }
});
