/**
 * Tells from a control group's path whose it is. Each program that makes groups has its own rules for their names:
 *
 *     systemd      /system.slice/nginx.service, /user.slice/user-1000.slice/session-3.scope
 *     docker       /system.slice/docker-<id>.scope, /docker/<id>
 *     podman       /machine.slice/libpod-<id>.scope/container, /system.slice/web.service/libpod-payload-<id>
 *     Kubernetes   /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid>.slice/cri-containerd-<id>.scope,
 *                  /kubepods/besteffort/pod<uid>/<id>
 *     LXC          /lxc.payload.<name>, /lxc/<name>
 *
 * (moby daemon/oci_linux.go, podman libpod/container_internal_linux.go, kubernetes pkg/kubelet/cm/cgroup_manager_linux.go,
 * containerd internal/cri/server/podsandbox/helpers_linux.go, cri-o internal/config/cgmgr, lxc src/lxc/cgroups/cgfsng.c).
 */
import type { OwnerKind } from '../../../record/owner.js';

export interface OwnerNames {
  /** "user" for the hierarchy's root: it has the kernel's own sockets, and those of processes that nobody put into a group. */
  readonly kind: OwnerKind;
  /** "" for the root. */
  readonly name: string;
  readonly unit: string | null;
  readonly container: string | null;
  readonly pod: string | null;
}

/** A static pod's UID is a hash without dashes. In names of slices a dash separates levels, so a UID has underscores there. */
const podUid = '([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})';

type What = 'unit' | 'container' | 'pod';

/**
 * What one level of a path is, by its parent's name and its own: "system.slice/nginx.service". The first row that fits counts. The
 * group of a container's monitor, conmon, counts as the container's.
 */
const levels: readonly (readonly [what: What, pattern: RegExp])[] = [
  // Of any runtime: 64 digits, alone or after the runtime's name.
  ['container', /\/(?:[a-z][a-z0-9._-]*[-_])?([0-9a-f]{64})(?:\.scope)?$/],
  [
    'container',
    /\/(?:docker|libpod(?:-[a-z]+)?|cri-containerd|crio(?:-conmon)?|nerdctl)-([0-9a-f]{32,63})(?:\.scope)?$/,
  ],
  ['container', /^(?:docker|(?:.*-)?pod[0-9a-f_-]{32,36}(?:\.slice)?)\/([0-9a-f]{32,63})$/],
  ['container', /\/lxc\.payload\.([\w.-]+)$/],
  ['container', /^lxc(?:\.payload)?\/([\w.-]+)$/],
  ['pod', new RegExp(`/(?:[^/]*-)?kubepods(?:-[a-z]+)?-pod${podUid}\\.slice$`)],
  ['pod', new RegExp(`/pod${podUid}$`)],
  ['pod', /-libpod_pod_([0-9a-f]{64})\.slice$/],
  // A leading underscore keeps systemd's names apart from the kernel's: "_cpu.service" is the group of cpu.service.
  // With socket activation, systemd makes a socket in the group of its ".socket" unit, and accepted connections inherit that.
  ['unit', /\/_?([\w:.\\@-]+\.(?:service|scope|socket|mount|swap))$/],
];

/** A runtime that was given a path in systemd's notation and took it literally: "…-pod<uid>.slice:cri-containerd:<id>". */
const unsplit = /\.slice:[\w.-]+:/g;

/** The group of a service manager itself. Below a unit or a container it belongs to that one. */
const managersOwn = 'init.scope';

const shortIdDigits = 12;
/** Of a name; `cgroup` has the whole path. */
const mostCharacters = 128;

/** What the path of a control group tells, from the hierarchy's root on. The innermost level that is known gives kind and name. */
export function ownerNames(path: string): OwnerNames {
  const names: Record<What, string | null> = { unit: null, container: null, pod: null };
  let kind: OwnerKind = path === '/' ? 'user' : 'cgroup';
  const parts = path.replace(unsplit, '.slice/').split('/');
  for (let i = 1; i < parts.length; i++) {
    const level = levelOf(`${parts[i - 1]}/${parts[i]}`);
    if (level === undefined || (level.name === managersOwn && kind !== 'cgroup')) continue;
    kind = level.what;
    names[level.what] = level.what === 'pod' ? level.name.replaceAll('_', '-') : level.name;
  }
  return { kind, name: nameOf(kind, names, path), ...names };
}

function levelOf(parentAndName: string): { what: What; name: string } | undefined {
  for (const [what, pattern] of levels) {
    const name = pattern.exec(parentAndName)?.[1];
    if (name !== undefined) return { what, name };
  }
  return undefined;
}

function nameOf(kind: OwnerKind, { unit, container, pod }: Pick<OwnerNames, What>, path: string): string {
  if (kind === 'unit') return unit!;
  if (kind === 'pod') return pod!;
  if (kind === 'container')
    return container!.replace(/^([0-9a-f]{32,64})$/, (id) => id.slice(0, shortIdDigits));
  if (kind === 'user') return '';
  return path.length <= mostCharacters ? path : `…${path.slice(1 - mostCharacters)}`;
}
