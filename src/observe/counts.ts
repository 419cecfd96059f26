/** What became of the frames that may carry a name. */
import { type Refusal, refusals } from './findings.js';

/**
 * Counts since the start, in frames. What is sent in several of them (a hello in segments or in datagrams) has one fate, and
 * each frame of it is counted with that: at any time, `seen` is the sum of all the others.
 */
export interface ObserverCounts {
  /** Frames that may carry a name, or a part of what carries one. */
  seen: number;
  /** Of these, frames that told a name. */
  parsed: number;
  /** Those that told none, by reason. */
  readonly refused: Record<Refusal, number>;
  /** Those that are a part of something and wait for the rest. */
  waiting: number;
}

export function newObserverCounts(): ObserverCounts {
  const refused = Object.fromEntries(refusals.map((reason) => [reason, 0])) as Record<Refusal, number>;
  return { seen: 0, parsed: 0, refused, waiting: 0 };
}
