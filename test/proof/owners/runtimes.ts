/** Real containers, by the runtimes of Debian, with a root folder of busybox alone: no registry is asked for an image. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cgroup, cgroupOf, inCgroup, removeEmpty } from '../../support/owners/cgroups.js';
import type { Host } from '../../support/owners/hosts.js';
import { randomId } from '../../support/owners/runtimes.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';

export const isHere = (command: string): boolean => spawnSync('which', [command]).status === 0;

/** By what package of Debian there is which command. */
export const lacks = (command: string, debian: string): string | false =>
  isHere(command) ? false : `${command} is not installed (Debian: apt-get install ${debian})`;

export interface Container {
  readonly id: string;
  /** Of its first process. */
  readonly cgroup: Cgroup;
}

export interface Place {
  readonly ground: Ground;
  readonly host: Host;
  /** Goes before a command that needs cgroup2 at /sys/fs/cgroup. */
  readonly unified: readonly string[];
  readonly root: string;
}

/** A root folder with a shell, sleep, cat and nc. */
export function makeRoot(ground: Ground): string {
  const root = join(ground.folder, 'root');
  for (const folder of ['bin', 'proc', 'sys', 'dev', 'tmp', 'etc', 'run'])
    mkdirSync(join(root, folder), { recursive: true });
  const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  cpSync(busybox, join(root, 'bin/busybox'));
  for (const name of ['sh', 'nc', 'sleep', 'cat']) symlinkSync('busybox', join(root, 'bin', name));
  return root;
}

/** Runs a command where the runtimes run; returns what it wrote. */
export function runThere({ host, unified }: Place, ...words: readonly string[]): string {
  const [command, ...rest] = [...unified, ...host.prefix, ...words];
  const { status, stdout, stderr, error } = spawnSync(command!, rest, { encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** Not more than this process may have itself; and what takes controllers of version 2 is left out. */
const podmanLimits = [
  ...['--pids-limit=-1', '--privileged'],
  ...['nofile=1024:1024', 'nproc=1024:1024'].flatMap((limit) => ['--ulimit', limit]),
];

export function runPodman(place: Place, words: readonly string[]): Container {
  const { ground, root } = place;
  const own = ['--root', join(ground.folder, 'podman'), '--runroot', join(ground.folder, 'podman-run')];
  const podman = ['podman', ...own, '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];
  const id = runThere(
    place,
    ...[...podman, 'run', '-d', '--network', 'host', ...podmanLimits, '--rootfs', root, ...words],
  );
  const pid = Number(runThere(place, ...podman, 'inspect', '--format', '{{.State.Pid}}', id));
  const cgroup = cgroupOf(pid);
  ground.atEnd(() => {
    runThere(place, ...podman, 'rm', '-f', '-t', '0', id);
    // That of its monitor stays.
    removeEmpty({ ...cgroup, folder: join(cgroup.folder, '../conmon') });
    removeEmpty(cgroup);
  });
  return { id, cgroup };
}

/** As containerd's or CRI-O's shim has it run: the group's path is in the bundle's settings. */
export function runCrun(
  place: Place,
  cgroupsPath: (id: string) => string,
  words: readonly string[],
): Container {
  const { ground, root } = place;
  const id = randomId();
  const bundle = join(ground.folder, id);
  mkdirSync(bundle);
  const settings = {
    ociVersion: '1.0.2',
    process: { user: { uid: 0, gid: 0 }, args: words, env: ['PATH=/bin'], cwd: '/' },
    root: { path: root },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { cgroupsPath: cgroupsPath(id), namespaces: [{ type: 'mount' }, { type: 'pid' }] },
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(settings));
  const crun = ['crun', '--root', join(ground.folder, 'crun'), '--cgroup-manager=cgroupfs'];
  // A runtime's shim keeps the streams; here nobody reads them.
  const quiet = ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'sh'];
  runThere(place, ...quiet, ...crun, 'run', '--detach', '--bundle', bundle, id);
  const { pid } = JSON.parse(runThere(place, ...crun, 'state', id)) as { pid: number };
  const cgroup = cgroupOf(pid);
  ground.atEnd(() => {
    runThere(place, ...crun, 'delete', '--force', id);
    removeEmpty(cgroup);
  });
  return { id, cgroup };
}

/** Not one that this place may have in front of it. */
const dockerClient = '/usr/bin/docker';

export const noDocker: string | false =
  lacks('dockerd', 'docker.io') || (isHere(dockerClient) ? false : `${dockerClient} is not installed`);

export interface Docker {
  run(options: readonly string[], words: readonly string[]): Container;
}

export interface DockerOptions {
  /** Whether it makes its bridge and its firewall's rules. */
  readonly networks?: boolean;
  /** That of the daemon. Default: the test's own. */
  readonly cgroup?: Cgroup;
}

/** A daemon of its own, with an image of busybox. */
export async function startDocker(
  place: Place,
  { networks = false, cgroup }: DockerOptions = {},
): Promise<Docker> {
  const { ground, host, unified, root } = place;
  const own = join(ground.folder, 'docker');
  const socket = `unix://${join(own, 'socket')}`;
  mkdirSync(own);
  const folders = [
    '--data-root',
    join(own, 'data'),
    '--exec-root',
    join(own, 'exec'),
    '-p',
    join(own, 'pid'),
  ];
  const network = networks ? [] : ['--bridge', 'none', '--iptables=false', '--ip6tables=false'];
  const options = ['--storage-driver', 'vfs', '--exec-opt', 'native.cgroupdriver=cgroupfs', ...network];
  const where = [...(cgroup === undefined ? [] : inCgroup(cgroup)), ...unified, ...host.prefix];
  const [command, ...words] = [...where, 'dockerd', ...folders, '-H', socket, ...options];
  const child = spawn(command!, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  ground.atEnd(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000);
  });
  const docker = (...rest: readonly string[]) => runThere(place, dockerClient, '-H', socket, ...rest);
  const answers = () => spawnSync(dockerClient, ['-H', socket, 'version'], { stdio: 'ignore' }).status === 0;
  await until(
    'dockerd answers',
    () => answers() || child.exitCode !== null,
    () => said,
  );
  if (child.exitCode !== null) throw new Error(`dockerd ended: ${said}`);
  runThere(
    place,
    'sh',
    '-c',
    `tar -C "$0" -c . | ${dockerClient} -H "$1" import - busybox:here`,
    root,
    socket,
  );
  return {
    run(more, rest) {
      const id = docker('run', '-d', ...more, 'busybox:here', ...rest);
      const group = cgroupOf(Number(docker('inspect', '--format', '{{.State.Pid}}', id)));
      ground.atEnd(() => {
        docker('rm', '-f', id);
        removeEmpty(group);
      });
      return { id, cgroup: group };
    },
  };
}
