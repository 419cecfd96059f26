/** Copies of the program as it is installed: the bundle, `cap` and the addon, in a folder whose rights the test chooses. */
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { programPath } from './program.js';
import { projectRoot } from './project.js';

export interface Installation {
  /** Of the folder: 0o755 for everybody, 0o700 for its owner alone. */
  readonly mode: number;
  readonly withAddon: boolean;
}

const addon = 'native/build/Release/capture.node';

/** Returns the path of its main.cjs. The copy is removed when the tests of the calling file have ended. */
export function installProgram({ mode, withAddon }: Installation): string {
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-installed-'));
  after(() => rmSync(folder, { recursive: true }));
  cpSync(dirname(programPath), join(folder, 'dist/bundle'), { recursive: true });
  for (const path of ['package.json', 'node_modules/cap', ...(withAddon ? [addon] : [])])
    cpSync(join(projectRoot, path), join(folder, path), { recursive: true });
  chmodSync(folder, mode);
  return join(folder, 'dist/bundle/main.cjs');
}
