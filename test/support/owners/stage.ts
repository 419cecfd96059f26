/** Two hosts with daemons, those of the first in control groups as everybody names theirs, and who of them has which socket. */
import type { Undoing } from '../readers/process.js';
import { type Cgroups, type CgroupView, openCgroups, processesIn } from './cgroups.js';
import { type DaemonName, daemons, startDaemons, webUser } from './daemons.js';
import { type Hosts, openHosts } from './hosts.js';
import type { NoOwner, TrueEnd, TrueOwner } from './owner-parts.js';
import {
  dockerBySystemd,
  kubernetesByItself,
  kubernetesBySystemd,
  plainGroup,
  podmanOfRoot,
  type RunBy,
  service,
  session,
} from './runtimes.js';
import { ownerOf } from './talks.js';

export interface Stage extends Undoing {
  readonly folder: string;
  readonly hosts: Hosts;
  readonly cgroups: Cgroups;
  /** Goes before the program. */
  readonly prefix: readonly string[];
  /** Of the daemons of the first host. */
  readonly runBy: Readonly<Record<DaemonName, RunBy>>;
}

export async function openStage(undoing: Undoing, folder: string, view?: CgroupView): Promise<Stage> {
  const hosts = openHosts(undoing);
  const cgroups = openCgroups(undoing, view);
  const prefix = [...cgroups.prefix, ...hosts.here.prefix];
  const runBy = {
    web: service('nginx')(cgroups),
    dns: dockerBySystemd()(cgroups),
    tls: podmanOfRoot()(cgroups),
    streams: kubernetesBySystemd('cri-containerd')(cgroups),
    datagrams: kubernetesByItself()(cgroups),
    files: session(daemons.files.user, 3)(cgroups),
  };
  const others = plainGroup('/elsewhere')(cgroups);
  const names = Object.keys(runBy) as DaemonName[];
  await Promise.all([
    startDaemons(undoing, hosts.here, folder, runBy),
    startDaemons(undoing, hosts.elsewhere, folder, Object.fromEntries(names.map((name) => [name, others]))),
  ]);
  return { folder, hosts, cgroups, prefix, runBy, atEnd: (undo) => undoing.atEnd(undo) };
}

/**
 * Who may be told of a daemon of the first host: who took a connection, or who listens there; a datagram's socket has one user
 * and is always there. Nobody has a connection that is not taken yet, but its group is that of who listens. Some fork for each conversation: the group has one process now, and more a moment later.
 */
export function daemonOwners({ hosts, runBy }: Stage, name: DaemonName): readonly TrueOwner[] {
  const { protocol, ...daemon } = daemons[name];
  const user = 'user' in daemon ? daemon.user : 0;
  const runner = { host: hosts.here, by: runBy[name], user };
  const first = processesIn(runner.by.cgroup)[0]!;
  const withAndWithout = ({ pid: _, ...owner }: TrueOwner) => [owner, { ...owner, pid: first }];
  if (protocol === 'udp') return withAndWithout(ownerOf(runner));
  const accepted = ownerOf({ ...runner, user: name === 'web' ? webUser : user });
  const notYet = { ...accepted, user: undefined };
  return [accepted, notYet, ownerOf(runner, ['listener'])].flatMap(withAndWithout);
}

export const noSocket: NoOwner = { reason: 'no-socket' };

/** The ends of what goes from the client to the server. Each that may be told is right. */
export interface Talk {
  readonly name: string;
  readonly transport: 'tcp' | 'udp';
  /** Nobody else has it. */
  readonly clientPort: number;
  readonly client: readonly TrueEnd[];
  readonly server: readonly TrueEnd[];
}
