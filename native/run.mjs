/** Runs the commands of the set-up: quietly, and with their output shown where they fail. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that this file belongs to. */
export const project = dirname(dirname(fileURLToPath(import.meta.url)));

/** One line for whoever waits. On stderr, so that the program's own output stays what it is. */
export function say(line) {
  process.stderr.write(`set-up: ${line}\n`);
}

/** Where ordinary users' paths end but system tools still are. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Whether `command` can be called by its name, or by root by its name. */
export function isInstalled(command) {
  return find(command) !== undefined;
}

/** The file that `command` is; undefined where there is none. */
export function find(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder || '.', command)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a command to its end. `environment` is added to the process's own. Returns whether it succeeded, and all it
 * wrote, for the one who decides what a failure means.
 */
export function run([command, ...args], { environment = {}, input = '', folder = project } = {}) {
  const result = spawnSync(command, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return {
    succeeded: result.status === 0,
    output: result.error ? `${command}: ${result.error.message}\n` : `${result.stdout}${result.stderr}`,
  };
}

/** npm as it was started for this script, else the one on the path. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') ? [process.execPath, script, ...args] : ['npm', ...args];
}
