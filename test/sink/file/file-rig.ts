/** A file that a test sends made-up records to, in a folder of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FileTransport, type FileTransportOptions } from '../../../src/sink/file/file-transport.js';
import type { RecordRun } from '../../../src/sink/record-run.js';
import { encodedOf } from '../encoded.js';

export const opening: FileTransportOptions['opening'] = { owner: undefined, lock: undefined, isRoot: false };

/** All of these lines in one run; each record stands for three packets. */
export function runOf(lines: readonly string[]): RecordRun {
  const encoded = encodedOf(lines);
  const { length: end } = encoded.bytes;
  const packets = lines.length * 3;
  return {
    encoded,
    handedOver: { done: undefined, left: 0 },
    first: 0,
    records: lines.length,
    packets,
    start: 0,
    end,
    inFragments: false,
  };
}

export interface FileRig {
  readonly folder: string;
  readonly path: string;
  /** What was said to the operator. */
  readonly said: string[];
  /** Moves both clocks on. */
  wait(ms: number): void;
  open(rotation?: FileTransportOptions['rotation']): Promise<FileTransport>;
  /** Names in the folder, sorted. */
  names(): string[];
  /** What a file of the folder holds, uncompressed. */
  content(name?: string): string;
}

/** `parent` is a folder; the clocks stand still at this moment until they are moved. */
export function fileRig(parent: string, name = 'flows.jsonl'): FileRig {
  const folder = mkdtempSync(join(parent, 'file-'));
  const path = join(folder, name);
  const said: string[] = [];
  const startMs = Date.now();
  let waitedMs = 0;
  return {
    folder,
    path,
    said,
    wait: (ms) => {
      waitedMs += ms;
    },
    open: (rotation) =>
      FileTransport.open({
        path,
        opening,
        rotation,
        say: (subject, text) => said.push(`${subject}: ${text}`),
        nowMs: () => waitedMs,
        wallMs: () => startMs + waitedMs,
      }),
    names: () => readdirSync(folder).sort(),
    content: (name = 'flows.jsonl') => {
      const bytes = readFileSync(join(folder, name));
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    },
  };
}

/** How large a file may become that this process writes: what a full disk does, without one (setrlimit(2), RLIMIT_FSIZE). */
export function limitFiles(bytes: number | 'unlimited'): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
  if (status !== 0) throw new Error(`prlimit failed: ${stderr}`);
}
