/** Queues on disk: programs that are killed, folders that are gone, disks that are full. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readNumberedRecord } from '../../src/verify/numbered-record.js';
import { seededRandom } from '../support/random.js';
import { type ReaderAnswer, recordsOf, startHttpReader } from '../support/readers/http-reader.js';
import { until } from '../support/until.js';
import { noNetwork } from '../support/veth.js';
import type { ProofCase, Verdict } from './case.js';
import { type Feed, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { received } from './received.js';
import { judge } from './verdict.js';

const kills = 40;
const mostWindows = 12;
/** A request that was answered so long before the end is noted. */
const notedAfterMs = 500;

/** A record that the reader took, and when it came; `isTold` where it said so. */
interface Arrival {
  readonly line: string;
  readonly atMs: number;
  readonly isTold: boolean;
}

/** Answers each request in its own way, and remembers when. */
class Reader {
  readonly arrivals: Arrival[] = [];
  requests = 0;
  /** It takes everything. */
  isKind = false;
  readonly #random = seededRandom(14);

  async open(ground: Ground): Promise<string> {
    const server = await startHttpReader((request) => this.#answer(() => recordsOf([request])));
    ground.atEnd(() => server.close());
    return `http://127.0.0.1:${server.port}/in`;
  }

  get lines(): string[] {
    return this.arrivals.map(({ line }) => line);
  }

  async #answer(records: () => readonly object[]): Promise<ReaderAnswer> {
    this.requests++;
    const atMs = performance.now();
    await sleep(this.#random() % 12);
    const chance = this.isKind ? 5 : this.#random() % 10;
    if (chance === 0) return { status: 503 };
    const isTold = chance !== 1;
    for (const record of records()) this.arrivals.push({ line: JSON.stringify(record), atMs, isTold });
    return isTold ? {} : { fault: 'break' };
  }
}

async function killAtRandom(ground: Ground): Promise<Verdict> {
  const reader = new Reader();
  const output = ['--to', `${await reader.open(ground)}?spool=${join(ground.folder, 'spool')}`];
  const random = seededRandom(2_026);
  const killedMs: number[] = [];
  let known = 0;
  for (let run = 0; run < kills; run++) {
    known += await killOne(startFeed(ground, output), reader, random);
    killedMs.push(performance.now());
  }
  reader.isKind = true;
  const feed = startFeed(ground, output);
  await feed.windows(1);
  const end = await feed.end();
  const got = received(reader.lines);
  const least = known + end.records;
  const wrong = [...holes(reader.lines), ...lateDuplicates(reader.arrivals, killedMs)];
  if (got.unique < least) wrong.push(`${least} were handed over, ${got.unique} came`);
  if (end.ledger?.balanced !== true || end.exitCode !== 0) wrong.push(end.stderr);
  if (end.ledger?.sinks[0]?.recordsOnDisk !== 0) wrong.push('records are left');
  if (/damaged/.test(end.stderr)) wrong.push(end.stderr);
  const ledger = `${kills} kills, ${least} records known to be handed over`;
  return { records: got.unique, duplicates: got.duplicates, ledger, wrong };
}

/**
 * Kills a program somewhere in the middle; returns how many of its own records no kill may take: those that its ledger had on disk
 * or at the reader, where it was asked.
 */
async function killOne(feed: Feed, reader: Reader, random: () => number): Promise<number> {
  const before = reader.requests;
  const fed = feed.windows(1 + (random() % mostWindows));
  await until('it sends', () => reader.requests > before, feed.program.stderr);
  // Some last long enough that what was noted is told from what was on its way.
  await sleep(random() % 4 === 0 ? 2 * notedAfterMs : random() % 120);
  let known = 0;
  if (random() % 3 === 0) {
    const [sink] = (await feed.ledger()).sinks;
    known = Math.max(0, sink!.records + sink!.recordsOnDisk - sink!.recordsTakenUp);
  }
  await sleep(random() % 40);
  await feed.kill('SIGKILL');
  await fed;
  return known;
}

/** Numbers that are missing before others of the same process: they are handed over in their order. */
function holes(lines: readonly string[]): string[] {
  const numbers = new Map<string, Set<number>>();
  for (const line of lines) {
    const { agent, sequence } = readNumberedRecord(line)!;
    numbers.set(agent, (numbers.get(agent) ?? new Set()).add(sequence));
  }
  return [...numbers].flatMap(([agent, known]) => {
    const missing = Math.max(...known) - known.size;
    return missing === 0 ? [] : [`of ${agent}, ${missing} records are missing`];
  });
}

/** Records that came again though the reader had said so long before the next kill that it has them. */
function lateDuplicates(arrivals: readonly Arrival[], killedMs: readonly number[]): string[] {
  const noted = new Set<string>();
  const late = new Set<string>();
  for (const { line, atMs, isTold } of arrivals) {
    if (noted.has(line)) late.add(line);
    const nextKillMs = killedMs.find((ms) => ms > atMs) ?? Number.POSITIVE_INFINITY;
    if (isTold && atMs + notedAfterMs < nextKillMs) noted.add(line);
  }
  return late.size === 0 ? [] : [`${late.size} records came again though that was noted: ${[...late][0]}`];
}

/** The folder cannot be written to any more once rights are given up, and then it can. */
async function unwritable(ground: Ground): Promise<Verdict> {
  const port = await ground.port();
  const spool = join(ground.folder, 'spool');
  const feed = startFeed(ground, ['--to', `http://127.0.0.1:${port}/in?spool=${spool}`]);
  await feed.windows(2);
  await untilKept(feed);
  const [folder] = readdirSync(spool).map((name) => join(spool, name));
  renameSync(folder!, `${folder}-away`);
  writeFileSync(folder!, 'in its place');
  for (const name of readdirSync(`${folder}-away`)) rmSync(join(`${folder}-away`, name));
  await feed.windows(3);
  const inMemory = await untilInMemory(feed);
  rmSync(folder!);
  return untilRead(ground, feed, { port, inMemory });
}

/** A disk that fills up in the middle, with the reader away. */
async function fullDisk(ground: Ground): Promise<Verdict> {
  const port = await ground.port();
  const disk = join(ground.folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k,mode=755', 'small', disk]);
  ground.atEnd(() => execFileSync('umount', ['-l', disk]));
  const output = ['--to', `http://127.0.0.1:${port}/in?spool=${join(disk, 'spool')}`];
  const feed = startFeed(ground, output);
  await feed.windows(5);
  await untilKept(feed);
  await feed.windows(10);
  const inMemory = await untilInMemory(feed);
  return untilRead(ground, feed, { port, inMemory });
}

/** Resolves when all that was fed in is kept, and it was said that it has to be in memory; returns how much is there. */
async function untilInMemory(feed: Feed): Promise<number> {
  const isSaid = () => /nothing can be written to \S+ \(\w+\); .* kept in memory/.test(feed.program.stderr());
  await until('it says that it cannot write', isSaid, feed.program.stderr);
  return untilKept(feed);
}

/** Resolves when all that was fed in waits; returns how many records do so in memory. */
async function untilKept(feed: Feed): Promise<number> {
  const isRunning = () => feed.program.stderr().includes('wait on disk');
  await until('it says that the reader is away', isRunning, feed.program.stderr);
  let inMemory = 0;
  const isAll = async () => {
    const [sink] = (await feed.ledger()).sinks;
    inMemory = sink!.recordsWaiting;
    return inMemory + sink!.recordsOnDisk === feed.records;
  };
  await until('all of it waits', isAll, feed.program.stderr);
  return inMemory;
}

export const spoolCases: readonly ProofCase[] = [
  { name: `spool: killed ${kills} times at random`, run: killAtRandom },
  { name: 'spool: folder gone in the middle, and back', run: unwritable },
  { name: 'spool: disk full', skip: noNetwork, run: fullDisk },
];

/** The reader comes, and has all in the end. */
async function untilRead(
  ground: Ground,
  feed: Feed,
  { port, inMemory }: { readonly port: number; readonly inMemory: number },
): Promise<Verdict> {
  const reader = await startHttpReader(() => ({}), { port });
  ground.atEnd(() => reader.close());
  await feed.windows(3);
  const end = await feed.end();
  const got = received(recordsOf(reader.taken).map((record) => JSON.stringify(record)));
  const { ledger, ...verdict } = judge({ end, got });
  return { ...verdict, ledger: `${ledger}; ${inMemory} kept in memory` };
}
