/** Turns the ids that the kernel gives for a socket into an owner: control groups by name, users, processes. */
import type { Owner } from '../../record/owner.js';

export interface OwnerCatalog {
  /**
   * The owner of a socket with this control group and user, as far as it is known now: a name that is found later shows in the next
   * record. `cgroupId` is 0 and `userId` -1 where the kernel did not tell it. Returns the same object until something changes. Reads
   * nothing itself; what is not known yet is looked for in the background.
   */
  ownerOf(cgroupId: number, userId: number): Owner;
  /** What it has done since it was opened, and how much it knows now. */
  readonly counts: Readonly<Record<string, number>>;
  /** "312 control groups by name, 2 unknown ids" */
  readonly inWords: string;
  close(): void;
}
