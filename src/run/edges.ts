/** What a run takes from its process. */
import type { Log } from '../host/log.js';
import type { PrivilegeFacts } from '../host/rights/privileges.js';
import type { Self } from './facts.js';
import type { Terminal } from './outputs.js';

export interface Edges {
  readonly log: Log;
  /** The wall clock, microseconds since the epoch. */
  readonly nowUs: () => number;
  /** The wall clock in whole milliseconds, at a third of the cost. */
  readonly wallMs: () => number;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  /** What stdout is, for the table; undefined when it is no terminal. */
  readonly terminal: Terminal | undefined;
  /** Who this process is, for its records. */
  readonly self: Self;
  /** Who the process is, and who else it could be. */
  readonly privileges: PrivilegeFacts;
  /** Four random 32-bit integers for the flow table's hash. */
  readonly random: ArrayLike<number>;
}
