/** Connections over a link (talks.c), and what the kernel says of each. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Host } from '../owners/hosts.js';
import type { Undoing } from '../readers/process.js';
import { until } from '../until.js';
import { compiledProgram } from './program.js';

export interface Talks {
  readonly count: number;
  readonly atOnce: number;
  /** Payload bytes that each sends first, and those that come back then. */
  readonly up: number;
  readonly down: number;
  /** Bytes of a write. */
  readonly write: number;
  /** Whoever receives reads nothing for so long after the first bytes. */
  readonly pauseMs?: number;
  /** Keep-alives go to and fro for so long before the end. */
  readonly idleMs?: number;
}

export interface TakeOptions {
  readonly port: number;
  readonly family?: 4 | 6;
  /** Bytes; a small one fills while nothing is read. */
  readonly receiveBuffer?: number;
}

/** What an end sent again, as its kernel counted. */
export interface SentAgain {
  readonly segments: number;
  readonly payloadBytes: number;
}

export interface Taker {
  make(from: Host, talks: Talks): Promise<void>;
  /** By the port of who made the connection: what who made it, and who took it, sent again. Only of those that ended. */
  made(): ReadonlyMap<number, SentAgain>;
  taken(): ReadonlyMap<number, SentAgain>;
}

/** Takes connections at `at`. */
export async function startTaker(undoing: Undoing, at: Host, options: TakeOptions): Promise<Taker> {
  const { port, family = 4, receiveBuffer } = options;
  const address = family === 4 ? at.ipv4 : at.ipv6;
  const buffer = receiveBuffer === undefined ? [] : [String(receiveBuffer)];
  const taker = startTalks(undoing, at, ['take', address, String(port), ...buffer]);
  await until('connections are taken', () => taker.said().includes('listening\n'), taker.said);
  const all: string[] = [];
  return {
    async make(from, { count, atOnce, up, down, write, pauseMs = 0, idleMs = 0 }) {
      const numbers = [port, count, atOnce, up, down, write, pauseMs, idleMs];
      const maker = startTalks(undoing, from, ['make', address, ...numbers.map(String)]);
      await maker.ended;
      all.push(maker.said());
      if (maker.child.exitCode !== 0) throw new Error(`talks ended with ${maker.child.exitCode}`);
    },
    made: () => readSentAgain(all.join('')),
    taken: () => readSentAgain(taker.said()),
  };
}

interface RunningTalks {
  readonly child: ChildProcessWithoutNullStreams;
  said(): string;
  readonly ended: Promise<unknown>;
}

function startTalks(undoing: Undoing, { prefix }: Host, words: readonly string[]): RunningTalks {
  const [command, ...rest] = [...prefix, compiledProgram('talks'), ...words];
  const child = spawn(command!, rest, { stdio: 'pipe' });
  undoing.atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return { child, said: () => said, ended: new Promise((resolve) => child.on('close', resolve)) };
}

function readSentAgain(said: string): ReadonlyMap<number, SentAgain> {
  const lines = [...said.matchAll(/^(\d+) (\d+) (\d+)$/gm)];
  return new Map(
    lines.map(([, port, segments, bytes]) => [
      Number(port),
      { segments: Number(segments), payloadBytes: Number(bytes) },
    ]),
  );
}
