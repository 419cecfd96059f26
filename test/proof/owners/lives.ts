/** lives.c, compiled: programs in control groups that make connections which live for a given time. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../support/owners/hosts.js';
import type { RunBy } from '../../support/owners/runtimes.js';
import { startTalker } from '../../support/owners/talks.js';
import { projectRoot } from '../../support/project.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';

/** Why it cannot be compiled, or false. */
export const noCompiler: string | false =
  spawnSync('cc', ['--version']).error === undefined
    ? false
    : 'no C compiler is installed (Debian: apt-get install gcc libc6-dev)';

export function compileLives({ folder }: Ground): string {
  const program = join(folder, 'lives');
  const source = join(projectRoot, 'test/proof/owners/lives.c');
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source, '-lm', '-lpthread']);
  chmodSync(folder, 0o755);
  return program;
}

interface Where {
  readonly host: Host;
  readonly by: RunBy;
}

/** Takes connections at so many ports, or keeps so many to one; resolves when it does. */
export async function startLives(
  ground: Ground,
  program: string,
  where: Where,
  what: 'serve' | 'keep',
  address: string,
  port: number,
  count: number,
): Promise<void> {
  const { said } = startTalker(ground, where, [program, what, address, `${port}`, `${count}`]);
  await until(`${what} is ready`, () => /^(listening|kept)$/m.test(said()), said);
}

export interface Lives {
  readonly address: string;
  readonly port: number;
  readonly count: number;
  readonly lifeMs: number;
  readonly perSecond: number;
  /** How many are under way at the same time at the most. */
  readonly workers: number;
  /** The first one's, the next one's is one more. */
  readonly firstPort: number;
  /** Ends them by a reset, so that another one may have the same ports at once. */
  readonly reset?: boolean;
}

/** From connect(2) to close(2): the shortest but one in a hundred, the median, the longest but one in a hundred. */
export interface MeasuredLives {
  readonly made: number;
  readonly failed: number;
  readonly late: number;
  readonly lifeUs: { readonly p1: number; readonly p50: number; readonly p99: number };
}

/** Resolves when all are over. */
export async function talkLives(
  ground: Ground,
  program: string,
  where: Where,
  { address, port, count, lifeMs, perSecond, workers, firstPort, reset = false }: Lives,
): Promise<MeasuredLives> {
  const numbers = [port, 1, count, lifeMs * 1_000, perSecond, workers, firstPort];
  const { child, said, ended } = startTalker(ground, where, [
    program,
    reset ? 'reset' : 'talk',
    address,
    ...numbers.map(String),
  ]);
  await ended;
  if (child.exitCode !== 0) throw new Error(`lives ended with ${child.exitCode}: ${said()}`);
  return JSON.parse(said()) as MeasuredLives;
}
