/** A veth pair, a collector and the program between them; all of it goes when the test has ended. */
import type { TestContext } from 'node:test';
import { packetsOf } from '../support/accounting.js';
import { type Collector, openCollector } from '../support/collector.js';
import { printedLedgers } from '../support/ledger-text.js';
import { offline, type RunningProgram, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { openVeth, sendTraffic, type Veth } from '../support/veth.js';

/** Where the rig's datagrams go, and what the program captures. */
export const targetPort = 4_001;
/** Not left to the kernel: the program leaves out what comes from the collector's port, too. */
const sourcePort = 4_000;

export interface CaptureRig {
  readonly veth: Veth;
  readonly collector: Collector;
  /** Starts the program with these arguments beside the usual ones; resolves when it captures. */
  capture(...args: readonly string[]): Promise<RunningProgram>;
  /** Sends so many packets, and resolves when all of them have come through the program. */
  send(count: number): Promise<void>;
}

export async function openCaptureRig(context: TestContext): Promise<CaptureRig> {
  const veth = openVeth();
  context.after(() => veth.close());
  const collector = await openCollector();
  context.after(() => collector.close());
  let running: RunningProgram | undefined;
  return {
    veth,
    collector,
    async capture(...args) {
      const interval = args.includes('--interval') ? [] : ['--interval', '200ms'];
      const program = startProgram([
        ...['-i', veth.host, '--to', `127.0.0.1:${collector.port}`],
        ...interval,
        ...offline,
        ...args,
        `udp port ${targetPort}`,
      ]);
      context.after(() => program.child.kill('SIGKILL'));
      running = program;
      await until('it captures', () => program.stderr().includes('capturing on'));
      return program;
    },
    async send(count) {
      const before = packetsOf(collector.records);
      const arrived = () => packetsOf(collector.records) - before;
      await sendTraffic(veth, {
        datagrams: [{ target: veth.hostIPv4, targetPort, sourcePort, count, payloadBytes: 10 }],
      });
      await until(
        'all has been counted and sent',
        () => arrived() >= count,
        async () => `${arrived()} of ${count} packets\n${await state(running)}\n${veth.describe()}`,
      );
    },
  };
}

/** What the program has said, its ledger last, or how it ended. */
async function state(program: RunningProgram | undefined): Promise<string> {
  if (program === undefined) return 'no program has been started';
  const ledgers = () => printedLedgers(program.stderr()).length;
  const before = ledgers();
  program.child.kill('SIGUSR1');
  await Promise.race([program.finished, until('it prints its ledger', () => ledgers() > before)]).catch(
    () => undefined,
  );
  const { pid, exitCode, signalCode } = program.child;
  return `process ${pid}, exit code ${exitCode}, signal ${signalCode}\n${program.stderr()}`;
}
