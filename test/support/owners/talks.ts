/** Programs in control groups that talk: those that answer, and those that ask and keep what they asked by. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { OwnerOrigin } from '../../../src/record/owner.js';
import type { Undoing } from '../readers/process.js';
import { until } from '../until.js';
import { inCgroup, processesIn } from './cgroups.js';
import type { Host } from './hosts.js';
import type { TrueOwner } from './owner-parts.js';
import type { RunBy } from './runtimes.js';

/** As of a user who has installed nothing: daemons are in /usr/sbin, and what is in somebody's home is not for other users. */
const environment = {
  ...process.env,
  PATH: `/usr/sbin:/usr/bin:/sbin:/bin:${process.env['PATH']}`,
  LC_ALL: 'C',
};

export interface Runner {
  readonly host: Host;
  /** Left out: the test's own group. */
  readonly by?: RunBy | undefined;
  /** Left out: root. */
  readonly user?: number | undefined;
}

/** A command as that user, in that group, on that host; it is one process all the way. */
export function commandOf({ host, by, user = 0 }: Runner, words: readonly string[]): [string, ...string[]] {
  return [
    ...(by === undefined ? [] : inCgroup(by.cgroup)),
    ...host.prefix,
    ...(user === 0 ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']),
    ...words,
  ] as unknown as [string, ...string[]];
}

export interface Talker {
  readonly child: ChildProcessWithoutNullStreams;
  /** All that it has written, to both streams. */
  said(): string;
  readonly ended: Promise<unknown>;
}

export function startTalker(undoing: Undoing, runner: Runner, words: readonly string[]): Talker {
  const [command, ...rest] = commandOf(runner, words);
  const child = spawn(command, rest, { env: environment, stdio: 'pipe' });
  const ended = once(child, 'close');
  // Its streams may be open in what it has forked, which goes with the group.
  undoing.atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  child.stdin.on('error', () => undefined);
  return { child, said: () => said, ended };
}

/** Runs it to its end, and returns which process it was; rejects where it fails. */
export async function runTalker(undoing: Undoing, runner: Runner, words: readonly string[]): Promise<number> {
  const { child, said, ended } = startTalker(undoing, runner, words);
  child.stdin.end();
  await ended;
  if (child.exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${child.exitCode}: ${said()}`);
  return child.pid!;
}

export interface Conversation {
  readonly talker: Talker;
  /** Says a line; resolves when it has come back. */
  ask(): Promise<void>;
}

/** A datagram may be lost, and is said again. */
const againMs = 500;

/** `words` passes on what it is told, and tells what comes back; s_server(1) turns each line around. */
export function startConversation(undoing: Undoing, runner: Runner, words: readonly string[]): Conversation {
  const talker = startTalker(undoing, runner, words);
  let asked = 0;
  return {
    talker,
    async ask() {
      const line = `(${asked++})`;
      const turned = [...line].reverse().join('');
      const isBack = () => talker.said().includes(line) || talker.said().includes(turned);
      const seen = () => `${words.join(' ')}: ${talker.said().slice(-200)}`;
      let askedMs = Number.NEGATIVE_INFINITY;
      await until(
        `${line} comes back`,
        () => {
          if (isBack()) return true;
          const nowMs = performance.now();
          if (nowMs < askedMs + againMs) return false;
          askedMs = nowMs;
          talker.child.stdin.write(`${line}\n`);
          return false;
        },
        seen,
      );
    },
  };
}

/** Who that is, by what is true now of the processes in the group. */
export function ownerOf(
  { by, user = 0 }: Runner & { readonly by: RunBy },
  from: readonly Exclude<OwnerOrigin, 'none'>[] = ['socket'],
): TrueOwner {
  const processes = processesIn(by.cgroup);
  const commands = new Set(processes.map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()));
  return {
    ...{ by, user, from },
    ...(processes.length === 1 ? { pid: processes[0]! } : {}),
    ...(commands.size === 1 ? { command: [...commands][0]! } : {}),
  };
}
