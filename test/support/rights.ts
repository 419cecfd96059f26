/** What a process may do, as the kernel says, and the means to start one that may do little. Linux only. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { noNetwork } from './veth.js';

export const nobody = 65_534;

/** What one thread may do: lines of proc(5)'s status file. */
export interface Rights {
  /** Real, effective, saved and file system ids, each once. */
  readonly users: string;
  readonly groups: string;
  readonly supplementaryGroups: string;
  /** The effective, permitted, inheritable and ambient capabilities, hexadecimal, each value once. */
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
}

/** Of all threads of a process; each kind once. */
export function rightsOf(pid: number | undefined): Rights[] {
  const kinds = readdirSync(`/proc/${pid}/task`).map((id) => {
    const status = readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8');
    const words = (names: string) =>
      [...status.matchAll(new RegExp(`^(?:${names}):(.*)$`, 'gm'))].flatMap((match) =>
        match[1]!.trim().split(/\s+/),
      );
    const distinct = (names: string) => [...new Set(words(names))].join(' ');
    return JSON.stringify({
      users: distinct('Uid'),
      groups: distinct('Gid'),
      supplementaryGroups: distinct('Groups'),
      capabilities: distinct('Cap(?:Eff|Prm|Inh|Amb)').replace(/\b0+(?=[0-9a-f])/g, ''),
      noNewPrivileges: distinct('NoNewPrivs') === '1',
    });
  });
  return [...new Set(kinds)].map((kind) => JSON.parse(kind) as Rights);
}

/** Nothing at all, for good: what is left to a process that gave up all it had. */
export function harmless(user: number, group = user): Rights[] {
  const ids = { users: String(user), groups: String(group), supplementaryGroups: '' };
  return [{ ...ids, capabilities: '0', noNewPrivileges: true }];
}

const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] as const;

/** Goes before a command that somebody without any right is to run. */
export const withoutRights: readonly string[] = asNobody;
/** Goes before a command that an ordinary user is to run, with the right to capture and no other. */
export const withNetRaw: readonly string[] = [...asNobody, '--inh-caps=+net_raw', '--ambient-caps=+net_raw'];

/** Why tests that start processes as somebody else are skipped, or false. */
export const noOtherUsers: string | false = noNetwork || problemWithNobody();

function problemWithNobody(): string | false {
  const [command, ...words] = [...withNetRaw, process.execPath, '--version'];
  const { status, error } = spawnSync(command!, words, { stdio: 'ignore' });
  if (error !== undefined) return 'setpriv is not installed (Debian: apt-get install util-linux)';
  return status === 0 ? false : `${process.execPath} cannot be run by nobody with CAP_NET_RAW`;
}
