/** What this process may do on the machine, by itself or through sudo. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { isInstalled, project, run } from './run.mjs';

const isRoot = process.geteuid?.() === 0;

/**
 * The words to put before a command that needs root: none for root itself; undefined where there is no way. sudo may
 * ask for a password only where somebody sits at a terminal to give it.
 */
export function rootPrefix() {
  if (isRoot) return [];
  if (!isInstalled('sudo')) return undefined;
  if (run(['sudo', '-n', 'true']).succeeded) return ['sudo', '-n'];
  return process.stdin.isTTY && process.stderr.isTTY ? ['sudo'] : undefined;
}

/** CAP_NET_RAW's bit in /proc/self/status, capabilities(7). */
const netRawBit = 13n;

/** Whether this process may open a capture. */
export function mayCapture() {
  if (isRoot) return true;
  if (process.platform !== 'linux') return isReadable('/dev/bpf0');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> netRawBit) & 1n) === 1n;
}

function isReadable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives what root has made here to the owner of the checkout, who could not replace it otherwise. `-h` and the default
 * of `-R` keep chown from following links out of the checkout.
 */
export function giveToOwner(folders) {
  const { uid, gid } = statSync(project);
  if (isRoot && uid !== 0) run(['chown', '-hR', `${uid}:${gid}`, ...folders]);
}
