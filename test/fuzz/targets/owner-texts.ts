/** What names owners: mountinfo, names of directories, /etc/passwd, cgroup.procs and commands, each as bytes that anybody may choose. */
import assert from 'node:assert/strict';
import { cgroupMounts } from '../../../src/enrich/owners/cgroups/cgroup-mount.js';
import { ownerNames } from '../../../src/enrich/owners/cgroups/cgroup-names.js';
import { pidsOf } from '../../../src/enrich/owners/cgroups/processes.js';
import { shownText } from '../../../src/enrich/owners/shown-text.js';
import { usersOf } from '../../../src/enrich/owners/users.js';
import { ownerKinds } from '../../../src/record/owner.js';
import { bytesOf, type Target, textOf } from './target.js';

const mostCharacters = 128;
const mostUserCharacters = 64;
const unseen = /[\p{C}\p{Zl}\p{Zp}]/u;

function run(input: Uint8Array): void {
  const bytes = Buffer.from(input).toString('latin1');
  const shown = shownText(bytes);
  assertSeen(shown);
  checkMounts(bytes);
  checkNames(`/${shown}`);
  checkUsers(textOf(input));
  const pids = pidsOf(bytes);
  for (const pid of pids) assert.ok(pid === -1 || (Number.isSafeInteger(pid) && pid > 0), `${pid}`);
}

function checkMounts(mountinfo: string): void {
  const mounts = cgroupMounts(mountinfo);
  assert.ok(mounts.length <= mountinfo.split('\n').length);
  for (const { folder, root } of mounts) assert.ok(folder !== undefined && root !== undefined);
}

/** As the catalog asks: of a path whose parts can be shown. */
function checkNames(path: string): void {
  const { kind, name, unit, container, pod } = ownerNames(path);
  assert.ok(ownerKinds.includes(kind));
  assert.ok(name.length <= Math.max(mostCharacters, unit?.length ?? 0, container?.length ?? 0));
  assert.equal(name === '', kind === 'user');
  if (kind === 'unit') assert.equal(name, unit);
  if (kind === 'pod') assert.equal(name, pod);
  if (kind === 'container') assert.ok(container?.startsWith(name));
  for (const text of [name, unit, container, pod]) if (text !== null) assertSeen(text);
  // What is told is in the path: nobody's name is made up.
  for (const text of [unit, container]) if (text !== null) assert.ok(path.includes(text));
}

function checkUsers(passwd: string): void {
  for (const [id, name] of usersOf(passwd)) {
    assert.ok(Number.isSafeInteger(id) && id >= 0, `${id}`);
    assert.ok(name !== '' && name.length <= mostUserCharacters);
    assertSeen(name);
  }
}

function assertSeen(text: string): void {
  assert.doesNotMatch(text, unseen);
}

const id = 'a1b2c3d4'.repeat(8);
const uid = '0d4f1e62-7b3a-4c5d-8e9f-0a1b2c3d4e5f';

export const ownerTexts: Target = {
  name: 'owner-texts',
  seeds: () =>
    [
      '38 31 0:41 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n39 31 0:42 /../.. /mnt/a\\040b rw - cgroup2 none rw\n',
      '31 24 0:27 / /sys/fs/cgroup ro,nosuid master:4 - tmpfs tmpfs ro,mode=755\n32 31 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n',
      'system.slice/nginx.service',
      'user.slice/user-1000.slice/session-3.scope',
      `system.slice/docker-${id}.scope/kubelet.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope`,
      `kubepods/besteffort/pod${uid}/${id}`,
      `machine.slice/libpod-${id}.scope/container`,
      'system.slice/a\\x2db@c.service\x1b[2J/\u202eevil.service',
      'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n\x1b[31mred:x:1000:1000\nz:x:4294967295:0\n',
      '1\n17\n4194304\n',
      'nginx\n',
    ].map(bytesOf),
  words: [
    ...[
      '.service',
      '.scope',
      '.slice',
      '.slice:',
      'docker-',
      'libpod-',
      'cri-containerd-',
      'crio-',
      'kubepods',
    ],
    ...[
      `pod${uid}`,
      id,
      '/docker/',
      '/lxc/',
      'lxc.payload.',
      'init.scope',
      '_cpu.service',
      ' - cgroup2 ',
      ' - ',
    ],
    ...[
      '\\040',
      '\\012',
      '\\134',
      '/../..',
      '\n',
      ':',
      ':x:0:0:',
      '0',
      '4294967296',
      '\x1b[',
      '\u202e',
      '\u2028',
    ],
    ...['\ufeff', '\x00', '\x7f', 'é', '…', '-1', '1e9', '0x10', ' '],
  ].map(bytesOf),
  maxBytes: 4_096,
  run,
};
