/** What the threads of several files say to each other. A lane is one file, by its position in the command line. */
import type { HashSeed } from './flow/hash.js';
import type { LaneWindow } from './flow/merge.js';
import type { MeterCounts } from './flow/meter.js';

/** What a thread is started with. */
export interface LaneThreadData {
  readonly files: readonly { readonly lane: number; readonly path: string }[];
  readonly intervalUs: number;
  readonly maxFlows: number;
  /** That of the whole process, so that rows keep their hashes when they are merged. */
  readonly seed: HashSeed;
}

/** From a thread. `counts` are the lane's totals so far. */
export type LaneMessage =
  | { readonly kind: 'opened' }
  | {
      readonly kind: 'window';
      readonly lane: number;
      readonly window: LaneWindow;
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

/** To a thread: begin to read; a lane's window has been merged and it may go on; all lanes are to stop. */
export type LaneOrder =
  | { readonly kind: 'run' }
  | { readonly kind: 'go-on'; readonly lane: number }
  | { readonly kind: 'stop' };
