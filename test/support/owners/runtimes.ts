/** How systemd, Docker, Podman and Kubernetes name their control groups, and what a record says of whom they run. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { OwnerKind } from '../../../src/record/owner.js';
import type { Cgroup, Cgroups } from './cgroups.js';

/** What is known of an owner by its control group alone. The scope of a container is no unit of its own. */
export interface Whose {
  readonly kind: OwnerKind;
  readonly name: string;
  readonly unit?: string;
  readonly container?: string;
  readonly pod?: string;
}

export interface RunBy {
  /** In words, for people. */
  readonly how: string;
  readonly cgroup: Cgroup;
  readonly whose: Whose;
}

export const randomId = (): string => randomBytes(32).toString('hex');

const container = (id: string): Pick<Whose, 'kind' | 'name' | 'container'> => ({
  kind: 'container',
  name: id.slice(0, 12),
  container: id,
});

type Runtime = (cgroups: Cgroups) => RunBy;

const named =
  (how: string, path: string, whose: Whose): Runtime =>
  (cgroups) => ({
    how,
    cgroup: cgroups.open(path),
    whose,
  });

export const service = (name: string): Runtime =>
  named(`systemd's ${name}`, `/system.slice/${name}.service`, {
    kind: 'unit',
    name: `${name}.service`,
    unit: `${name}.service`,
  });

/** Of a template: its slice has the name's parts, with dashes escaped. */
export const instance = (name: string, which: string): Runtime =>
  named(`an instance of ${name}@`, `/system.slice/system-${name}.slice/${name}@${which}.service`, {
    kind: 'unit',
    name: `${name}@${which}.service`,
    unit: `${name}@${which}.service`,
  });

export const session = (user: number, number: number): Runtime =>
  named('a login session', `/user.slice/user-${user}.slice/session-${number}.scope`, {
    kind: 'unit',
    name: `session-${number}.scope`,
    unit: `session-${number}.scope`,
  });

/** Of a user's own systemd. */
export const userUnit = (user: number, name: string): Runtime =>
  named(
    "a unit of a user's systemd",
    `/user.slice/user-${user}.slice/user@${user}.service/app.slice/${name}`,
    { kind: 'unit', name, unit: name },
  );

export function dockerBySystemd(id = randomId()): Runtime {
  return named('Docker, cgroup driver systemd', `/system.slice/docker-${id}.scope`, {
    ...container(id),
  });
}

export function dockerByItself(id = randomId()): Runtime {
  return named('Docker, cgroup driver cgroupfs', `/docker/${id}`, container(id));
}

export function podmanOfRoot(id = randomId()): Runtime {
  return named('Podman of root', `/machine.slice/libpod-${id}.scope/container`, {
    ...container(id),
  });
}

export function podmanOfUser(user: number, id = randomId()): Runtime {
  return named(
    'Podman of a user',
    `/user.slice/user-${user}.slice/user@${user}.service/user.slice/libpod-${id}.scope/container`,
    { ...container(id), unit: `user@${user}.service` },
  );
}

export function podmanByItself(id = randomId()): Runtime {
  return named('Podman, cgroup manager cgroupfs', `/libpod_parent/libpod-${id}`, container(id));
}

/** A systemd slice has dashes for levels, so that those of the UID are underscores. */
export function kubernetesBySystemd(
  runtime: 'cri-containerd' | 'crio',
  pod = randomUUID(),
  id = randomId(),
): Runtime {
  const slice = `kubepods-burstable-pod${pod.replaceAll('-', '_')}.slice`;
  return named(
    `Kubernetes, cgroup driver systemd, ${runtime}`,
    `/kubepods.slice/kubepods-burstable.slice/${slice}/${runtime}-${id}.scope`,
    { ...container(id), pod },
  );
}

export function kubernetesByItself(pod = randomUUID(), id = randomId()): Runtime {
  return named('Kubernetes, cgroup driver cgroupfs', `/kubepods/besteffort/pod${pod}/${id}`, {
    ...container(id),
    pod,
  });
}

/** Where a runtime puts processes beside a pod's containers. */
export function podAlone(pod = randomUUID()): Runtime {
  return named('a pod, no container known', `/kubepods/burstable/pod${pod}`, { kind: 'pod', name: pod, pod });
}

export const plainGroup =
  (path: string): Runtime =>
  (cgroups) => {
    const cgroup = cgroups.open(path);
    return {
      how: 'a group that nobody of these has made',
      cgroup,
      whose: { kind: 'cgroup', name: cgroup.path },
    };
  };

/** Of processes that nobody put anywhere the user alone is known. */
export const noGroup =
  (user: string): Runtime =>
  (cgroups) => ({
    how: "the hierarchy's root",
    cgroup: cgroups.root,
    whose: { kind: 'user', name: user },
  });
