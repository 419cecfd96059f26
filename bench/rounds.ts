/** Runs that alternate between subjects, so that a slow minute of the machine meets all of them. */
import type { Bench } from './bench.js';
import type { Runs } from './statistics.js';

/** Seconds after which a slow subject gets no further run: else a whole `npm run bench` would take half a day. */
const BUDGET_SECONDS = 80;

export interface Outcome<Result> {
  /** One entry a round; undefined where this subject failed or was left out for its slowness. */
  readonly results: readonly (Result | undefined)[];
  /** Why it failed, if it did; a subject that has failed is not run again. */
  readonly failure: string | undefined;
}

/** Runs every subject once a round. */
export async function rounds<Subject extends { readonly name: string }, Result>(
  bench: Bench,
  label: string,
  subjects: readonly Subject[],
  measure: (subject: Subject) => Promise<Result>,
  runs = bench.runs,
  budgetSeconds = BUDGET_SECONDS,
): Promise<Map<string, Outcome<Result>>> {
  const states = subjects.map((subject) => ({
    subject,
    results: [] as (Result | undefined)[],
    failure: undefined as string | undefined,
    spentSeconds: 0,
  }));
  for (let round = 0; round < runs; round++) {
    bench.say(`${label}: round ${round + 1} of ${runs}`);
    for (const state of states) {
      const perRun = state.spentSeconds / Math.max(1, round);
      if (state.failure !== undefined || state.spentSeconds + perRun > budgetSeconds) {
        state.results.push(undefined);
        continue;
      }
      const startedMs = Date.now();
      try {
        state.results.push(await measure(state.subject));
      } catch (error) {
        state.failure = error instanceof Error ? error.message : String(error);
        state.results.push(undefined);
        bench.say(`  ${state.subject.name}: ${state.failure}`);
      }
      state.spentSeconds += (Date.now() - startedMs) / 1000;
    }
  }
  return new Map(states.map(({ subject, results, failure }) => [subject.name, { results, failure }]));
}

/** One figure of each run. */
export function pick<Result>(
  outcomes: ReadonlyMap<string, Outcome<Result>>,
  name: string,
  figure: (result: Result) => number | undefined,
): Runs {
  return (
    outcomes.get(name)?.results.map((result) => (result === undefined ? undefined : figure(result))) ?? []
  );
}

/** The failures as a Markdown list, empty where there were none. */
export function failures(outcomes: ReadonlyMap<string, Outcome<unknown>>): string {
  return [...outcomes]
    .filter(([, outcome]) => outcome.failure !== undefined)
    .map(([name, outcome]) => `- ${name}: ${outcome.failure!.replaceAll('\n', ' ').slice(0, 200)}\n`)
    .join('');
}
