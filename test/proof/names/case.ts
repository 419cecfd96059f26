/** What a proof of names says: how many connections there were, and how many had the name that they asked for. */
import type { ProofCase } from '../case.js';

export interface NamesVerdict {
  /** Left out where connections are not what is looked at. */
  readonly connections?: number;
  /** How many of them have the right name, in every record of both directions. */
  readonly right?: number;
  /** What was seen or measured, in short. */
  readonly told: string;
  /** Empty for a case that passed. */
  readonly wrong: readonly string[];
}

export type NamesCase = ProofCase<NamesVerdict>;
