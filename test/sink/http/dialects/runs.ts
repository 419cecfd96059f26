/** Runs of records, and a reader's view of what a dialect makes of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordOrigin } from '../../../../src/record/encoded-records.js';
import type { Dialect, DialectFacts } from '../../../../src/sink/http/dialect.js';
import { packetsOf, type RecordRun } from '../../../../src/sink/record-run.js';
import type { Answer } from '../../../../src/sink/transport.js';
import { encodedOf } from '../../encoded.js';

export const origin: RecordOrigin = {
  agent: 'host-1-ab',
  windowStartUs: 1_473_377_300_000_000,
  firstNumber: 7,
};

export interface RunShape {
  /** Records before and behind those of the run. */
  readonly before?: number;
  readonly behind?: number;
  /** null is none. */
  readonly origin?: RecordOrigin | null;
}

/** Each text becomes a record, with its newline. */
export function runOf(texts: readonly string[], shape: RunShape = {}): RecordRun {
  const { before = 2, behind = 1 } = shape;
  const others = (count: number) => Array.from({ length: count }, () => '{"other":true}\n');
  const lines = [...others(before), ...texts.map((text) => `${text}\n`), ...others(behind)];
  const named = shape.origin === null ? undefined : (shape.origin ?? origin);
  const encoded = { ...encodedOf(lines), origin: named };
  const endOf = (count: number) => (count === 0 ? 0 : encoded.ends[count - 1]!);
  return {
    encoded,
    handedOver: { done: undefined, left: 0 },
    first: before,
    records: texts.length,
    packets: packetsOf(encoded, before, before + texts.length),
    start: endOf(before),
    end: endOf(before + texts.length),
    inFragments: false,
  };
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `{"n":${n}}`);

export function factsOf(url: string, facts: Partial<DialectFacts> = {}): DialectFacts {
  return { url: new URL(url), host: 'test-host', version: '1.2.3', schema: 'full', ...facts };
}

export const bodyOf = (dialect: Dialect, run: RecordRun): string =>
  Buffer.concat(dialect.body(run)).toString();

/** What a request has beside its records may not be more than the dialect said. */
export function overheadKept(dialect: Dialect, run: RecordRun): boolean {
  const { overhead } = dialect;
  const allowed = overhead.request + run.records * overhead.record;
  return Buffer.byteLength(bodyOf(dialect, run)) <= run.end - run.start + allowed;
}

/** JSON objects with every kind of character, as records are. */
export const recordText: fc.Arbitrary<string> = fc
  .record({
    text: fc.string({ unit: 'binary', maxLength: 20 }),
    nested: fc.record({ list: fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null))) }),
  })
  .map((record) => JSON.stringify(record));

export const runShape: fc.Arbitrary<RunShape> = fc.record({ before: fc.nat(3), behind: fc.nat(3) });

/** The answer has these parts, whatever else it has. */
export function assertHas(answer: Answer | undefined, parts: object, message?: string): void {
  assert.deepEqual(answer, { ...answer, ...parts }, message);
}

/** What is wrong with an answer for a run, whatever the reader said; undefined where nothing is. */
export function problemOf(answer: Answer | undefined, run: RecordRun): string | undefined {
  if (answer === undefined || answer.kind === 'sent') return undefined;
  if (!/^[\x20-\x7e…]{1,500}$/.test(answer.why)) return `not a line: ${JSON.stringify(answer.why)}`;
  if (answer.kind !== 'each') return undefined;
  const positions = [...answer.again, ...answer.rejected];
  const isWithin = (position: number) =>
    Number.isInteger(position) && position >= 0 && position < run.records;
  if (!positions.every(isWithin)) return `positions ${positions} of ${run.records}`;
  if (new Set(positions).size !== positions.length) return `twice: ${positions}`;
  const isSorted = (list: readonly number[]) =>
    list.every((position, i) => i === 0 || list[i - 1]! < position);
  if (!isSorted(answer.again) || !isSorted(answer.rejected)) return `out of order: ${positions}`;
  return positions.length === 0 ? 'an answer for each that says nothing' : undefined;
}
