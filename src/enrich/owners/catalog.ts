/** Who is behind the ids that the kernel tells of sockets: control groups by name, users, processes. */
import type { Owner } from '../../record/owner.js';

export interface OwnerCatalog {
  /**
   * Who has a socket of this control group and this user: by what is known now, so that a name that came later shows in the next
   * record. `cgroupId` is 0 and `userId` -1 where the kernel did not tell it. The same object as long as nothing changes. Looks nothing
   * up; what is not known is asked for in the background.
   */
  ownerOf(cgroupId: number, userId: number): Owner;
  /** What it has done since it was opened, and what it knows now. */
  readonly counts: Readonly<Record<string, number>>;
  /** "312 control groups by name, 2 unknown ids" */
  readonly inWords: string;
  close(): void;
}
