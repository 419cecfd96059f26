import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { noCgroups } from '../../../support/cgroups.js';
import { seededRandom } from '../../../support/random.js';
import { until } from '../../../support/until.js';
import { idOf, inotifyWatches, keepMs, openCgroups } from './cgroups-rig.js';

const skip = noCgroups;

test('2,000 groups and 2,000 later ones have their paths by one walk', { skip }, async (context) => {
  const names = Array.from({ length: 2_000 }, (_, i) => `s${i % 20}.slice/t${i % 200}.slice/u${i}.service`);
  const expected = new Map<number, string>();
  const { groups, pathOf, make } = openCgroups(context, (rig) => {
    for (const name of names) expected.set(idOf(rig.make(name)), `/${name}`);
  });
  for (const [id, path] of expected) assert.equal(pathOf(id), path);
  // Each with two new levels above, so that most are made before anybody listens there.
  const later = names.map((name) => `later/${name.replace('.slice', 'x.slice')}`);
  const ids = later.map((name) => idOf(make(name)));
  await until('the last one is known', () => pathOf(ids.at(-1)!) !== undefined);
  assert.deepEqual(
    ids.map(pathOf),
    later.map((name) => `/${name}`),
  );
  assert.deepEqual({ ...groups.counts, known: 0, watched: 0 }, nothingMissed);
  assert.equal(groups.counts.known, 1 + 20 + 200 + 2_000 + 1 + 20 + 200 + 2_000);
  assert.equal(groups.counts.watched, groups.counts.known);
});

const chown = (folder: string, userId: number) => chownSync(folder, userId, userId);

const nothingMissed = {
  known: 0,
  unknown: 0,
  leftOut: 0,
  unreadable: 0,
  walks: 1,
  watched: 0,
  refused: 0,
  muted: 0,
};

test('names of removed groups are kept while they are asked for, and nothing else of them', {
  skip,
}, async (context) => {
  const watchesBefore = inotifyWatches();
  const { groups, pathOf, pass, make, remove } = openCgroups(context);
  const first = idOf(make('a.slice/b.slice/c.service'));
  const second = idOf(make('a.slice/d.service'));
  await until('both are known', () => pathOf(first) !== undefined && pathOf(second) !== undefined);
  pass(1_000);
  remove('a.slice');
  await until('they are gone', () => groups.counts.known === 1);
  assert.equal(inotifyWatches(), watchesBefore + 1);
  pass(keepMs);
  assert.deepEqual([first, second].map(pathOf), ['/a.slice/b.slice/c.service', '/a.slice/d.service']);
  pass(keepMs);
  assert.equal(pathOf(first), '/a.slice/b.slice/c.service');
  pass(1_001);
  assert.equal(pathOf(second), undefined);
  pass(keepMs);
  assert.equal(pathOf(first), undefined);
  groups.close();
  assert.equal(inotifyWatches(), watchesBefore);
});

test('a group of an earlier name is another group', { skip }, async (context) => {
  const { pathOf, make, remove, groups } = openCgroups(context);
  const ids: number[] = [];
  for (let round = 0; round < 50; round++) {
    ids.push(idOf(make('web.service/inner')));
    if (round % 2 === 0) await until('it is known', () => pathOf(ids.at(-1)!) !== undefined);
    remove('web.service');
  }
  const last = idOf(make('web.service/inner'));
  await until('the last one is known', () => pathOf(last) !== undefined);
  await until('all but three are gone', () => groups.counts.known === 3);
  const known = ids.filter((id) => pathOf(id) === '/web.service/inner').length;
  assert.ok(known >= 25, `${known} of 50 were seen`);
  assert.equal(new Set(ids).size, 50);
});

test('groups that come and go at random are those that are there in the end', { skip }, async (context) => {
  const random = seededRandom(16);
  const { groups, pathOf, make, folder, pass } = openCgroups(context, (rig) => rig.make('a.slice'));
  const there = new Map([['a.slice', idOf(`${folder}/a.slice`)]]);
  const seen = new Map<number, string>();
  for (let step = 0; step < 2_000; step++) {
    const all = [...there.keys()];
    const path = all[random() % all.length]!;
    const isLeaf = !all.some((other) => other.startsWith(`${path}/`));
    if (random() % 5 < 3 && isLeaf && path !== 'a.slice') {
      rmdirSync(`${folder}/${path}`);
      there.delete(path);
    } else if (path.split('/').length < 8) {
      const name = `${path}/${random() % 4}.service`;
      if (!there.has(name)) there.set(name, idOf(make(name)));
    }
    if (random() % 20 === 0) await turn();
    if (random() % 300 === 0) pass(1_000);
    const id = there.get(path);
    if (id !== undefined && pathOf(id) !== undefined) seen.set(id, `/${path}`);
  }
  await until('all are known', () => groups.counts.known === there.size + 1);
  for (const [path, id] of there) assert.equal(pathOf(id), `/${path}`);
  for (const [id, path] of seen) assert.equal(pathOf(id), path);
  const gone = [...seen.keys()].filter((id) => ![...there.values()].includes(id)).length;
  assert.ok(gone > 50 && there.size > 50, `${gone} gone, ${there.size} there`);
  assert.equal(groups.counts.watched, groups.counts.known);
});

