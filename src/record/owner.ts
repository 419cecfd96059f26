/** On whose behalf an end of a flow talks, as records tell it. */
import type { EndOwner } from '../flow/reading.js';

/**
 *     unit        a unit of systemd: "nginx.service", "session-3.scope"
 *     container   a container of docker, podman, containerd or CRI-O
 *     pod         a Kubernetes pod, where no container of it is known
 *     cgroup      a control group that none of these has made
 *     user        nothing but the user is known
 */
export const ownerKinds = ['unit', 'container', 'pod', 'cgroup', 'user'] as const;
export type OwnerKind = (typeof ownerKinds)[number];

export interface Owner {
  /** From 1 on, the same for owners of one kind and name, and never another's: flows are told as one by it. */
  readonly number: number;
  readonly kind: OwnerKind;
  /** Of a container the first twelve digits of its id; of a user its name, or its number. */
  readonly name: string;
  readonly unit: string | null;
  /** The whole id. */
  readonly container: string | null;
  /** A pod's UID, with dashes. */
  readonly pod: string | null;
  /** Its control group's path, from the hierarchy's root on: "/system.slice/nginx.service". */
  readonly cgroup: string | null;
  /** Of the socket; -1 where it is not known. */
  readonly userId: number;
  /** Where the control group has one process alone; else -1. */
  readonly pid: number;
  /** Where all its processes have this one command (comm of proc(5)); else null. */
  readonly command: string | null;
}

/**
 * How an owner is known.
 *
 *     socket     it has the socket of this very flow
 *     listener   it listens where the flow arrives, and has taken it, or had
 *     earlier    with `--owners syn`: this socket was missed, but nearly all between this host and that port of the other end were
 *                found, and all are of this one owner
 *     none       nobody is known
 */
export const ownerOrigins = ['socket', 'listener', 'earlier', 'none'] as const;
export type OwnerOrigin = (typeof ownerOrigins)[number];

/**
 * Why an end has no owner.
 *
 *     not-local         its address is none of this host's
 *     other-namespace   its address is of another network namespace of this host: a container's
 *     no-ports          the kernel finds sockets by their ports, and this protocol, or this fragment, has none
 *     no-socket         no socket was found: it was closed before it was asked for, or the packets were answered without one
 *     not-asked         too many flows came at once, or nobody can be asked
 */
export const noOwnerReasons = ['not-local', 'other-namespace', 'no-ports', 'no-socket', 'not-asked'] as const;
export type NoOwnerReason = (typeof noOwnerReasons)[number];

/**
 * What is known of the owner of an end. `owner` is null where `from` is "none", and only then has it a reason. Neither it nor the owner
 * ever changes: who encodes records keeps the bytes of both. Records are cheap where equal ones are one object.
 */
export interface KnownOwner extends EndOwner {
  readonly owner: Owner | null;
  readonly from: OwnerOrigin;
  readonly reason: NoOwnerReason | null;
}
