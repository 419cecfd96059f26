/**
 * A real systemd as the first process of a host of its own: namespaces of processes, mounts, control groups, names and, where the test
 * gives it one, the network. What it writes goes to memory; it cannot reach the files of the machine that the test runs on, nor its settings
 * of the kernel.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCgroup } from '../../support/owners/cgroups.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';

const systemd = '/lib/systemd/systemd';

/** None of a group that is gone: systemd removes it when its last process has ended. */
function pids(procs: string): string[] {
  try {
    return readFileSync(procs, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    // The second where it goes while it is read.
    if (['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

export const noSystemd: string | false = existsSync(systemd)
  ? false
  : 'systemd is not installed (Debian: apt-get install systemd)';

export interface SystemdHost {
  /** What systemd itself has said. */
  said(): string;
  /** What a file there has; '' while there is none. */
  read(path: string): string;
  /** Of a control group there, by their numbers here. */
  processesOf(path: string): readonly number[];
  start(...units: readonly string[]): void;
}

/** The number that a process has there: the innermost of those that it has. */
export const insideOf = (pid: number | undefined): number =>
  Number(/^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

/** $1 is a folder in memory to be, $2 one with all units. */
const enter = `set -e
memory=$1 units=$2; shift 2
mount -t tmpfs memory "$memory"
root=$memory/root; mkdir "$memory/up" "$memory/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$memory/up,workdir=$memory/work" "$root"
for folder in tmp run var; do mount -t tmpfs memory "$root/$folder"; done
mkdir "$root/var/log" "$root/var/lib" "$root/var/cache" "$root/var/tmp"; ln -s /run "$root/var/run"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys" && mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys" && mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 devices "$root/dev"
for name in null zero full random urandom tty; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mkdir "$root/dev/pts" "$root/dev/shm"; mount -t devpts -o newinstance,ptmxmode=0666 devices "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"; touch "$root/dev/console"
rm -rf "$root/etc/systemd/system"; cp -r "$units" "$root/etc/systemd/system"
mkdir -p "$root/oldroot" && cd "$root" && pivot_root . oldroot && umount -l /oldroot
exec "$@"`;

/** `units` are files by their paths below /etc/systemd/system; `target` is what is started. */
export async function startSystemd(
  ground: Ground,
  prefix: readonly string[],
  units: Readonly<Record<string, string>>,
  target: string,
  group: { readonly path: string; readonly folder: string },
): Promise<SystemdHost> {
  const memory = join(ground.folder, 'memory');
  const folder = join(ground.folder, 'units');
  for (const path of [memory, folder]) mkdirSync(path);
  for (const [name, text] of Object.entries(units)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const own = [
    '--cgroup',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--ipc',
    '--uts',
    '--propagation',
    'private',
  ];
  const options = ['--system', `--unit=${target}`, '--log-target=console', '--show-status=no'];
  const [command, ...words] = [
    ...inCgroup(group),
    ...prefix,
    ...['unshare', ...own, 'sh', '-c', enter, 'sh', memory, folder],
    ...['env', '-i', 'container=oci', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', systemd, ...options],
  ];
  const child = spawn(command!, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  ground.atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const first = join(group.folder, 'init.scope/cgroup.procs');
  await until(
    'systemd runs',
    () => pids(first).length > 0 || child.exitCode !== null,
    () => said,
  );
  if (child.exitCode !== null) throw new Error(`systemd ended: ${said}`);
  const [firstPid] = pids(first);
  const root = `/proc/${firstPid}/root`;
  return {
    said: () => readFileSync(join(root, 'dev/console'), 'utf8'),
    read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''),
    processesOf: (path) => pids(join(group.folder, path, 'cgroup.procs')).map(Number),
    start(...names) {
      execFileSync('nsenter', ['--all', `--target=${firstPid}`, 'systemctl', 'start', ...names]);
    },
  };
}
