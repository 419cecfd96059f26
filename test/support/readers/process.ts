/** A reader that is a process of its own: started, waited for, ended, started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { patienceMs, until } from '../until.js';

export interface ReaderProcess {
  start(): Promise<void>;
  /** Asks it to end, and waits for it; by SIGKILL it has no say. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  readonly child: ChildProcess;
}

/** Whoever has what was started undone when it is over, the latest first. */
export interface Undoing {
  atEnd(undo: () => unknown): void;
}

export interface ReaderCommand {
  readonly words: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it is ready to be sent to. */
  isReady(said: () => string): boolean | Promise<boolean>;
}

/** Debian's daemons are in /usr/sbin, which is not on every user's path. */
const path = `${process.env['PATH']}:/usr/sbin:/sbin`;

export function readerProcess(
  ground: Undoing,
  { words, environment, isReady }: ReaderCommand,
): ReaderProcess {
  let child: ChildProcess | undefined;
  const hasEnded = () => child === undefined || child.exitCode !== null || child.signalCode !== null;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (hasEnded()) return;
    const ended = once(child!, 'exit');
    child!.kill(signal);
    await ended;
  };
  // One that is killed leaves its children behind, so it is asked first.
  ground.atEnd(async () => {
    const timer = setTimeout(() => child?.kill('SIGKILL'), patienceMs);
    await stop();
    clearTimeout(timer);
  });
  return {
    get child() {
      return child!;
    },
    async start() {
      const [command, ...args] = words;
      const env = { ...process.env, PATH: path, ...environment };
      const started = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      let said = '';
      for (const stream of [started.stdout, started.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said = `${said}${text}`.slice(-10_000);
        });
      await until(
        `${command} is ready`,
        () => hasEnded() || isReady(() => said),
        () => said,
      );
      if (hasEnded()) throw new Error(`${words.join(' ')} ended: ${said}`);
    },
    stop,
  };
}

/** Whether a connection can be made. */
export async function isListening(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect({ port, host });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The lines of a file that a reader writes; none while it is not there. */
export function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
