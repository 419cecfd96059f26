/**
 * Giving up rights. A capture needs them to open, not to read: once everything is open the process becomes an ordinary
 * user without any capability, for good, before the first byte that a stranger sent is decoded.
 */
import { chownSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { Failure, UsageError } from '../failure.js';

/** Whom the process becomes. */
export interface Identity {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What the choice depends on: process.getuid(), process.env and the account database. */
export interface PrivilegeFacts {
  readonly uid: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A line of passwd(5) for a user's name, or undefined. */
  readonly passwdLine: (user: string) => string | undefined;
}

export class UnknownUserError extends UsageError {}

/** Rights that cannot be given up: what keeps them, and the remedy. */
export class PrivilegeError extends Failure {
  readonly problem: string;

  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super('permission', `${problem}; ${remedy}`, options);
    this.problem = problem;
  }
}

/** Where a root process keeps what it fetched: no other program's folder. */
const systemCache = '/var/cache/pcap-agg';

/** Unprivileged by convention on every Unix that libpcap runs on. */
const nobody = 'nobody';

/**
 * Whom to become: the user that -Z names, else the one who called sudo, else nobody. Undefined where there is nothing to
 * give up, or where -Z root says to stay. Throws an UnknownUserError for a user that does not exist.
 */
export function identityToAssume(user: string | undefined, facts: PrivilegeFacts): Identity | undefined {
  const { SUDO_UID, SUDO_GID, SUDO_USER } = facts.environment;
  if (facts.uid !== 0 || user === 'root') return undefined;
  if (user === undefined && SUDO_UID !== undefined && SUDO_GID !== undefined && SUDO_UID !== '0') {
    return { name: SUDO_USER ?? SUDO_UID, uid: Number(SUDO_UID), gid: Number(SUDO_GID) };
  }
  const name = user ?? nobody;
  const fields = facts.passwdLine(name)?.split(':');
  if (fields === undefined)
    throw new UnknownUserError(
      `-Z ${name}: there is no such user; name one that exists, or root to stay root`,
    );
  const identity = { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  return identity.uid === 0 ? undefined : identity;
}

/** The account's line in /etc/passwd, or as the system's other databases know it. */
export function passwdLine(user: string): string | undefined {
  const isUser = (line: string) => line.startsWith(`${user}:`);
  try {
    const local = readFileSync('/etc/passwd', 'utf8').split('\n').find(isUser);
    if (local !== undefined) return local;
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    return execFileSync('getent', ['passwd', '--', user], { encoding: 'utf8' }).split('\n').find(isUser);
  } catch {
    return undefined;
  }
}

/**
 * Makes a folder and gives it to `identity`, who could not make it any more. One that is there already keeps its owner, who did
 * not ask us, unless it was ours before: in the system's own cache. Where that fails, whoever writes there says why.
 */
export function giveFolder(path: string, { uid, gid }: Identity): void {
  try {
    const isNew = mkdirSync(path, { recursive: true, mode: 0o755 }) !== undefined;
    // systemd puts a link here for its own users' folders, which are not ours to give.
    const isOurs = isNew || path === systemCache;
    if (isOurs && lstatSync(path).isDirectory()) chownSync(path, uid, gid);
  } catch {}
}

/**
 * Becomes `identity`, in every thread of the process. Leaving uid 0 clears all capabilities; that it cannot be undone is
 * tried at once, because a process that only believes to be harmless is worse than one that stops.
 */
export function assume({ name, uid, gid }: Identity): void {
  try {
    process.setgroups!([]);
    process.setgid!(gid);
    process.setuid!(uid);
  } catch (error) {
    throw new PrivilegeError(
      `-Z ${name}: this process may not become ${name} (${(error as Error).message})`,
      'give it CAP_SETUID and CAP_SETGID, or stay root with "-Z root"',
      { cause: error },
    );
  }
  try {
    process.setuid!(0);
  } catch {
    return;
  }
  throw new PrivilegeError(`-Z ${name}: could become root again after that`, 'stay root with "-Z root"');
}
