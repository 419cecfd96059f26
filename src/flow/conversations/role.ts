/**
 * Which end of a conversation is the client, and what decided it, as one number, so that deciding makes no objects: bit 0
 * is 1 where the target is the client, and above it stands the reason's position in `roleReasons`.
 */
import { type RoleReason, roleReasons } from '../reading.js';

export type Role = number;

export const UNDECIDED: Role = 0;

export function sourceIsClient(reason: RoleReason): Role {
  return roleReasons.indexOf(reason) << 1;
}

export function targetIsClient(reason: RoleReason): Role {
  return sourceIsClient(reason) | 1;
}

export function isTargetClient(role: Role): boolean {
  return (role & 1) === 1;
}

export function reasonOf(role: Role): RoleReason {
  return roleReasons[role >> 1]!;
}

/** The same for another reason. */
export function withReason(role: Role, reason: Role): Role {
  return (role & 1) | (reason & ~1);
}

/** The same, seen from the way back. */
export function turnedRound(role: Role): Role {
  return role ^ 1;
}
