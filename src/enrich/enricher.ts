/** The contract of a stage that adds to a record what its packets do not say. */
import { UsageError } from '../host/failure.js';
import type { FlowRecord, WindowTimes } from '../record/record.js';

export interface Enricher {
  /** What it has done since it was opened: its own names, each a plain count. */
  readonly counts: Readonly<Record<string, number>>;
  /** What an operator wants to know of these counts, as a line of the ledger: "names: 812 asked, 790 answered, …". */
  readonly inWords: string;
  /**
   * Fills in what is known of `record` now. Synchronous: a record is never delayed. What is not known yet may be
   * asked for in the background and shows in a later window. `window` is the one that the record is of.
   */
  enrich(record: FlowRecord, window: WindowTimes): void;
  /**
   * Resolves when what was asked for in the background is there, at the latest at `deadlineMs` on the steady clock. For
   * captures from files: nobody waits for their records. Absent where nothing is asked for.
   */
  settle?(deadlineMs: number): Promise<void>;
  /** Releases sockets and timers. */
  close(): void;
}

/** Why an enricher cannot be opened: one line with the value, what is wrong, and the remedy. The user's to mend. */
export class EnrichError extends UsageError {}
