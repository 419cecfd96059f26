/** Queues on disk without the rest of the program. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSlots, type Noted } from '../../../src/sink/spool/cursor.js';
import { FolderLock } from '../../../src/sink/spool/folder.js';
import { SpooledQueue, type SpooledQueueOptions } from '../../../src/sink/spool/spooled-queue.js';
import { until } from '../../support/until.js';

export interface SpoolRig {
  readonly queue: SpooledQueue;
  readonly folder: string;
  /** What it has said. */
  readonly lines: string[];
}

/** A queue in a folder, which it takes up. */
export function openQueue(folder: string, options: Partial<SpooledQueueOptions> = {}): SpoolRig {
  const lines: string[] = [];
  const log = {
    line: (text: string) => lines.push(text),
    limited: (_: string, text: string) => lines.push(text),
  };
  const queue = new SpooledQueue({
    name: 'reader',
    folder,
    mostBytes: 64 * 1024 * 1024,
    memoryBytes: 8 * 1024 * 1024,
    lock: new FolderLock(folder, undefined),
    log,
    ...options,
  });
  queue.open();
  return { queue, folder, lines };
}

/** Resolves when all that was pushed is on disk. */
export const isWritten = ({ queue }: SpoolRig): Promise<void> =>
  until('all is written', () => queue.isWritten);

/** The records of what is taken next, as lines. */
export async function taken(rig: SpoolRig, mostRecords = 1_000) {
  let run = rig.queue.take(Number.POSITIVE_INFINITY, mostRecords);
  await until('there is something to take', () => {
    run ??= rig.queue.take(Number.POSITIVE_INFINITY, mostRecords);
    return run !== undefined;
  });
  const { encoded, start, end } = run!;
  const lines = Buffer.from(encoded.bytes.subarray(start, end)).toString().trimEnd().split('\n');
  return { run: run!, numbers: lines.map((line) => JSON.parse(line).n as number) };
}

/** Sends all that waits; returns the numbers of the records, in order. */
export async function sendAll(rig: SpoolRig): Promise<number[]> {
  const numbers: number[] = [];
  while (!rig.queue.isEmpty) {
    const run = rig.queue.take(Number.POSITIVE_INFINITY, 100);
    if (run === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const text = Buffer.from(run.encoded.bytes.subarray(run.start, run.end)).toString();
    for (const line of text.trimEnd().split('\n')) numbers.push(JSON.parse(line).n);
    rig.queue.sent(run);
  }
  return numbers;
}

export const notedIn = (folder: string): Noted | undefined =>
  decodeSlots(readFileSync(join(folder, 'cursor')));

/** Resolves when the cursor says that so many records, from the first one on, are settled. */
export const isNoted = ({ folder }: SpoolRig, ordinal: number): Promise<void> =>
  until(`${ordinal} records are noted`, () => notedIn(folder)?.before.ordinal === ordinal);

/** What a crash would leave at this instant, taken up by another queue. */
export function crashed(
  { folder }: SpoolRig,
  copy: string,
  options: Partial<SpooledQueueOptions> = {},
): SpoolRig {
  cpSync(folder, copy, { recursive: true });
  return openQueue(copy, options);
}

export const segmentsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.runs'))
    .sort()
    .map((name) => join(folder, name));

export const bytesIn = (folder: string): number =>
  segmentsIn(folder).reduce((sum, path) => sum + statSync(path).size, 0);

/** Changes one byte of a file. */
export function damage(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x5a;
  writeFileSync(path, bytes);
}
