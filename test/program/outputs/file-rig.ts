/** Folders for files of records, and runs of the program into them. */
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { offline, type RunningProgram, startProgram } from '../../support/program.js';
import { nobody } from '../../support/rights.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

export const parent = temporaryFolder();

/** A folder of its own, which everybody may enter; it belongs to whom root becomes. */
export function newFolder(owner = nobody): string {
  chmodSync(parent.path, 0o711);
  const folder = mkdtempSync(join(parent.path, 'case-'));
  chmodSync(folder, 0o711);
  if (process.getuid?.() === 0) chownSync(folder, owner, owner);
  return folder;
}

/** What all files of a folder hold, in the order of their names, the one without a stamp last. */
export function contentOf(folder: string): string {
  const names = readdirSync(folder).sort();
  const inOrder = [...names.filter((name) => name !== 'flows.jsonl'), 'flows.jsonl'];
  const read = (name: string) => {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  };
  return inOrder.map(read).join('');
}

/** A packet, in a line of tcpdump's. */
export const line = (second: number) =>
  `2016-09-08 23:28:${String(second).padStart(2, '0')}.000000 IP 10.0.0.1.53 > 10.0.0.2.4000: UDP, length 7\n`;

/** A run that reads what its stdin gets, and closes a window whenever a later packet comes; killed when the test has ended. */
export function startRun(
  context: TestContext,
  target: string,
  prefix: readonly string[] = [],
): RunningProgram {
  const program = startProgram(['--to', target, '--interval', '100ms', ...offline], { prefix });
  context.after(() => program.child.kill('SIGKILL'));
  return program;
}
