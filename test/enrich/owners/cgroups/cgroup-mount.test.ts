import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { test } from 'node:test';
import { cgroupMounts, findCgroupMount } from '../../../../src/enrich/owners/cgroups/cgroup-mount.js';
import { cgroupFolder, noCgroups } from '../../../support/cgroups.js';

const line = (root: string, folder: string, rest = ' - cgroup2 cgroup2 rw,nsdelegate') =>
  `38 31 0:41 ${root} ${folder} rw,nosuid,nodev,noexec,relatime${rest}\n`;

for (const [what, mountinfo, expected] of [
  ['the unified hierarchy', line('/', '/sys/fs/cgroup'), [{ folder: '/sys/fs/cgroup', root: '/' }]],
  [
    'a hybrid one, beside those of version 1',
    line('/', '/sys/fs/cgroup/cpu', ' - cgroup cgroup rw,cpu') +
      line('/', '/sys/fs/cgroup/unified') +
      line('/', '/sys/fs/cgroup', ' - tmpfs tmpfs rw'),
    [{ folder: '/sys/fs/cgroup/unified', root: '/' }],
  ],
  [
    'optional fields before the dash',
    line('/', '/sys/fs/cgroup', ' shared:9 master:1 propagate_from:2 - cgroup2 - rw'),
    [{ folder: '/sys/fs/cgroup', root: '/' }],
  ],
  [
    "a container's, and a part of one",
    line('/../..', '/sys/fs/cgroup') + line('/docker/91c5', '/host/cgroup'),
    [
      { folder: '/host/cgroup', root: '/docker/91c5' },
      { folder: '/sys/fs/cgroup', root: '/../..' },
    ],
  ],
  [
    'letters that would part its fields',
    line('/a\\040b', '/mnt/c\\040d\\011\\012\\134\\303\\266'),
    [{ folder: '/mnt/c d\t\n\\\xc3\xb6', root: '/a b' }],
  ],
  ['none', line('/', '/proc', ' - proc proc rw'), []],
  ['lines that are cut', line('/', '/sys/fs/cgroup').slice(0, 40), []],
  ['nothing', '', []],
] as const) {
  test(`a mountinfo with ${what}`, () => assert.deepEqual(cgroupMounts(mountinfo), expected));
}

test('the mount is found by what is there, not by what is said', { skip: noCgroups }, () => {
  const true_ = { folder: cgroupFolder, root: '/', prefix: '', isWhole: true };
  assert.deepEqual(
    findCgroupMount(() => line('/', cgroupFolder)),
    true_,
  );
  assert.deepEqual(
    findCgroupMount(
      () => line('/', '/proc') + line('/', '/no/such') + line('/', cgroupFolder) + line('/x', '/tmp'),
    ),
    true_,
  );
  assert.deepEqual(
    findCgroupMount(() => line('/../..', cgroupFolder)),
    { ...true_, root: '/../..' },
  );
  assert.equal(lstatSync(cgroupFolder).ino, 1);
});

test('says why there is none', () => {
  const version1 = line('/', '/sys/fs/cgroup/cpu', ' - cgroup cgroup rw,cpu');
  assert.equal(
    findCgroupMount(() => version1),
    'version 1 alone is mounted',
  );
  assert.equal(
    findCgroupMount(() => line('/', '/no/such')),
    'not mounted',
  );
  assert.equal(
    findCgroupMount(() => ''),
    'not mounted',
  );
  assert.equal(
    findCgroupMount(() => {
      throw new Error('EACCES');
    }),
    'mountinfo cannot be read',
  );
});
