/** What a proof is: a real reader, a fault, and the sum over what the reader has held against the ledger. */
import type { Ground } from './ground.js';

export interface ProofCase<What = Verdict> {
  /** "rsyslog by TCP: restarted": any word of it picks the case. */
  readonly name: string;
  /** Why it cannot be run here, or false. */
  readonly skip?: string | false;
  /** Rejects where the test's own tools fail; what the program does wrong is in the verdict. */
  run(ground: Ground): Promise<What>;
}

export interface Verdict {
  /** Records that the reader has, each counted once. */
  readonly records: number;
  /** How many more lines it has of them. */
  readonly duplicates: number;
  /** What the ledger says of the output, in short. */
  readonly ledger: string;
  /** Empty for a case that passed. */
  readonly wrong: readonly string[];
}
