/** Starts collectors as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReceiverReady, ReceiverReport } from './receiver.js';

export interface Receiver {
  readonly port: number;
  readonly pid: number;
  report(): Promise<ReceiverReport>;
  stop(): void;
}

/** `command` is what Node is started by: nothing, or another program with its arguments. */
export async function startReceiver(
  microseconds: number,
  address = '127.0.0.1',
  ...command: readonly string[]
): Promise<Receiver> {
  const script = fileURLToPath(new URL('receiver.js', import.meta.url));
  const [program, ...words] = [...command, process.execPath, script, String(microseconds), address];
  const child = spawn(program!, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { port } = await nextMessage<ReceiverReady>(child);
  return {
    port,
    pid: child.pid!,
    report() {
      child.send('report');
      return nextMessage<ReceiverReport>(child);
    },
    stop: () => child.disconnect(),
  };
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}
