/** Commands: those that mend something, as a user would type them, and those that tell something, which are run here. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For a shell. */
export function shellWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** Whether it was started as root, which is given up on the way. */
const isRoot = process.getuid?.() === 0;

/** The command as whoever started this has to type it, so that root carries it out. */
export function asRoot(command: string): string {
  return isRoot ? command : `sudo ${command}`;
}

/** What each package manager calls things; native/system-packages.mjs has the same names. */
const packages = {
  compiler: { 'apt-get': 'g++ make python3', dnf: 'gcc-c++ make python3', apk: 'g++ make python3' },
  libpcap: { 'apt-get': 'libpcap-dev', dnf: 'libpcap-devel', apk: 'libpcap-dev linux-headers' },
  ethtool: { 'apt-get': 'ethtool', dnf: 'ethtool', apk: 'ethtool' },
} as const;

const installers = { 'apt-get': 'apt-get install', dnf: 'dnf install', apk: 'apk add' } as const;

/** Installs these with the package manager of this host or, where none is known, names them as Debian does. */
export function installCommand(...needs: readonly (keyof typeof packages)[]): string {
  const managers = Object.keys(installers) as (keyof typeof installers)[];
  const manager = managers.find(isInstalled) ?? 'apt-get';
  return asRoot(`${installers[manager]} ${needs.map((need) => packages[need][manager]).join(' ')}`);
}

/** Where ordinary users' paths end but system tools still are. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The file that a command's name stands for; undefined where it is not installed. */
function find(command: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder || '.', command)).find(isExecutable);
}

function isInstalled(command: string): boolean {
  return find(command) !== undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const patienceMs = 3_000;
const mostOutputBytes = 1 << 20;

export type Output =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'not-installed' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What a command writes to stdout. Never rejects. */
export function output(command: string, ...args: readonly string[]): Promise<Output> {
  const file = find(command);
  if (file === undefined) return Promise.resolve({ kind: 'not-installed' });
  const options = { timeout: patienceMs, maxBuffer: mostOutputBytes, env: { ...process.env, LC_ALL: 'C' } };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, text, complaint) => {
      const reason = complaint.trim().split('\n')[0] || error?.message || '';
      resolve(error === null ? { kind: 'text', text } : { kind: 'failed', reason });
    });
  });
}

/** From this file up to the package's folder: dist/bundle/, or a test's build folder of some depth. */
const mostFoldersUp = 8;

/** The folder that this program is installed in. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < mostFoldersUp && !existsSync(join(folder, 'package.json')); up++)
    folder = dirname(folder);
  return folder;
}

/** Compiles cap and the addon, as they are needed here. */
export function bindingsCommand(): string {
  return `npm --prefix ${shellWords([packageFolder()])} run bindings`;
}
