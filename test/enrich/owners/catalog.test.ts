import assert from 'node:assert/strict';
import { lstatSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { OwnerCatalog } from '../../../src/enrich/owners/catalog.js';
import { OwnerNumbers } from '../../../src/enrich/owners/kept-owners.js';
import { type CatalogOptions, openOwnerCatalog } from '../../../src/enrich/owners/open-catalog.js';
import { type CgroupRig, cgroupFolder, createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const id = '91c57c2ae87a8d57123bbb3083b3e158b911c4fd485da131f636f83f979b092c';

async function openRig(
  context: TestContext,
  options: Partial<CatalogOptions> = {},
): Promise<{ rig: CgroupRig; open: () => Promise<OwnerCatalog> }> {
  const rig = createCgroupRig('catalog');
  const opened: OwnerCatalog[] = [];
  context.after(async () => {
    for (const catalog of opened) catalog.close();
    await rig.close();
  });
  const open = async () => {
    opened.push(await openOwnerCatalog({ keepMs: 60_000, ...options }));
    return opened.at(-1)!;
  };
  return { rig, open };
}

const folder = temporaryFolder();
const idOf = (folder: string) => lstatSync(folder).ino;
const noProcess = { pid: -1, command: null };

test('groups that are there, and later ones, have their names', { skip: noCgroups }, async (context) => {
  const { rig, open } = await openRig(context);
  const nginx = idOf(rig.make('system.slice/nginx.service'));
  const catalog = await open();
  await until('the walk is over', () => catalog.ownerOf(nginx, 33).kind !== 'user');
  const { number } = catalog.ownerOf(nginx, 33);
  assert.deepEqual(catalog.ownerOf(nginx, 33), {
    number,
    kind: 'unit',
    name: 'nginx.service',
    unit: 'nginx.service',
    container: null,
    pod: null,
    cgroup: `${rig.path}/system.slice/nginx.service`,
    userId: 33,
    ...noProcess,
  });
  const later = idOf(rig.make(`docker/${id}/system.slice/web.service`));
  await until('the new group is known', () => catalog.ownerOf(later, 0).kind !== 'user');
  assert.deepEqual(catalog.ownerOf(later, 0), {
    ...catalog.ownerOf(nginx, 33),
    number: catalog.ownerOf(later, 0).number,
    name: 'web.service',
    unit: 'web.service',
    container: id,
    cgroup: `${rig.path}/docker/${id}/system.slice/web.service`,
    userId: 0,
  });
  assert.notEqual(catalog.ownerOf(later, 0).number, number);
  assert.equal(catalog.counts['walks'], 1);
  assert.match(catalog.inWords, /^\d+ control groups by name, 0 unknown ids$/);
});

test('what is not known is told by its user', { skip: noCgroups }, async (context) => {
  const { open } = await openRig(context);
  const catalog = await open();
  const byUser = { kind: 'user', unit: null, container: null, pod: null, ...noProcess };
  assert.deepEqual(catalog.ownerOf(0, 0), { ...byUser, number: 1, name: 'root', cgroup: null, userId: 0 });
  assert.deepEqual(catalog.ownerOf(0, 61_184), {
    ...byUser,
    number: 2,
    name: '61184',
    cgroup: null,
    userId: 61_184,
  });
  assert.deepEqual(catalog.ownerOf(2 ** 50, 0), {
    ...byUser,
    number: 1,
    name: 'root',
    cgroup: null,
    userId: 0,
  });
  const root = idOf(cgroupFolder);
  assert.deepEqual(catalog.ownerOf(root, 0), { ...byUser, number: 1, name: 'root', cgroup: '/', userId: 0 });
  assert.equal(catalog.ownerOf(root, -1).name, 'unknown');
  assert.equal(catalog.ownerOf(root, 0), catalog.ownerOf(root, 0));
});

test('a process and its command show', { skip: noCgroups }, async (context) => {
  const { rig, open } = await openRig(context);
  const group = idOf(rig.make('one.service'));
  const pid = await rig.start('one.service', 'sleep', '600');
  await until('the shell became sleep', () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
  const catalog = await open();
  await until('the walk is over', () => catalog.ownerOf(group, 0).kind !== 'user');
  const first = catalog.ownerOf(group, 0);
  await until('its command is known', () => catalog.ownerOf(group, 0).command !== null);
  const owner = catalog.ownerOf(group, 0);
  assert.deepEqual(owner, { ...first, pid, command: 'sleep' });
  assert.equal(catalog.ownerOf(group, 0), owner);
});

test('owners are the same objects until something changes', { skip: noCgroups }, async (context) => {
  const passwd = folder.file('passwd', 'alice:x:61184:\n');
  let nowMs = 0;
  const { rig, open } = await openRig(context, { passwd, nowMs: () => nowMs });
  const group = idOf(rig.make('web.service'));
  const catalog = await open();
  const owners = () => [
    catalog.ownerOf(group, 61_184),
    catalog.ownerOf(group, 0),
    catalog.ownerOf(0, 61_184),
  ];
  const [first, ofRoot, byUser] = owners();
  assert.deepEqual(owners(), [first, ofRoot, byUser]);
  owners().forEach((owner, i) => {
    assert.equal(owner, [first, ofRoot, byUser][i]);
  });
  assert.deepEqual(ofRoot, { ...first, userId: 0 });
  assert.equal(byUser!.name, 'alice');
  folder.file('passwd', 'anne:x:61184:\n');
  nowMs += 10_000;
  await until('the new name is told', () => catalog.ownerOf(0, 61_184).name === 'anne');
  assert.notEqual(catalog.ownerOf(0, 61_184).number, byUser!.number);
  assert.equal(catalog.ownerOf(group, 61_184).number, first!.number);
});

test('numbers are never given twice, not even when there were very many names', () => {
  const numbers = new OwnerNumbers();
  const first = numbers.of('unit', 'a.service');
  assert.equal(numbers.of('unit', 'a.service'), first);
  assert.notEqual(numbers.of('cgroup', 'a.service'), first);
  const seen = new Set([first]);
  for (let i = 0; i < 70_000; i++) {
    const number = numbers.of('cgroup', `/${i}`);
    assert.ok(!seen.has(number));
    seen.add(number);
  }
  assert.equal(numbers.generation, 1);
  assert.ok(!seen.has(numbers.of('unit', 'a.service')));
});

test('without control groups users alone are known', async (context) => {
  const catalog = await openOwnerCatalog({ keepMs: 0, mount: 'not mounted' });
  context.after(() => catalog.close());
  assert.equal(catalog.ownerOf(7, 0).name, 'root');
  assert.equal(catalog.inWords, 'no control groups by name: not mounted');
});

test('the owners of so many users are kept, then all are made anew', { skip: noCgroups }, async (context) => {
  const { rig, open } = await openRig(context);
  const group = idOf(rig.make('many.service'));
  const catalog = await open();
  await until('the walk is over', () => catalog.ownerOf(group, 0).kind !== 'user');
  for (const [id, most] of [
    [group, 64],
    [0, 4_096],
  ] as const) {
    const users = Array.from({ length: most }, (_, userId) => userId);
    const owners = users.map((userId) => catalog.ownerOf(id, userId));
    assert.ok(users.every((userId) => catalog.ownerOf(id, userId) === owners[userId]));
    catalog.ownerOf(id, most);
    assert.notEqual(catalog.ownerOf(id, 1), owners[1]);
    assert.deepEqual(catalog.ownerOf(id, 1), owners[1]);
  }
});
