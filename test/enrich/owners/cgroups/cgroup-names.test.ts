import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownerNames } from '../../../../src/enrich/owners/cgroups/cgroup-names.js';

const id = '91c57c2ae87a8d57123bbb3083b3e158b911c4fd485da131f636f83f979b092c';
const short = '91c57c2ae87a';
const other = 'd6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22';
const uid = '40934a46-d409-4f4a-bb8b-1ec0b0436320';
const uid_ = uid.replaceAll('-', '_');
const staticUid = '36b6d6be73b1065af369b3985edafa09';

interface Expected {
  readonly kind: string;
  readonly name: string;
  readonly unit?: string;
  readonly container?: string;
  readonly pod?: string;
}
const unit = (name: string, more: Partial<Expected> = {}): Expected => ({
  kind: 'unit',
  name,
  unit: name,
  ...more,
});
const container = (more: Partial<Expected> = {}): Expected => ({
  kind: 'container',
  name: short,
  container: id,
  ...more,
});
const cgroup = (name: string, more: Partial<Expected> = {}): Expected => ({ kind: 'cgroup', name, ...more });

const user = '/user.slice/user-1000.slice/user@1000.service';
const inUser = { unit: 'user@1000.service' };

/** As they stand in issues of these projects, in their documentation and on hosts. */
const paths: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  systemd: {
    '/': { kind: 'user', name: '' },
    '/init.scope': unit('init.scope'),
    '/system.slice': cgroup('/system.slice'),
    '/system.slice/ssh.socket': unit('ssh.socket'),
    '/system.slice/nginx.service': unit('nginx.service'),
    '/system.slice/systemd-udevd.service/udev': unit('systemd-udevd.service'),
    '/system.slice/system-getty.slice/getty@tty1.service': unit('getty@tty1.service'),
    '/system.slice/system-postgresql.slice/postgresql@15-main.service': unit('postgresql@15-main.service'),
    '/system.slice/systemd-fsck@dev-disk-by\\x2duuid-EFD0\\x2dBD73.service': unit(
      'systemd-fsck@dev-disk-by\\x2duuid-EFD0\\x2dBD73.service',
    ),
    '/system.slice/_cpu.service': unit('cpu.service'),
    '/system.slice/__x.service': unit('_x.service'),
    '/system.slice/run-u12.service': unit('run-u12.service'),
    '/system.slice/snap.lxd.daemon.service': unit('snap.lxd.daemon.service'),
    '/user.slice/user-0.slice/session-1911.scope': unit('session-1911.scope'),
    '/user.slice/user-110.slice/session-c1.scope': unit('session-c1.scope'),
    [`${user}/init.scope`]: unit('user@1000.service'),
    [`${user}/app.slice/foo.service`]: unit('foo.service'),
    [`${user}/app.slice/app-gnome-firefox-12345.scope`]: unit('app-gnome-firefox-12345.scope'),
    [`${user}/app.slice/snap.firefox.firefox-1f0e.scope`]: unit('snap.firefox.firefox-1f0e.scope'),
    [`${user}/app.slice/app-org.gnome.Terminal.slice/vte-spawn-5a4bd7e5-d1a5-4b3a-b4a0-13c8f5c9a2b1.scope`]:
      unit('vte-spawn-5a4bd7e5-d1a5-4b3a-b4a0-13c8f5c9a2b1.scope'),
    '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator': unit(
      'machine-qemu\\x2d1\\x2dvm.scope',
    ),
    '/machine.slice/systemd-nspawn@web.service/supervisor': unit('systemd-nspawn@web.service'),
    '/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service': unit('nginx.service'),
  },
  docker: {
    [`/system.slice/docker-${id}.scope`]: container(),
    [`/system.slice/system-docker.slice/docker-${id}.scope`]: container(),
    [`/mycgroup.slice/docker-${id}.scope`]: container(),
    [`/docker/${id}`]: container(),
    [`/${id}`]: container(),
    [`/actions_job/${id}`]: container(),
    [`/docker/${id.slice(0, 40)}`]: container({ container: id.slice(0, 40) }),
    [`/docker/${other}/docker/${id}`]: container(),
    [`/docker/${id}/init.scope`]: container(),
    [`/docker/${id}/system.slice/ssh.service`]: unit('ssh.service', { container: id }),
    [`/system.slice/docker-${id}.scope/init.scope`]: container(),
    [`/system.slice/docker-${id}.scope/system.slice/nginx.service`]: unit('nginx.service', { container: id }),
    [`${user}/user.slice/docker-${id}.scope`]: container(inUser),
    [`${user}/app.slice/docker.service`]: unit('docker.service'),
    '/system.slice/docker.service': unit('docker.service'),
    [`/ecstasks.slice/ecstasks-dc454d1e84c0478fa8ed683523fe7e55.slice/docker-${id}.scope`]: container(),
    [`/ecs/AL2023/dc454d1e84c0478fa8ed683523fe7e55/${id}`]: container(),
  },
  podman: {
    [`/machine.slice/libpod-${id}.scope/container`]: container(),
    [`/machine.slice/libpod-${id}.scope`]: container(),
    [`/machine.slice/libpod-conmon-${id}.scope`]: container(),
    [`/libpod_parent/libpod-${id}`]: container(),
    [`${user}/user.slice/libpod-${id}.scope/container`]: container(inUser),
    [`${user}/user.slice/user-libpod_pod_${other}.slice/libpod-${id}.scope/container`]: container({
      ...inUser,
      pod: other,
    }),
    [`/machine.slice/machine-libpod_pod_${other}.slice`]: { kind: 'pod', name: other, pod: other },
    [`/system.slice/quadlet-minimal.service/libpod-payload-${id}`]: container({
      unit: 'quadlet-minimal.service',
    }),
    '/system.slice/quadlet-minimal.service/runtime': unit('quadlet-minimal.service'),
    [`/srv.slice/web.service/libpod-payload-${id}/system.slice/nginx.service`]: unit('nginx.service', {
      container: id,
    }),
    [`/system.slice/nerdctl-${id}.scope`]: container(),
  },
  Kubernetes: {
    [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid_}.slice/cri-containerd-${id}.scope`]:
      container({ pod: uid }),
    [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid_}.slice/crio-${id}.scope`]:
      container({ pod: uid }),
    [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid_}.slice/crio-${id}.scope/container`]:
      container({ pod: uid }),
    [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid_}.slice/crio-conmon-${id}.scope`]:
      container({ pod: uid }),
    [`/kubepods.slice/kubepods-pod${uid_}.slice/docker-${id}.scope`]: container({ pod: uid }),
    [`/kubepods.slice/kubepods-pod${uid_}.slice`]: { kind: 'pod', name: uid, pod: uid },
    [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${staticUid}.slice/cri-containerd-${id}.scope`]:
      container({ pod: staticUid }),
    [`/kubepods/burstable/pod${uid}/${id}`]: container({ pod: uid }),
    [`/kubepods/besteffort/pod${uid}/${id}`]: container({ pod: uid }),
    [`/kubepods/pod${uid}/${id}`]: container({ pod: uid }),
    [`/kubepods/pod${staticUid}/crio-${id}`]: container({ pod: staticUid }),
    [`/kubepods/burstable/pod${uid}`]: { kind: 'pod', name: uid, pod: uid },
    [`/system.slice/crio-conmon-${id}.scope`]: container(),
    [`/system.slice/containerd.service/kubepods-burstable-pod${uid_}.slice:cri-containerd:${id}`]: container({
      pod: uid,
      unit: 'containerd.service',
    }),
    [`/kubepods-besteffort-pod${uid_}.slice:cri-containerd:${id}`]: container({ pod: uid }),
    [`/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${uid_}.slice/cri-containerd-${id}.scope`]:
      container({ pod: uid }),
    [`/docker/${other}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${uid_}.slice/cri-containerd-${id}.scope`]:
      container({ pod: uid }),
    [`/docker/${other}/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid_}.slice/crio-${id}.scope`]:
      container({ pod: uid }),
    [`/system.slice/docker-${other}.scope/kubelet.slice/kubelet.service`]: unit('kubelet.service', {
      container: other,
    }),
    '/kubepods.slice/kubepods-burstable.slice': cgroup('/kubepods.slice/kubepods-burstable.slice'),
  },
  LXC: {
    '/lxc.payload.web-1': { kind: 'container', name: 'web-1', container: 'web-1' },
    '/lxc.payload.web-1/init.scope': { kind: 'container', name: 'web-1', container: 'web-1' },
    '/lxc.payload.web-1/.lxc': { kind: 'container', name: 'web-1', container: 'web-1' },
    '/lxc.payload.web-1/system.slice/nginx.service': unit('nginx.service', { container: 'web-1' }),
    '/lxc.payload/web_1': { kind: 'container', name: 'web_1', container: 'web_1' },
    '/lxc/web': { kind: 'container', name: 'web', container: 'web' },
    '/lxc.monitor.web-1': cgroup('/lxc.monitor.web-1'),
  },
};

for (const [maker, ofMaker] of Object.entries(paths)) {
  describe(`control groups of ${maker}`, () => {
    for (const [path, expected] of Object.entries(ofMaker)) {
      test(
        path.replaceAll(/[0-9a-f]{64}/g, (digits) => `${digits.slice(0, 4)}…`),
        () => {
          assert.deepEqual(ownerNames(path), { unit: null, container: null, pod: null, ...expected });
        },
      );
    }
  });
}

describe('names that look like others', () => {
  for (const path of [
    '/docker-compose',
    `/docker/${id.toUpperCase()}`,
    `/x/${id}0`,
    `/x/${id.slice(1)}`,
    `/kubepods/pod${uid}0`,
    `/kubepods.slice/kubepods-pod${uid_}.slicex`,
    '/.service',
    '/a b.service',
    '/a.service ',
    '/ä.service',
    '/system.slice/nginx.service.d',
    '/lxc.payload.',
    '//',
    '/lxc/',
    '',
  ]) {
    test(`"${path}" is a control group and no more`, () => {
      assert.deepEqual(ownerNames(path), {
        kind: 'cgroup',
        name: path,
        unit: null,
        container: null,
        pod: null,
      });
    });
  }

  test('a long path shows its end as a name', () => {
    const { name } = ownerNames(`/${'a'.repeat(255)}/${'b'.repeat(100)}`);
    assert.equal(name, `…${'a'.repeat(26)}/${'b'.repeat(100)}`);
  });

  test('takes no longer for patterns that nearly fit, level after level', () => {
    const levels = [
      'pod-'.repeat(63),
      'a-'.repeat(127),
      `${'_'.repeat(200)}.service!`,
      'kubepods-'.repeat(28),
      '0'.repeat(255),
    ];
    const startedMs = performance.now();
    ownerNames(`/${levels.join('/').repeat(20)}`);
    assert.ok(performance.now() - startedMs < 500);
  });
});
