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
  /** From 1 on. Owners of the same kind and name have the same number, and no others: flows are grouped by it. */
  readonly number: number;
  readonly kind: OwnerKind;
  /** A container's is the first twelve digits of its id; a user's is the user's name, or else the number. */
  readonly name: string;
  readonly unit: string | null;
  /** The whole id. */
  readonly container: string | null;
  /** A pod's UID, with dashes. */
  readonly pod: string | null;
  /** The path of the control group, from the hierarchy's root on: "/system.slice/nginx.service". Null where it is not known. */
  readonly cgroup: string | null;
  /** The user that the socket belongs to; -1 where it is not known. */
  readonly userId: number;
  /** The process, if the control group has had only one; else -1. */
  readonly pid: number;
  /** The command (comm of proc(5)), if all processes of the control group have the same; else null. */
  readonly command: string | null;
}

/**
 * How an owner is known.
 *
 *     socket     it has the socket of this very flow
 *     listener   it listens where the flow arrives, and has accepted it, or will
 *     earlier    with `--owners syn`: this socket was missed, but nearly all between this host and that port of the other end were
 *                found, and all are of this one owner
 *     none       nobody is known
 */
export const ownerOrigins = ['socket', 'listener', 'earlier', 'none'] as const;
export type OwnerOrigin = (typeof ownerOrigins)[number];

/**
 * Why an end has no owner.
 *
 *     not-local         its address is not one of this host's
 *     other-namespace   its address is of another network namespace of this host: a container's
 *     no-ports          the kernel finds sockets by ports, and this protocol, or this fragment, has none
 *     no-socket         no socket was found: it was closed before the question, or the kernel refused or answered the packets itself
 *     not-asked         too many flows began at once, or nobody can be asked
 */
export const noOwnerReasons = ['not-local', 'other-namespace', 'no-ports', 'no-socket', 'not-asked'] as const;
export type NoOwnerReason = (typeof noOwnerReasons)[number];

/**
 * What is known of the owner of an end. `owner` is null where `from` is "none", and only then is there a reason. Neither this object nor
 * the owner ever changes, for the encoder keeps the bytes of both. Equal ones should be one object: that makes records cheap.
 */
export interface KnownOwner extends EndOwner {
  readonly owner: Owner | null;
  readonly from: OwnerOrigin;
  readonly reason: NoOwnerReason | null;
}
