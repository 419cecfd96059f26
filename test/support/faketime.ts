/** A wall clock that a test sets, for one process: libfaketime. The steady clock goes on as it is. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const library = findLibrary();

/** Why tests that set the clock are skipped, or false. */
export const noFaketime: string | false =
  library !== undefined ? false : 'libfaketime is not installed (Debian: apt-get install faketime)';

/** Debian keeps it in a folder of the machine's architecture. */
function findLibrary(): string | undefined {
  const ofArchitecture = existsSync('/usr/lib')
    ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)
    : [];
  const folders = ['/usr/lib', '/usr/lib64', ...ofArchitecture];
  return folders
    .map((folder) => join(folder, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

export interface WallClock {
  /** The environment of a process that has this clock. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sets it so many seconds away from the true time. */
  set(offsetSeconds: number): void;
}

/** `path` is a file to be made; its folder is opened to the user whom the process becomes. */
export function createWallClock(path: string): WallClock {
  const set = (offsetSeconds: number) =>
    writeFileSync(path, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
  set(0);
  chmodSync(dirname(path), 0o755);
  return {
    environment: {
      LD_PRELOAD: library!,
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
}
