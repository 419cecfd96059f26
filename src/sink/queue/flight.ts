/** A run that is under way to a reader, and what comes of it. */
import { bytesOf, type RecordRun } from '../record-run.js';
import { type Answer, type Retry, sentAnswer } from '../transport.js';

/** Answers after which records wait again. */
export type AgainAnswer = Exclude<Answer, { kind: 'sent' | 'drop' }>;

export interface Flight {
  readonly run: RecordRun;
  /** How many of its first records were tried before. */
  readonly triedBefore: number;
  /** Kept until everything under way has an answer. */
  answer: AgainAnswer | undefined;
}

/** Runs under way, in order. */
export class Flights {
  readonly all: Flight[] = [];
  bytes = 0;
  records = 0;

  begin(run: RecordRun, triedBefore: number): Flight {
    const flight: Flight = { run, triedBefore, answer: undefined };
    this.all.push(flight);
    this.bytes += bytesOf(run);
    this.records += run.records;
    return flight;
  }

  end(flight: Flight): void {
    this.all.splice(this.all.indexOf(flight), 1);
    this.bytes -= bytesOf(flight.run);
    this.records -= flight.run.records;
  }

  /** Ends all, the last one first: so they can be given back in order. */
  *endAll(): Iterable<Flight> {
    for (let flight = this.all.at(-1); flight; flight = this.all.at(-1)) {
      this.end(flight);
      yield flight;
    }
  }
}

/** The same answer in a simpler kind, where all records got the same. */
export function plainest(answer: Answer, { records }: RecordRun): Answer {
  if (answer.kind !== 'each') return answer;
  const { again, rejected, why, ...more } = answer;
  if (again.length === records) return { ...more, kind: 'retry', why, absence: 'refused' };
  return again.length + rejected.length === 0 ? sentAnswer : answer;
}

/** Why the reader is to be left alone; undefined where it answered. */
export function failureOf(answers: readonly AgainAnswer[]): Retry | undefined {
  const retries = answers.filter((answer) => answer.kind === 'retry');
  const tried = retries.find(({ isUntried }) => isUntried !== true);
  return tried ?? (retries.length === answers.length ? retries[0] : undefined);
}
