import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Cgroup } from '../../../../src/enrich/owners/cgroups/cgroup.js';
import type { Cgroups } from '../../../../src/enrich/owners/cgroups/cgroups.js';
import { commandIn, Processes, pidsOf } from '../../../../src/enrich/owners/cgroups/processes.js';
import { noCgroups } from '../../../support/cgroups.js';
import { until } from '../../../support/until.js';
import { type CgroupsRig, idOf, openCgroups } from './cgroups-rig.js';

const skip = noCgroups;

const none = { pid: -1, command: null };

interface Rig extends CgroupsRig {
  readonly processes: Processes;
  readonly group: Cgroup;
  /** What is told after another reading, ten seconds later. */
  read(): { pid: number; command: string | null };
  /** Starts a command in the group and waits until it has this name. */
  run(name: string, command: string, ...words: string[]): Promise<number>;
}

/** One group, `web.service`. */
function openProcesses(context: TestContext): Rig {
  const rig = openCgroups(context, ({ make }) => make('web.service'));
  let nowMs = 0;
  const processes = new Processes(() => nowMs);
  const group = find(rig.groups, idOf(`${rig.folder}/web.service`));
  return {
    ...rig,
    processes,
    group,
    read() {
      nowMs += 10_000;
      processes.of(group);
      processes.work(Number.POSITIVE_INFINITY);
      return processes.of(group);
    },
    async run(name, command, ...words) {
      const pid = await rig.start('web.service', command, ...words);
      await until(`it is ${name}`, () => readFileSync(`/proc/${pid}/comm`, 'utf8') === `${name}\n`);
      return pid;
    },
  };
}

function find(groups: Cgroups, id: number): Cgroup {
  const group = groups.find(id);
  assert.ok(group !== undefined);
  return group;
}

