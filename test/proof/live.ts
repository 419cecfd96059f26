/** A capture with every kind of output at once, as root that becomes nobody: one reader is away for a while, one for good. */
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLedger, type PrintedLedger, printedLedgers } from '../support/ledger-text.js';
import { offline, type RunningProgram, startProgram } from '../support/program.js';
import { startHttpReader } from '../support/readers/http-reader.js';
import { linesOf } from '../support/readers/process.js';
import { nobody } from '../support/rights.js';
import { until } from '../support/until.js';
import { sendTraffic, type Veth } from '../support/veth.js';
import type { ProofCase, Verdict } from './case.js';
import type { Ground } from './ground.js';
import { dialectReaders } from './readers/dialects.js';
import { nginx } from './readers/nginx.js';
import { rsyslog } from './readers/rsyslog.js';
import { type Received, received } from './received.js';

export const liveCases: readonly ProofCase[] = [
  { name: 'live: five outputs, one away for a while, one for good', run: fiveOutputs },
  { name: 'live: a spool that nobody can reach', run: unreachableSpool },
];

const targetPort = 4_001;
const flows = 40;
const packetsOfFlow = 50;

/** Datagrams of so many sockets; resolves when they are sent. */
const send = (veth: Veth): Promise<void> =>
  sendTraffic(veth, {
    datagrams: Array.from({ length: flows }, (_, flow) => ({
      target: veth.hostIPv4,
      targetPort,
      sourcePort: 5_000 + flow,
      count: packetsOfFlow,
      payloadBytes: 10,
      perSecond: 100,
    })),
  });

function capture(ground: Ground, veth: Veth, targets: readonly string[], environment = {}): RunningProgram {
  const outputs = targets.flatMap((target) => ['--to', target]);
  const args = ['-i', veth.host, '--engine', 'batch', '--interval', '200ms', '--seq', ...offline, ...outputs];
  const program = startProgram([...args, `udp port ${targetPort}`], {
    env: { ...process.env, TZ: 'UTC', ...environment },
  });
  ground.atEnd(() => program.child.kill('SIGKILL'));
  return program;
}

async function fiveOutputs(ground: Ground): Promise<Verdict> {
  const veth = ground.veth();
  const syslog = await rsyslog(ground, { input: 'imtcp' });
  const web = await nginx(ground, { certificate: ground.certificates().good });
  await Promise.all([syslog.start(), web.start()]);
  const { datadog } = dialectReaders;
  const intake = await startHttpReader(datadog.taken);
  ground.atEnd(() => intake.close());
  const folder = join(ground.folder, 'written');
  mkdirSync(folder);
  chownSync(folder, nobody, nobody);
  const file = join(folder, 'flows.jsonl');
  const targets = [
    `tcp://127.0.0.1:${syslog.port}`,
    `https://127.0.0.1:${web.port}/flows?compress=none&ca=${ground.certificates().ca}`,
    `datadog+http://127.0.0.1:${intake.port}?spool=${join(ground.folder, 'spool')}`,
    `file:${file}`,
    `tcp://127.0.0.1:${await ground.port()}`,
  ];
  const program = capture(ground, veth, targets, datadog.environment);
  await until('it captures', () => program.stderr().includes('capturing on'), program.stderr);
  await send(veth);
  await until('the intake has some', () => intake.taken.length > 0, program.stderr);
  await intake.close();
  await send(veth);
  await until('it is away', () => /datadog.*records wait on disk/.test(program.stderr()), program.stderr);
  const again = await startHttpReader(datadog.taken, { port: intake.port });
  ground.atEnd(() => again.close());
  await send(veth);
  await until('all is counted', async () => isComplete(await ledgerOf(program)));
  program.child.kill('SIGTERM');
  const { exitCode, stderr } = await program.finished;
  const ledger = lastLedger(stderr);
  const requests = [...intake.taken, ...again.taken];
  const got: readonly Received[] = [
    syslog.got(),
    web.got(),
    received(requests.flatMap((request) => datadog.records(request))),
    received(linesOf(file)),
    received([]),
  ];
  const wrong = [
    ...(exitCode === 0 ? [] : [`ended with exit code ${exitCode}: ${stderr}`]),
    ...(ledger.balanced ? [] : ['the ledger is not balanced']),
    ...got.flatMap((one, output) =>
      wrongOf(ledger, targets[output]!, one, output === targets.length - 1 ? 0 : ledger.packets),
    ),
  ];
  const { records, recordsUnsent } = sumsOf(ledger);
  const duplicates = got.reduce((sum, one) => sum + one.duplicates, 0);
  const unique = got.reduce((sum, one) => sum + one.unique, 0);
  return {
    records: unique,
    duplicates,
    ledger: `${records} sent, ${recordsUnsent} not sent, at all outputs`,
    wrong,
  };
}

/** Three rounds of traffic; the kernel of a busy machine may drop some of it. */
const isComplete = ({ frames, sources }: PrintedLedger): boolean =>
  frames + (sources[0]?.droppedByKernel ?? 0) === 3 * flows * packetsOfFlow;

const betweenLedgersMs = 250;

async function ledgerOf(program: RunningProgram): Promise<PrintedLedger> {
  await sleep(betweenLedgersMs);
  const before = printedLedgers(program.stderr()).length;
  program.child.kill('SIGUSR1');
  await until('it prints its ledger', () => printedLedgers(program.stderr()).length > before, program.stderr);
  return lastLedger(program.stderr());
}

/** Each output has to have all packets, to the packet, or to know of each that it has not. */
function wrongOf(ledger: PrintedLedger, target: string, got: Received, packets: number): string[] {
  const sink = ledger.sinks.find(({ name }) => name === target.replace(/\?.*/, ''))!;
  const checks: readonly (readonly [text: string, found: number, expected: number])[] = [
    [`packets sent by ${sink.name}`, sink.packets, packets],
    [`packets that the reader of ${sink.name} has`, got.packets, packets],
    [`packets not sent by ${sink.name}`, sink.packetsUnsent, ledger.packets - packets],
    [`lines of ${sink.name} that are no records`, got.torn, 0],
    [
      `duplicates of ${sink.name} beyond those known`,
      Math.max(0, got.duplicates - sink.duplicatesPossible),
      0,
    ],
  ];
  return checks
    .filter(([, found, expected]) => found !== expected)
    .map(([text, found, expected]) => `${text}: ${found}, not ${expected}`);
}

const sumsOf = ({ sinks }: PrintedLedger) => ({
  records: sinks.reduce((sum, { records }) => sum + records, 0),
  recordsUnsent: sinks.reduce((sum, { recordsUnsent }) => sum + recordsUnsent, 0),
});

const noPermission = 77;

/** It is refused before anything is captured, with the remedy. */
async function unreachableSpool(ground: Ground): Promise<Verdict> {
  const veth = ground.veth();
  const hidden = join(ground.folder, 'hidden');
  mkdirSync(hidden);
  chmodSync(hidden, 0o700);
  const target = `tcp://127.0.0.1:${await ground.port()}?spool=${join(hidden, 'spool')}`;
  const { exitCode, stderr } = await capture(ground, veth, [target]).finished;
  const said =
    /: spool=\S+: \S+ cannot be used \(EACCES\); nobody has to be able to enter and write it: .*\n$/.test(
      stderr,
    );
  return {
    records: 0,
    duplicates: 0,
    ledger: `refused with exit code ${exitCode}`,
    wrong: exitCode === noPermission && said ? [] : [`ended with exit code ${exitCode}: ${stderr}`],
  };
}
