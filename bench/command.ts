/** Runs a command under bench/run.c, so that its whole cost is known when it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Bench } from './bench.js';

export interface CommandOptions {
  /** Network namespace to run in; default: ours. */
  readonly namespace?: string;
  /** It sees our mounts there, with those of control groups. `ip netns exec` puts a /sys of the namespace in their place. */
  readonly keepsMounts?: boolean;
  /** Files for its output; default /dev/null. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** A UDP port on 127.0.0.1 (of the namespace) that takes and forgets what an exporter sends. */
  readonly sinkPort?: number;
  /** It is killed after so many seconds; default 300. */
  readonly limitSeconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** A CPU to keep it on. */
  readonly processor?: number;
}

/** What a process and all its descendants took. */
export interface Cost {
  readonly exit: number;
  readonly signal: number;
  readonly wallUs: number;
  readonly userUs: number;
  readonly systemUs: number;
  readonly peakKib: number;
}

export interface Running {
  /** Of the command itself, not of its runner. */
  readonly pid: number;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGUSR1' | 'SIGUSR2'): void;
  readonly ended: Promise<Cost>;
}

const alive = new Set<ChildProcess>();

/** Takes care that `child` does not outlive the benchmarks. */
export function remember<Child extends ChildProcess>(child: Child): Child {
  alive.add(child);
  child.once('close', () => alive.delete(child));
  return child;
}

/** Starts `command`; resolves when it runs. */
export async function start(
  bench: Bench,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<Running> {
  const [program, ...words] = [...wrapping(bench, options), ...command];
  const child = remember(
    spawn(program!, words, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...plainEnvironment(), ...options.environment },
    }),
  );
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const first = await nextLine(lines, command);
  return {
    pid: (JSON.parse(first) as { pid: number }).pid,
    signal: (name) => void child.kill(name),
    ended: nextLine(lines, command).then((line) => JSON.parse(line) as Cost),
  };
}

/** Runs `command` to its end. */
export async function run(
  bench: Bench,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<Cost> {
  return (await start(bench, command, options)).ended;
}

/** Runs a short command to its end and returns its stdout; rejects with its stderr where it fails. */
export function outputOf(command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program, ...words] = command;
    const child = remember(spawn(program!, words, { stdio: ['ignore', 'pipe', 'pipe'] }));
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', (cause) => reject(new Error(`${program} cannot be started`, { cause })));
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command.join(' ')} failed (${code}): ${errors.trim()}`));
    });
  });
}

/**
 * What a service has, and none of this shell's settings: with NODE_EXTRA_CA_CERTS, Node 20 reads a hundred and forty
 * certificates before anything else, which takes 45 ms.
 */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, SUDO_UID, SUDO_GID, SUDO_USER } = process.env;
  return { PATH, HOME, SUDO_UID, SUDO_GID, SUDO_USER };
}

/** Ends what still runs. The runners die with their commands: each command is told when its runner goes. */
export function endAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

function wrapping(bench: Bench, options: CommandOptions): string[] {
  const namespace = options.namespace ? entering(options.namespace, options.keepsMounts) : [];
  const processor = options.processor === undefined ? [] : ['taskset', '-c', String(options.processor)];
  const runner = [bench.tools.run, '-t', String(options.limitSeconds ?? 300)];
  if (options.stdout) runner.push('-o', options.stdout);
  if (options.stderr) runner.push('-e', options.stderr);
  if (options.sinkPort) runner.push('-s', String(options.sinkPort));
  return [...namespace, ...processor, ...runner, '--'];
}

function entering(namespace: string, keepsMounts = false): string[] {
  return keepsMounts ? ['nsenter', `--net=/run/netns/${namespace}`] : ['ip', 'netns', 'exec', namespace];
}

async function nextLine(lines: AsyncIterator<string>, command: readonly string[]): Promise<string> {
  const line = await lines.next();
  if (line.done) throw new Error(`${command.join(' ')}: its runner ended without a word`);
  return line.value;
}
