/**
 * Sends whole frames on an interface by the package cap, which does not stand being opened twice in a process:
 * so it is a program, whose arguments are the interface and each frame in hexadecimal.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface CapSender {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  send(frame: Buffer, bytes: number): void;
  close(): void;
}

const script = fileURLToPath(import.meta.url);

/** `namespace` is the network namespace that the interface is in; absent for the test's own. */
export function sendFrames(device: string, frames: readonly Uint8Array[], namespace?: string): void {
  const words = frames.map((bytes) => Buffer.from(bytes).toString('hex'));
  const within = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  const [program, ...rest] = [...within, process.execPath, script, device, ...words];
  execFileSync(program!, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
}

if (process.argv[1] === script) send(process.argv[2]!, process.argv.slice(3));

function send(device: string, frames: readonly string[]): void {
  const { Cap } = createRequire(import.meta.url)('cap') as { Cap: new () => CapSender };
  const sender = new Cap();
  sender.open(device, '', 65_536, Buffer.alloc(65_536));
  for (const text of frames) sender.send(Buffer.from(text, 'hex'), text.length / 2);
  sender.close();
}
