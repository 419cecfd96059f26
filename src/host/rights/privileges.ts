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
  /** A line of passwd(5) for a user's name or number, or undefined. */
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

/** Unprivileged by convention on every Unix that libpcap runs on. Where no account has the name, Linux's overflow ids. */
const nobody: Identity = { name: 'nobody', uid: 65_534, gid: 65_534 };

/** The highest user or group number: -1 stands for none. */
const highestId = 0xffff_fffe;

/** How -Z says that no right is to be given up. */
export function staysRoot(user: string | undefined): boolean {
  return user === 'root' || user === '0' || user === '0:0';
}

/**
 * Whom to become: the user that -Z names, else the one who called sudo, else nobody. Undefined where there is nothing to
 * give up, or where -Z root says to stay. Throws an UnknownUserError for a user that does not exist.
 */
export function identityToAssume(user: string | undefined, facts: PrivilegeFacts): Identity | undefined {
  const { SUDO_UID, SUDO_GID, SUDO_USER } = facts.environment;
  if (facts.uid !== 0 || staysRoot(user)) return undefined;
  if (user === undefined && SUDO_UID !== undefined && SUDO_GID !== undefined && SUDO_UID !== '0') {
    return { name: SUDO_USER ?? SUDO_UID, uid: Number(SUDO_UID), gid: Number(SUDO_GID) };
  }
  const identity = identityOf(user ?? nobody.name, facts);
  return identity.uid === 0 ? undefined : identity;
}

/** `user` is a name, a number, or "UID:GID". A number that no account has is the group's, too: root's would be a right. */
function identityOf(user: string, { passwdLine }: PrivilegeFacts): Identity {
  const [name, , uid, gid] = passwdLine(user)?.split(':') ?? [];
  if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  const [, userId, groupId = userId] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user) ?? [];
  const numbers = { name: user, uid: Number(userId), gid: Number(groupId) };
  if (numbers.uid <= highestId && numbers.gid <= highestId) return numbers;
  if (user === nobody.name) return nobody;
  throw new UnknownUserError(
    `-Z ${user}: there is no such user; name one that exists, write numbers (UID or UID:GID), or root to stay root`,
  );
}

/** The line of an account, by its name or else its number, in /etc/passwd or the system's other databases. */
export function passwdLine(user: string): string | undefined {
  return find(user, localAccounts()) ?? find(user, otherAccounts(user));
}

function find(user: string, lines: readonly string[]): string | undefined {
  return (
    lines.find((line) => line.startsWith(`${user}:`)) ?? lines.find((line) => line.split(':')[2] === user)
  );
}

/** None where there is no such file: a container from scratch. */
function localAccounts(): readonly string[] {
  try {
    return readFileSync('/etc/passwd', 'utf8').split('\n');
  } catch {
    return [];
  }
}

function otherAccounts(user: string): readonly string[] {
  try {
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    return execFileSync('getent', ['passwd', '--', user], { encoding: 'utf8' }).split('\n');
  } catch {
    return [];
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
