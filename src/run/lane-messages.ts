/** What the threads of several files say to each other. A lane is one file, by its position in the command line. */
import type { HashSeed } from '../flow/hash.js';
import type { LaneWindow } from '../flow/merge.js';
import type { MeterCounts } from '../flow/open-windows.js';

/** What a thread is started with. */
export interface LaneThreadData {
  readonly files: readonly LaneFile[];
  readonly intervalUs: number;
  readonly maxFlows: number;
  /** That of the whole process, so that rows keep their hashes when they are merged. */
  readonly seed: HashSeed;
}

export interface LaneFile {
  readonly lane: number;
  readonly path: string;
  /** Has its turns beside those of others, and so a table of its own. */
  readonly isPipe: boolean;
}

/** From a thread. `counts` are the lane's totals so far. A lane's turn ends with 'next' or 'ended'. */
export type LaneMessage =
  | { readonly kind: 'opened' }
  | {
      readonly kind: 'window';
      readonly lane: number;
      readonly window: LaneWindow;
      readonly counts: MeterCounts;
    }
  | {
      readonly kind: 'next';
      readonly lane: number;
      readonly startUs: number;
      readonly counts: MeterCounts;
    }
  | {
      readonly kind: 'ended';
      readonly lane: number;
      readonly counts: MeterCounts;
      readonly failure?: LaneFailure;
    }
  | { readonly kind: 'warning'; readonly subject: string; readonly text: string };

export interface LaneFailure {
  readonly kind: 'usage' | 'permission' | 'input';
  readonly message: string;
}

/** To a thread: look for the first window of each lane; a lane may read its next window; all lanes are to stop. */
export type LaneOrder =
  | { readonly kind: 'run' }
  | { readonly kind: 'go-on'; readonly lane: number }
  | { readonly kind: 'stop' };
