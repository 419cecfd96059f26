import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Owner } from '../../../src/record/owner.js';
import { type CgroupRig, cgroupFolder, createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { withoutRights } from '../../support/rights.js';
import { until } from '../../support/until.js';

const script = fileURLToPath(new URL('catalog-process.js', import.meta.url));
const id = '91c57c2ae87a8d57123bbb3083b3e158b911c4fd485da131f636f83f979b092c';

interface CatalogProcess {
  ownerOf(group: number): Promise<Owner>;
  counts(): Promise<Record<string, number>>;
}

interface Rig extends CgroupRig {
  /**
   * Starts a catalog for `folder`, or for the mount that it finds, behind `before`: a command's first words; or a shell's, in which "$@" is
   * the catalog, in a mount namespace of its own.
   */
  catalog(before: readonly string[] | string, folder?: string): CatalogProcess;
}

function openRig(context: TestContext): Rig {
  const rig = createCgroupRig('others');
  const children: ChildProcess[] = [];
  context.after(async () => {
    for (const child of children) {
      child.stdin!.end();
      // What a catalog has open keeps its process from nothing.
      if (child.exitCode === null) await once(child, 'exit');
      assert.equal(child.exitCode, 0);
    }
    await rig.close();
  });
  return {
    ...rig,
    catalog(before, folder = '') {
      const inShell = typeof before === 'string' ? ['unshare', '-m', 'sh', '-ec', before, 'sh'] : before;
      const [command, ...words] = [...inShell, process.execPath, script, folder];
      const child = spawn(command!, words, { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const ask = async (line: string) => {
        child.stdin.write(`${line}\n`);
        return JSON.parse((await lines.next()).value);
      };
      return { ownerOf: (group) => ask(`${group} 0`), counts: () => ask('counts') };
    },
  };
}

const idOf = (folder: string) => lstatSync(folder).ino;

test('nobody sees names and commands, and what it may not read is counted', {
  skip: noCgroups,
}, async (context) => {
  const rig = openRig(context);
  const web = idOf(rig.make('system.slice/web.service'));
  const closed = rig.make('closed');
  const inside = idOf(rig.make('closed/inside.service'));
  chmodSync(closed, 0o700);
  const pid = await rig.start('system.slice/web.service', 'sleep', '600');
  const catalog = rig.catalog(withoutRights, rig.folder);
  await until('the command is known', async () => (await catalog.ownerOf(web)).command === 'sleep');
  const { name, pid: told, cgroup } = await catalog.ownerOf(web);
  assert.deepEqual(
    { name, told, cgroup },
    { name: 'web.service', told: pid, cgroup: '/system.slice/web.service' },
  );
  const later = idOf(rig.make('system.slice/later.service'));
  await until('a later group is known', async () => (await catalog.ownerOf(later)).name === 'later.service');
  assert.equal((await catalog.ownerOf(idOf(closed))).cgroup, '/closed');
  assert.equal((await catalog.ownerOf(inside)).cgroup, null);
  const counts = await catalog.counts();
  assert.ok(counts['unreadable']! > 0, JSON.stringify(counts));
});

test('where processes are hidden, one alone is told without its command', {
  skip: noCgroups,
}, async (context) => {
  const rig = openRig(context);
  const web = idOf(rig.make('web.service'));
  const pid = await rig.start('web.service', 'sleep', '600');
  const hide = `mount -t proc -o hidepid=2 proc /proc && exec ${withoutRights.join(' ')} "$@"`;
  const catalog = rig.catalog(hide, rig.folder);
  await until('the process is known', async () => (await catalog.ownerOf(web)).pid !== -1);
  const owner = await catalog.ownerOf(web);
  assert.deepEqual({ pid: owner.pid, command: owner.command }, { pid, command: null });
  assert.equal((await catalog.counts())['processesHidden'], 1);
});

for (const [limit, most] of [
  ['max_inotify_watches', 2],
  ['max_inotify_instances', 0],
] as const) {
  test(`with ${limit} at ${most} walks find later groups`, { skip: noCgroups }, async (context) => {
    const rig = openRig(context);
    const first = idOf(rig.make('a.slice/b.slice/first.service'));
    const limited = `echo ${most} > /proc/sys/user/${limit} && exec "$@"`;
    const catalog = rig.catalog(['unshare', '-Ur', 'sh', '-ec', limited, 'sh'], rig.folder);
    await until('it is known', async () => (await catalog.ownerOf(first)).name === 'first.service');
    const later = idOf(rig.make('a.slice/b.slice/later.service'));
    await until('a walk found it', async () => (await catalog.ownerOf(later)).name === 'later.service');
    const known = (await catalog.counts())['known']!;
    rig.remove('a.slice/b.slice/first.service');
    await until('a walk missed it', async () => {
      await catalog.ownerOf(later);
      return (await catalog.counts())['known'] === known - 1;
    });
    assert.equal((await catalog.ownerOf(first)).name, 'first.service');
    const { refused, walks, watched } = await catalog.counts();
    assert.ok(refused! > 0 && walks! > 2 && watched! <= most, JSON.stringify({ refused, walks, watched }));
  });
}

test('in a control-group namespace only what is in it has a name', { skip: noCgroups }, async (context) => {
  const rig = openRig(context);
  const outside = idOf(rig.make('outside.service'));
  const own = rig.make(`docker/${id}`);
  const inside = idOf(rig.make(`docker/${id}/system.slice/web.service`));
  const enter = `echo $$ > ${own}/cgroup.procs && umount -l ${cgroupFolder}
    exec unshare -C sh -ec 'mount -t cgroup2 none ${cgroupFolder} && exec "$@"' sh "$@"`;
  const catalog = rig.catalog(enter);
  await until('it is known', async () => (await catalog.ownerOf(inside)).cgroup !== null);
  const { kind, name, cgroup } = await catalog.ownerOf(inside);
  assert.deepEqual([kind, name, cgroup], ['unit', 'web.service', '/system.slice/web.service']);
  assert.equal((await catalog.ownerOf(idOf(own))).cgroup, '/');
  assert.equal((await catalog.ownerOf(outside)).cgroup, null);
  await until('it was searched for', async () => (await catalog.counts())['unknown'] === 1);
});

test('where a part of the hierarchy is mounted, paths are whole', { skip: noCgroups }, async (context) => {
  const rig = openRig(context);
  const own = rig.make(`docker/${id}`);
  const inside = idOf(rig.make(`docker/${id}/child`));
  const bind = `mount --bind ${own} /mnt && umount -l ${cgroupFolder} && exec "$@"`;
  const catalog = rig.catalog(bind);
  await until('it is known', async () => (await catalog.ownerOf(inside)).cgroup !== null);
  for (const [group, path] of [
    [inside, `${rig.path}/docker/${id}/child`],
    [idOf(own), `${rig.path}/docker/${id}`],
  ] as const) {
    const { kind, container, cgroup } = await catalog.ownerOf(group);
    assert.deepEqual({ kind, container, cgroup }, { kind: 'container', container: id, cgroup: path });
  }
});
