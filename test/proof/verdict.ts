/** Holds what a reader has against the ledger. */
import type { PrintedSink } from '../support/ledger-text.js';
import type { Verdict } from './case.js';
import type { FeedEnd } from './feed.js';
import type { Received } from './received.js';

export interface Evidence {
  readonly end: FeedEnd;
  readonly got: Received;
  /** Which of the ledger's outputs it is, where there are several. */
  readonly output?: number;
  /** What the program is to end with. */
  readonly exitCode?: number;
  /** How many records may be unsent at the most; they are counted by reason. Default 0. */
  readonly mostUnsent?: number;
  /**
   * How many records that count as sent the reader may lack: what its host's kernel had acknowledged when the reader was
   * killed, or what UDP lost. Default 0.
   */
  readonly lossBound?: number;
  /** How many duplicates there may be, where the ledger of this run cannot know: those of a run that was killed. */
  readonly mostDuplicates?: number;
  /** Whether records may overtake others. */
  readonly disorder?: boolean;
  /** What else went wrong. */
  readonly wrong?: readonly string[];
}

export function judge(evidence: Evidence): Verdict {
  const { end, got, output = 0, exitCode = 0, mostUnsent = 0, lossBound = 0 } = evidence;
  const sink = end.ledger?.sinks[output];
  const wrong = [...(evidence.wrong ?? [])];
  const check = (holds: boolean, text: string) => {
    if (!holds) wrong.push(text);
  };
  check(end.exitCode === exitCode, `ended with exit code ${end.exitCode}`);
  check(end.ledger?.balanced === true, 'the ledger is not balanced');
  if (sink === undefined)
    return { records: got.unique, duplicates: got.duplicates, ledger: 'none', wrong: [...wrong, end.stderr] };
  const { records: sent, recordsUnsent: unsent, recordsTakenUp: takenUp } = sink;
  const mostDuplicates = evidence.mostDuplicates ?? sink.duplicatesPossible;
  const left = sink.recordsWaiting + sink.recordsOnDisk;
  check(
    sent + unsent + left === end.records + takenUp,
    `${end.records} records were fed in, ${takenUp} taken up`,
  );
  check(unsent <= mostUnsent, `${unsent} records were not sent; ${mostUnsent} may be`);
  check(got.unique >= sent - lossBound, `${sent - got.unique} records count as sent and did not arrive`);
  // A record that counts as unsent may have arrived, as a duplicate may.
  check(got.unique <= sent + unsent + left, 'the reader has more records than there were');
  check(got.duplicates <= mostDuplicates, `${got.duplicates} duplicates; ${mostDuplicates} at most`);
  check(got.torn === 0, `${got.torn} lines are no records`);
  check(evidence.disorder === true || got.disorder === 0, `${got.disorder} records came out of order`);
  return { records: got.unique, duplicates: got.duplicates, ledger: inShort(sink), wrong };
}

function inShort(sink: PrintedSink): string {
  const some = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
  const reasons = Object.entries(sink.unsent).map(([reason, count]) => `${reason} ${count}`);
  return [
    `${sink.records} sent`,
    ...some(sink.recordsUnsent, `not sent (${reasons.join(', ')})`),
    ...some(sink.recordsWaiting, 'waiting'),
    ...some(sink.recordsOnDisk, 'on disk'),
    ...some(sink.recordsTakenUp, 'taken up'),
    ...some(sink.recordsRetried, 'again'),
    ...some(sink.duplicatesPossible, 'twice at most'),
  ].join(', ');
}