test('an unknown id is searched for once, and walks are rare', { skip }, async (context) => {
  const { groups, pathOf, pass, make, remove } = openCgroups(context);
  const missed = idOf(make('short.service'));
  remove('short.service');
  assert.equal(pathOf(missed), undefined);
  await turn();
  pass(9_000);
  assert.deepEqual([groups.walks, groups.counts.unknown], [1, 0]);
  pass(1_000);
  assert.deepEqual([groups.walks, groups.counts.unknown], [2, 1]);
  for (let round = 0; round < 5; round++) {
    assert.equal(pathOf(missed), undefined);
    pass(10_000);
  }
  assert.equal(groups.walks, 2);
  pathOf(missed + 1_000_000);
  pass(0);
  assert.deepEqual([groups.walks, groups.counts.unknown], [3, 2]);
  pass(600_000);
  assert.equal(groups.walks, 4);
});

test('what inotify lost is found by a walk', { skip }, async (context) => {
  const { groups, pathOf, pass, make, remove, folder } = openCgroups(context, (rig) =>
    rig.make('old.service'),
  );
  // Two events each, without a turn of the event loop: more than the kernel keeps (fs.inotify.max_queued_events).
  for (let i = 0; i < 8_500; i++) {
    mkdirSync(`${folder}/x`);
    rmdirSync(`${folder}/x`);
  }
  const late = idOf(make('a.slice/late.service'));
  remove('old.service');
  await turn();
  await turn();
  assert.equal(pathOf(late), undefined);
  pass(10_000);
  assert.equal(pathOf(late), '/a.slice/late.service');
  assert.deepEqual([groups.walks, groups.counts.known], [2, 3]);
  const later = idOf(make('a.slice/later.service'));
  await until('it listens as before', () => pathOf(later) !== undefined);
});

test('what is delegated takes no room of others', { skip }, async (context) => {
  const limits = { mostGroups: 60, mostDelegated: 30, mostOfShare: 10 };
  const { groups, pathOf, pass, make, remove } = openCgroups(
    context,
    (rig) => {
      for (const userId of [1_000, 1_001, 1_002, 1_003]) {
        const own = rig.make(`user-${userId}.slice`);
        // Whoever is root in a user namespace gives them to any of its users.
        for (let i = 0; i < 100; i++) chown(rig.make(`user-${userId}.slice/${i}`), userId + 1_000 * i);
        chown(own, userId);
      }
    },
    limits,
  );
  assert.equal(groups.counts.known, 1 + 30);
  assert.ok(groups.counts.leftOut > 0);
  const system = Array.from({ length: 29 }, (_, i) => idOf(make(`system.slice/${i}.service`)));
  const known = () => system.filter((id) => pathOf(id) !== undefined).length;
  await until('all are known but one', () => known() === 28);
  assert.equal(groups.counts.known, 60);
  // What a share has removed makes room for others' when it is forgotten.
  remove('user-1000.slice');
  await until('they are gone', () => groups.counts.known === 50);
  pass(keepMs + 1);
  pass(10_000);
  assert.equal(groups.counts.known, 60);
});

test('what is given away after it was made is delegated, too', { skip }, async (context) => {
  const { groups, pathOf, make } = openCgroups(context, ({ make }) => make('user.slice'), {
    mostOfShare: 10,
  });
  const own = make('user.slice/user@1000.service');
  await until('it is known', () => pathOf(idOf(own)) !== undefined);
  chown(own, 1_000);
  for (let i = 0; i < 20; i++) chown(make(`user.slice/user@1000.service/${i}`), 1_000 + i);
  await until('the others are left out', () => groups.counts.leftOut >= 11);
  assert.equal(groups.counts.known, 2 + 10);
});

