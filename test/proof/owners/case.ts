/** What a proof of owners says: of how many connections or conversations the owner is right, wrong, or not known. */
import type { ProofCase } from '../case.js';

export interface OwnersVerdict {
  readonly count?: number;
  readonly right?: number;
  readonly mistaken?: number;
  readonly unknown?: number;
  /** What was seen or measured, in short. */
  readonly told: string;
  /** Empty for a case that passed. */
  readonly wrong: readonly string[];
}

export type OwnersCase = ProofCase<OwnersVerdict>;
