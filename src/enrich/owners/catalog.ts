/** Who is behind the ids that the kernel tells of sockets: control groups by name, users, processes. */
import type { Owner } from '../../record/owner.js';

export interface OwnerCatalog {
  /**
   * Who has a socket of this control group and this user: by what is known now, so that a name that came later shows in the next
   * record. `cgroupId` is 0 where the kernel did not tell it. Looks nothing up; what is not known is asked for in the background.
   */
  ownerOf(cgroupId: number, userId: number): Owner;
  /** Does a bounded piece of what is to be done in the background, of a millisecond or two. */
  work(): void;
  /** "312 control groups by name, 2 unknown ids" */
  readonly inWords: string;
  close(): void;
}
