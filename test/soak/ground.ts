/** What every soak stands on: a folder and a veth pair of its own, all of which goes at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVeth, type Veth } from '../support/veth.js';

export interface Ground {
  readonly folder: string;
  readonly veth: Veth;
  print(line: string): void;
  /** Ends the process with what the soak's own tools met with. */
  readonly failed: (error: unknown) => never;
  /** Has something undone when the process ends, the latest first. */
  atEnd(undo: () => void): void;
}

export function openGround(failed: Ground['failed']): Ground {
  const undoing: (() => void)[] = [];
  process.once('exit', () => {
    for (const undo of undoing.reverse()) {
      try {
        undo();
      } catch (error) {
        process.stderr.write(`soak: not cleared up: ${error}\n`);
      }
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-soak-'));
  undoing.push(() => rmSync(folder, { recursive: true }));
  const veth = openVeth();
  undoing.push(() => veth.close());
  return {
    folder,
    veth,
    print: (line) => process.stdout.write(`${line}\n`),
    failed,
    atEnd: (undo) => undoing.push(undo),
  };
}
