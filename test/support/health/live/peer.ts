/**
 * A process at one end of connections: does what it is told, and says what it has measured. This file is both sides of it: as a
 * program it acts, as a module it starts that program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Undoing } from '../../readers/process.js';
import { until } from '../../until.js';
import type { Acting, Measured } from './act.js';
import { type ActName, acts } from './acts.js';
import type { Place } from './network.js';

export interface Peer {
  readonly child: ChildProcess;
  /** Resolves when it is done; rejects where it went otherwise than the act says. */
  act(name: ActName, what?: Acting): Promise<Measured>;
}

interface Order {
  readonly number: number;
  readonly name: ActName;
  readonly what: Acting;
}

interface Report {
  readonly number: number;
  readonly measured?: Measured;
  readonly failure?: string;
}

const thisFile = fileURLToPath(import.meta.url);

export async function startPeer(undoing: Undoing, { prefix }: Place): Promise<Peer> {
  const [command, ...words] = [...prefix, process.execPath, thisFile];
  const child = spawn(command!, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  undoing.atEnd(() => child.kill('SIGKILL'));
  const waiting = new Map<number, (report: Report) => void>();
  child.on('message', (message) => {
    const report = message as Report;
    waiting.get(report.number)?.(report);
    waiting.delete(report.number);
  });
  child.on('exit', () => {
    for (const [number, settle] of waiting) settle({ number, failure: 'the process has ended' });
  });
  let number = 0;
  const act = async (name: ActName, what: Acting = {}) => {
    const order: Order = { number: ++number, name, what };
    let report: Report | undefined;
    waiting.set(order.number, (told) => {
      report = told;
    });
    child.send(order);
    await until(`${name} ${JSON.stringify(what)} is done`, () => report !== undefined);
    const { measured, failure } = report!;
    if (measured === undefined) throw new Error(`${name} ${JSON.stringify(what)}: ${failure}`);
    return measured;
  };
  await once(child, 'spawn');
  return { child, act };
}

function main(): void {
  process.on('message', (message) => {
    const { number, name, what } = message as Order;
    const report = (rest: Omit<Report, 'number'>) => process.send!({ number, ...rest });
    acts[name](what).then(
      (measured) => report({ measured }),
      (error) => report({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

if (process.send !== undefined && process.argv[1] === thisFile) main();
