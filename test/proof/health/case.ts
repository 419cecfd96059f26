/** What a proof of health says: how many figures it compared, and how many of them are as they should be. */
import type { ProofCase } from '../case.js';

export interface HealthVerdict {
  /** Records, connections or packets, whatever the case compares. */
  readonly compared?: number;
  readonly right?: number;
  /** What was seen or measured, in short. */
  readonly told: string;
  /** Empty for a case that passed. */
  readonly wrong: readonly string[];
}

export type HealthCase = ProofCase<HealthVerdict>;
