/** Owners of every kind, for tests of what is made of them. */
import {
  type KnownOwner,
  type NoOwnerReason,
  noOwnerReasons,
  type Owner,
  type OwnerOrigin,
} from '../../src/record/owner.js';

const nothing = { unit: null, container: null, pod: null, cgroup: null, userId: -1, pid: -1, command: null };
const containerId = '3f4e8a1b9c0d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f';
const podUid = '0f6d1c2a-5b3e-4d7f-9a8b-1c2d3e4f5a6b';
const podGroup = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${podUid.replaceAll('-', '_')}.slice`;

/** A unit of one process. */
export const backupUnit: Owner = {
  ...nothing,
  ...{ number: 1, kind: 'unit', name: 'backup.service', unit: 'backup.service' },
  ...{ cgroup: '/system.slice/backup.service', userId: 34, pid: 1_207, command: 'restic' },
};

/** A unit of several processes with one command. */
export const webUnit: Owner = {
  ...nothing,
  ...{ number: 2, kind: 'unit', name: 'nginx.service', unit: 'nginx.service' },
  ...{ cgroup: '/system.slice/nginx.service', userId: 0, command: 'nginx' },
};

/** In a pod, and in the unit that containerd has made of it. */
export const podContainer: Owner = {
  ...nothing,
  ...{ number: 3, kind: 'container', name: containerId.slice(0, 12), container: containerId, pod: podUid },
  ...{
    unit: `cri-containerd-${containerId}.scope`,
    cgroup: `${podGroup}/cri-containerd-${containerId}.scope`,
  },
  ...{ userId: 65_534, pid: 40_021, command: 'coredns' },
};

/** Whose container is not known. */
export const podAlone: Owner = {
  ...nothing,
  ...{ number: 4, kind: 'pod', name: podUid, pod: podUid, cgroup: podGroup, userId: 0 },
};

export const plainGroup: Owner = {
  ...nothing,
  ...{ number: 5, kind: 'cgroup', name: '/jobs/nightly', cgroup: '/jobs/nightly', userId: 1_000 },
};

export const plainUser: Owner = { ...nothing, number: 6, kind: 'user', name: 'alice', userId: 1_000 };

export function known(owner: Owner, from: Exclude<OwnerOrigin, 'none'> = 'socket'): KnownOwner {
  return { number: owner.number, name: owner.name, owner, from, reason: null };
}

export const nobody = Object.fromEntries(
  noOwnerReasons.map((reason) => [reason, { number: 0, name: '', owner: null, from: 'none', reason }]),
) as Readonly<Record<NoOwnerReason, KnownOwner>>;