test('each container has room for a system of its own', { skip }, (context) => {
  const limits = { mostOfShare: 10 };
  const { groups } = openCgroups(
    context,
    (rig) => {
      for (let i = 0; i < 50; i++) {
        chown(rig.make(`lxc.payload.${i}`), 1_000_000);
        for (let j = 0; j < 9; j++) chown(rig.make(`lxc.payload.${i}/${j}.service`), 1_000_000);
      }
    },
    limits,
  );
  assert.deepEqual([groups.counts.known, groups.counts.leftOut], [501, 0]);
});

test('groups nest as deep as may be', { skip }, (context) => {
  const level = (number: number) => Array.from({ length: number }, (_, i) => i).join('/');
  const { groups, pathOf, folder } = openCgroups(context, (rig) => rig.make(level(70)));
  assert.equal(pathOf(idOf(`${folder}/${level(64)}`)), `/${level(64)}`);
  assert.equal(pathOf(idOf(`${folder}/${level(65)}`)), undefined);
  assert.equal(groups.counts.known, 65);
  assert.equal(groups.counts.leftOut, 1);
});

test('paths that are too long for the kernel are left out', { skip }, (context) => {
  // By one level at a time: a shell would name the whole path.
  const inEach = (folder: string, ...steps: string[]) => {
    const loops = steps.map((step) => `for (let i = 0; i < 20; i++) { ${step} }`);
    const script = `process.chdir('${folder}'); ${loops.join(' ')}`;
    assert.equal(spawnSync(process.execPath, ['-e', script], { stdio: 'inherit' }).status, 0);
  };
  const name = '0'.repeat(250);
  const { groups, folder, pathOf } = openCgroups(context, (rig) => {
    inEach(rig.folder, `fs.mkdirSync('${name}'); process.chdir('${name}')`);
  });
  try {
    assert.equal(groups.counts.known, 1 + Math.floor((4_095 - folder.length) / 251));
    assert.ok(groups.counts.unreadable + groups.counts.refused > 0);
    assert.equal(pathOf(idOf(`${folder}/${name}/${name}`)), `/${name}/${name}`);
  } finally {
    inEach(folder, `process.chdir('${name}')`, `process.chdir('..'); fs.rmdirSync('${name}')`);
  }
});

test('names may be any bytes', { skip }, async (context) => {
  const names = ['a\tb', '"\'\\', '\x1b[31m', 'gr\xc3\xb6\xc3\x9fe', '\xff\xfe', ' ', '-rf', 'x'.repeat(255)];
  const shown = ['a\\x09b', '"\'\\', '\\x1b[31m', 'größe', '\\xff\\xfe', ' ', '-rf', 'x'.repeat(255)];
  const { pathOf, make, remove } = openCgroups(context, (rig) => {
    for (const name of names.slice(0, 4)) rig.make(name);
  });
  const ids = names.map((name) => idOf(make(name)));
  await until('the last one is known', () => pathOf(ids.at(-1)!) !== undefined);
  assert.deepEqual(
    ids.map(pathOf),
    shown.map((name) => `/${name}`),
  );
  for (const name of names) remove(name);
});

test('who makes a noise in groups of its own is not listened to for a while', { skip }, async (context) => {
  const { groups, pathOf, pass, make, folder } = openCgroups(
    context,
    (rig) => {
      for (const name of ['own', 'own/a', 'own/b']) chown(rig.make(name), 1_000);
      rig.make('system.slice');
    },
    { mostEventsOfDelegated: 50, mostEventsOfShare: 70 },
  );
  const shout = async (name: string) => {
    for (let i = 0; i < 100; i++) {
      writeFileSync(`${folder}/${name}/cgroup.max.depth`, `${i}`);
      writeFileSync(`${folder}/${name}/cgroup.max.descendants`, 'max');
    }
    await turn();
    await turn();
  };
  const watched = inotifyWatches();
  await shout('system.slice');
  assert.equal(groups.counts.muted, 0);
  await shout('own/a');
  assert.equal(groups.counts.muted, 1);
  await shout('own/b');
  assert.equal(groups.counts.muted, 2);
  // The whole share is too loud now: at the next event of any directory it is no longer listened to.
  const unheard = idOf(make('own/c'));
  await until('it is muted', () => groups.counts.muted === 3);
  assert.equal(pathOf(unheard), undefined);
  assert.equal(inotifyWatches(), watched - 3);
  const heard = idOf(make('system.slice/web.service'));
  await until('others are heard', () => pathOf(heard) !== undefined);
  pass(10_000);
  assert.equal(pathOf(unheard), '/own/c');
  const later = idOf(make('own/a/later'));
  await until('it is heard again', () => pathOf(later) !== undefined);
  assert.deepEqual([groups.walks, groups.counts.watched], [2, groups.counts.known]);
});
