/** Where container runtimes run: mounts of their own, with cgroup2 at /sys/fs/cgroup, as hosts without version 1 have it. */
import { spawn } from 'node:child_process';
import { hierarchy } from '../../support/owners/cgroups.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';

/** The hierarchy is taken along by a mount elsewhere, which lies on top of nothing. */
const mounts = `set -e
mount -t tmpfs mounts /mnt && mkdir /mnt/cgroup && mount --bind "$0" /mnt/cgroup
umount -R /sys/fs/cgroup && mount --move /mnt/cgroup /sys/fs/cgroup && umount /mnt
echo ready && exec sleep infinity`;

/** What goes before a command to have it run there; nothing where the host is that way itself. */
export async function openUnifiedMounts(ground: Ground): Promise<readonly string[]> {
  if (hierarchy === '/sys/fs/cgroup') return [];
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', mounts, hierarchy];
  const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  ground.atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  await until(
    'cgroup2 is at /sys/fs/cgroup',
    () => said.includes('ready'),
    () => said,
  );
  return ['nsenter', '--mount', `--target=${child.pid}`];
}