/** A shell that names itself so, and waits. */
function named(bytes: string): [command: string, ...words: string[]] {
  const octal = [...Buffer.from(bytes, 'latin1')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return ['sh', '-c', `printf '${octal.join('')}' > /proc/$$/comm; read -r line`];
}

test('a process alone has its number and its command, and keeps them when it has ended', {
  skip,
}, async (context) => {
  const { processes, group, read, run, remove } = openProcesses(context);
  assert.deepEqual(processes.of(group), none);
  assert.deepEqual(read(), none);
  const pid = await run('sleep', 'sleep', '0.3');
  const told = read();
  assert.deepEqual(told, { pid, command: 'sleep' });
  assert.equal(read(), told);
  await until('it ended', () => readFileSync(`${group.folder}/cgroup.procs`, 'utf8') === '');
  assert.equal(read(), told);
  remove('web.service');
  assert.equal(read(), told);
});

test('a process that follows another may not be whose socket it was', { skip }, async (context) => {
  const { group, read, run } = openProcesses(context);
  const isEmpty = () => readFileSync(`${group.folder}/cgroup.procs`, 'utf8') === '';
  const pid = await run('sleep', 'sleep', '0.3');
  assert.deepEqual(read(), { pid, command: 'sleep' });
  await until('it ended', isEmpty);
  await run('sleep', 'sleep', '0.3');
  assert.deepEqual(read(), { pid: -1, command: 'sleep' });
  await until('the second ended', isEmpty);
  await run('tail', 'tail', '-f', '/dev/null');
  assert.deepEqual(read(), { pid: -1, command: null });
});

test('is read again only when it is asked for, and was read a while ago', { skip }, async (context) => {
  const { processes, group, read, run } = openProcesses(context);
  await run('sleep', 'sleep', '600');
  for (let times = 0; times < 100; times++) processes.of(group);
  read();
  assert.equal(processes.counts.read, 1);
  for (let times = 0; times < 100; times++) processes.of(group);
  processes.work(Number.POSITIVE_INFINITY);
  assert.ok(processes.isIdle);
  assert.equal(processes.counts.read, 1);
  read();
  assert.equal(processes.counts.read, 2);
});

test('several with one command have that alone; with two, nothing for good', { skip }, async (context) => {
  const { processes, group, read, run } = openProcesses(context);
  const pid = await run('sleep', 'sleep', '600');
  assert.deepEqual(read(), { pid, command: 'sleep' });
  const second = await run('sleep', 'sleep', '600');
  assert.deepEqual(read(), { pid: -1, command: 'sleep' });
  const tail = await run('tail', 'tail', '-f', '/dev/null');
  assert.deepEqual(read(), none);
  for (const gone of [second, tail]) {
    process.kill(gone, 'SIGKILL');
    await until('it ended', () => !readFileSync(`${group.folder}/cgroup.procs`, 'utf8').includes(`${gone}`));
  }
  const before = processes.counts.read;
  assert.deepEqual(read(), none);
  assert.equal(processes.counts.read, before);
});

test('a group with very many processes is not looked at further', { skip }, async (context) => {
  const { processes, group, read, run } = openProcesses(context);
  await run('sh', 'sh', '-c', 'for i in $(seq 65); do sleep 600 & done; wait');
  const procs = () => readFileSync(`${group.folder}/cgroup.procs`, 'utf8').split('\n').length - 1;
  await until('all are there', () => procs() === 66);
  assert.deepEqual(read(), none);
  assert.equal(processes.counts.tooMany, 1);
  assert.deepEqual(read(), none);
  assert.equal(processes.counts.tooMany, 1);
  writeFileSync(`${group.folder}/cgroup.kill`, '1');
});

test('commands may be any bytes', { skip }, async (context) => {
  for (const [bytes, shown] of [
    ['a\nb', 'a\\x0ab'],
    ['\x1b[2J', '\\x1b[2J'],
    ['\xff"\\', '\\xff"\\'],
    ['n\xc3\xa4he', 'nähe'],
  ] as const) {
    const rig = openProcesses(context);
    const pid = await rig.start('web.service', ...named(bytes));
    const comm = () => readFileSync(`/proc/${pid}/comm`, 'latin1');
    await until('it has its name', () => comm() === `${bytes}\n`);
    assert.deepEqual(rig.read(), { pid, command: shown });
  }
});

test('threaded groups, groups that are gone and other groups of their name tell nothing', {
  skip,
}, async (context) => {
  const { processes, groups, folder, read, make, run, remove } = openProcesses(context);
  writeFileSync(`${make('domain/threaded')}/cgroup.type`, 'threaded');
  await until('it is known', () => groups.find(idOf(`${folder}/domain/threaded`)) !== undefined);
  const threaded = find(groups, idOf(`${folder}/domain/threaded`));
  processes.of(threaded);
  processes.work(Number.POSITIVE_INFINITY);
  assert.deepEqual(processes.of(threaded), none);
  assert.equal(processes.counts.unreadable, 1);

  remove('web.service');
  make('web.service');
  await run('sleep', 'sleep', '600');
  assert.deepEqual(read(), none);
});

test('a list that changes while it is read counts for nothing', { skip }, async (context) => {
  const { processes, group, read, run } = openProcesses(context);
  // Each of its processes ends at once, and another one begins.
  await run('sh', 'sh', '-c', 'while :; do /bin/true; done');
  await until('it was seen changing', () => {
    group.processes = undefined;
    const before = processes.counts.changed;
    const told = read();
    if (processes.counts.changed > before) assert.deepEqual(told, none);
    return processes.counts.changed > before;
  });
});

test('lists and commands are read as they are', () => {
  assert.deepEqual(pidsOf(''), []);
  assert.deepEqual(pidsOf('1\n4194304\n'), [1, 4_194_304]);
  assert.deepEqual(pidsOf('0\n17\n'), [-1, 17]);
  assert.deepEqual(pidsOf('x\n-1\n1 2\n99999999999\n3'), [3]);
  assert.equal(commandIn('nginx\n'), 'nginx');
  assert.equal(commandIn('\n\n'), '\\x0a');
});
