import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export interface TemporaryFolder {
  readonly path: string;
  /** Writes a file in the folder and returns its path. */
  file(name: string, content: Uint8Array | string): string;
}

/** A folder that is removed when the tests of the calling file have ended. */
export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-test-'));
  after(() => rmSync(folder, { recursive: true }));
  return {
    path: folder,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
  };
}
