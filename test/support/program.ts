/** Runs the real program in a process of its own. */
import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** As users run it. */
export const programPath = fileURLToPath(new URL('../../bundle/main.cjs', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly finished: Promise<Finished>;
}

/** Arguments that keep a run from asking the network for anything. */
export const offline = ['--datadog-ranges', 'off', '-n'] as const;

export interface StartOptions extends SpawnOptions {
  /** Goes before it: ['ip', 'netns', 'exec', name]. */
  readonly prefix?: readonly string[];
  /** Another copy of it. */
  readonly program?: string;
}

/** Starts the program. TZ is UTC. */
export function startProgram(args: readonly string[], options: StartOptions = {}): RunningProgram {
  const { prefix = [], program = programPath } = options;
  const [command, ...words] = [...prefix, process.execPath, program, ...args];
  const child = spawn(command!, words, {
    env: { ...process.env, TZ: 'UTC' },
    ...options,
    stdio: 'pipe',
  }) as ChildProcessWithoutNullStreams;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, finished };
}

/** Runs the program to its end; `stdin` is what it reads there (nothing: an empty pipe). */
export async function runProgram(
  args: readonly string[],
  stdin: string | Uint8Array = '',
): Promise<Finished> {
  const { child, finished } = startProgram(args);
  // A program that ends before it has read everything closes the pipe: no error of the test's.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return finished;
}

/** The most memory that it has had so far: it must still be running, on Linux. */
export function peakMemoryMiB({ child }: RunningProgram): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}
