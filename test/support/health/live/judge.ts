/** Whether records say how each scene went: all figures of health that they have, and no other. */
import { isDeepStrictEqual } from 'node:util';
import { healthValues } from '../../../../src/record/values/health.js';
import { segmentValues } from '../../../../src/record/values/segments.js';
import type { Played } from './play.js';
import type { Bounds, Delays, Figures } from './scene.js';
import type { HealthRecord } from './watcher.js';

/** Of a conversation as a whole and of its client and server; source and target of a conversation are these. */
const figures = [...Object.keys(healthValues), ...Object.keys(segmentValues)].filter(
  (name) => !/^(source|target)_/.test(name),
);

/** Of a network without links. */
export const noDelays: Delays = { clientUs: 0, serverUs: 0 };

export function healthOf(record: HealthRecord): Figures {
  const told = figures.filter((name) => name in record).map((name) => [name, record[name]]);
  return Object.fromEntries(told);
}

/** What is wrong, a line each. Without `delays`, no times are told. */
export function judge(
  played: readonly Played[],
  records: readonly HealthRecord[],
  delays: Delays | undefined,
): readonly string[] {
  return played.flatMap((one) => {
    const own = records.filter((record) => one.isOf(record));
    if (own.length !== 1) return [`${one.name}: ${own.length} records`];
    const { figures, times, least, anyhow } = one;
    const [told, expected] = [healthOf(own[0]!), figures].map((all) => without(all, anyhow));
    return wrongIn(told!, expected!, delays === undefined ? {} : times(delays), least).map(
      (text) => `${one.name}: ${text}`,
    );
  });
}

function without(figures: Figures, names: RegExp | undefined): Figures {
  if (names === undefined) return figures;
  return Object.fromEntries(Object.entries(figures).filter(([name]) => !names.test(name)));
}

/** What is wrong with what is told; times lie within bounds, and are not told where there are none. */
export function wrongIn(
  told: Figures,
  expected: Figures,
  times: Readonly<Record<string, Bounds>>,
  least: Readonly<Record<string, number>> = {},
): readonly string[] {
  const open = Object.entries(least).map(([name, from]) => [name, [from, Number.MAX_SAFE_INTEGER] as const]);
  const bounds: Readonly<Record<string, Bounds>> = { ...times, ...Object.fromEntries(open) };
  const isExact = ([name]: readonly [string, unknown]) => !Object.hasOwn(bounds, name);
  const exact = Object.fromEntries(Object.entries(told).filter(isExact));
  const determined = Object.fromEntries(Object.entries(withEventOutcome(expected)).filter(isExact));
  const outside = Object.entries(bounds).filter(
    ([name, [from, to]]) => !(Number(told[name]) >= from && Number(told[name]) <= to),
  );
  return [
    ...(isDeepStrictEqual(exact, determined) ? [] : [differences(exact, determined)]),
    ...outside.map(([name, range]) => `${name} is ${told[name]}, not from ${range.join(' to ')}`),
  ];
}

/** With what ECS calls the outcome: TCP has to answer, and other protocols need not. */
function withEventOutcome(expected: Figures): Figures {
  const { conn_state, outcome } = expected;
  if (outcome === undefined) return expected;
  const isSuccess = ['established', 'closed', 'answered'].includes(String(outcome));
  const isSilent = outcome === 'unanswered' && conn_state === undefined;
  return { ...expected, event_outcome: isSuccess ? 'success' : isSilent ? 'unknown' : 'failure' };
}

function differences(told: Figures, expected: Figures): string {
  const names = [...new Set([...Object.keys(told), ...Object.keys(expected)])];
  const wrong = names.filter((name) => told[name] !== expected[name]);
  return wrong.map((name) => `${name} is ${told[name]}, not ${expected[name]}`).join(', ');
}
