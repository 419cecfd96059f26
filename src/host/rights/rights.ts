/** How the process gives up its rights, whatever it does: a run, doctor and verify all read what strangers send. */
import { dropCapabilities, holdsCapabilities } from './capabilities.js';
import {
  assume,
  type Identity,
  identityToAssume,
  PrivilegeError,
  type PrivilegeFacts,
  staysRoot,
} from './privileges.js';

export interface Rights {
  /** Whom the process is to become; undefined where it stays who it is. */
  readonly identity: Identity | undefined;
  /**
   * Gives up root and every capability, in all threads, before it returns. Returns a line on what is kept and why, if
   * anything is; throws a PrivilegeError.
   */
  readonly giveUp: () => string | undefined;
}

/**
 * Loads what that takes, as who the process is now: the next one may not be able to read it. `user` is as -Z has it; who is
 * to stay root keeps everything. With `thorough` false, which starts faster, nothing is loaded for a root that becomes
 * somebody else, and the chance to gain rights by running a program stays.
 */
export async function prepareRights(
  user: string | undefined,
  facts: PrivilegeFacts,
  thorough: boolean,
): Promise<Rights> {
  const identity = identityToAssume(user, facts);
  const stays = identity === undefined && (facts.uid === 0 || staysRoot(user));
  // An ordinary user may have been given CAP_NET_RAW.
  if (stays || (identity === undefined && !holdsCapabilities())) return { identity, giveUp: () => undefined };
  const isNeeded = identity === undefined || thorough;
  const addon = isNeeded ? (await import('../native.js')).loadNative() : undefined;
  const giveUp = () => {
    if (identity !== undefined) assume(identity);
    if (addon === undefined) return undefined;
    if (addon.native === undefined) {
      if (!holdsCapabilities()) return undefined;
      return `keeps its capabilities while it runs, for only the addon can give them up: ${addon.problem}`;
    }
    if (dropCapabilities(addon.native) === 0) return undefined;
    throw new PrivilegeError(
      'capabilities could not be given up in every thread',
      'keep them with "-Z root"',
    );
  };
  return { identity, giveUp };
}
