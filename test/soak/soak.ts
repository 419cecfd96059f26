/** The long run: mixed traffic and everything that goes wrong around a capture, minute after minute. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixturesFolder } from '../support/fixtures.js';
import { nameCounts, unaccounted } from '../support/name-counts.js';
import { noCgroups } from '../support/owners/cgroups.js';
import { freePort } from '../support/ports.js';
import { Disturbances } from './disturbances.js';
import type { Ground } from './ground.js';
import { OwnerChurn, writeSoakSchema } from './owner-churn.js';
import { Subject } from './subject.js';
import { judge, type Sample } from './verdict.js';

const intervalMs = 5_000;
/** Records that a collector's receive buffer may hold when it goes away: they were sent and never read. */
const lostAtRestart = 4_000;

const columns = [
  'minute',
  'engine',
  'RSS MiB',
  'heap',
  'external',
  'fds',
  'handles',
  'watches',
  'windows',
  'latest ms',
  'frames',
  'dropped',
  'records sent',
  'unsent',
  'waiting',
  'ledger',
] as const;

function row(name: string, sample: Sample): string {
  const { minute, residentMiB, heapMiB, externalMiB, descriptors, handles, watches, windows, latestMs } =
    sample;
  const memory = [residentMiB, heapMiB, externalMiB].map((size) => size.toFixed(1));
  return tableLine([
    ...[minute, name, ...memory, descriptors, handles, watches, windows, latestMs.toFixed(0)],
    ...[sample.frames, sample.dropped ?? 'unknown', sample.recordsSent, sample.recordsUnsent],
    ...[sample.recordsWaiting, sample.balanced ? 'balanced' : 'NOT BALANCED'],
  ]);
}

const tableLine = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** Runs both engines side by side for so long; resolves with what was wrong. */
export async function soak(ground: Ground, minutes: number): Promise<string[]> {
  const dnsPort = await freePort();
  const schema = join(ground.folder, 'soak.json');
  writeSoakSchema(schema);
  const args = [
    ...['--names', 'ptr,traffic', '--dns', `127.0.0.1:${dnsPort}`],
    ...['--datadog-ranges', `${fixturesFolder}ip-ranges.json`],
    ...['--schema', schema, '--no-biflow', '--owners', 'syn'],
  ];
  const churn = noCgroups === false ? new OwnerChurn(ground) : undefined;
  const prefix = churn?.prefix ?? [];
  const subjects: Subject[] = [];
  for (const engine of ['cap', 'batch'] as const) {
    const subject = await Subject.start({ engine, interface: ground.veth.host, intervalMs, args, prefix });
    ground.atEnd(() => subject.kill());
    subjects.push(subject);
  }
  const collectors = subjects.map(({ collector }) => collector);
  const disturbances = new Disturbances(ground, dnsPort, collectors);
  ground.atEnd(() => disturbances.end());
  await disturbances.start();
  await watch(ground, subjects, disturbances, churn, minutes);
  const wrong = subjects.flatMap((subject) => judgement(ground, subject, minutes));
  for (const subject of subjects) wrong.push(...(await account(ground, subject)));
  // With whatever is in its groups, and the programs are.
  await churn?.end();
  ground.print(`${churn?.jobs ?? 0} control groups came and went`);
  ground.print([...disturbances.counts].map(([what, count]) => `${count} ${what}`).join(', '));
  return wrong;
}

/** Seconds of a clock that is not held up by what happens in them. */
async function watch(
  ground: Ground,
  subjects: readonly Subject[],
  disturbances: Disturbances,
  churn: OwnerChurn | undefined,
  minutes: number,
): Promise<void> {
  ground.print(tableLine(columns));
  ground.print(tableLine(columns.map(() => '---')));
  const startMs = performance.now();
  for (let second = 1; second <= minutes * 60; second++) {
    await sleep(Math.max(0, startMs + second * 1_000 - performance.now()));
    const ended = subjects.find(({ running }) => !running);
    if (ended !== undefined) throw new Error(`${ended.name} ended by itself: ${ended.stderr.slice(-2_000)}`);
    void churn?.at(second).catch(ground.failed);
    if (second % 60 === 0)
      for (const subject of subjects) ground.print(row(subject.name, await subject.look(second / 60)));
    else void disturbances.at(second).catch(ground.failed);
  }
}

function judgement(ground: Ground, { name, samples }: Subject, minutes: number): string[] {
  const { measured, wrong } = judge(samples, minutes);
  for (const text of measured) ground.print(`${name}: ${text}`);
  return wrong.map((text) => `${name}: ${text}`);
}

/** Ends the program, and holds what it claims against what has arrived. */
async function account(ground: Ground, subject: Subject): Promise<string[]> {
  const { exitCode, ledger } = await subject.stop();
  const { records, named, owned, packets, missingWindows, check } = subject.collector;
  const names = nameCounts(subject.stderr);
  const sink = ledger.sinks[0]!;
  const { duplicates = 0, missing = 0 } = check.report()[0] ?? {};
  ground.print(
    `${subject.name}: ${ledger.frames} frames, ${sink.records} records sent (${sink.packets} packets), ` +
      `${sink.recordsUnsent} not sent; ${records} arrived (${packets} packets), ${missing} missing by their numbers`,
  );
  ground.print(
    `${subject.name}: names: ${names.seen} frames seen, ${names.parsed} parsed, ${JSON.stringify(names.refused)} refused, ` +
      `${names.held} held, ${names.evicted} evicted; ${named} records with a name of the traffic's, ${owned} with an owner of the churn's`,
  );
  const restarts = subject.samples.length;
  const findings: readonly (readonly [wrong: boolean, text: string])[] = [
    [exitCode !== 0, `ended with exit code ${exitCode}`],
    [!ledger.balanced, 'the last ledger does not balance'],
    [ledger.open + sink.recordsWaiting > 0, 'the last ledger leaves something open'],
    [records > sink.records, `${records} records arrived, but only ${sink.records} were sent`],
    [
      sink.records - records > restarts * lostAtRestart,
      `${sink.records - records} records sent did not arrive`,
    ],
    [duplicates > 0, `${duplicates} records arrived twice`],
    [missingWindows > 0, `${missingWindows} windows are missing`],
    [named === 0, 'no record has a name of the traffic'],
    [owned === 0 && noCgroups === false, 'no record has an owner'],
    [unaccounted(names) !== 0, `${unaccounted(names)} frames that may have a name have no count`],
    [names.held === 0 || names.evicted > 0, `${names.held} names are held, ${names.evicted} were evicted`],
  ];
  return findings.filter(([isWrong]) => isWrong).map(([, text]) => `${subject.name}: ${text}`);
}
