import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { options, rows } from '../../src/settings/options.js';
import { asText, duration, flag, title } from '../../src/settings/values.js';

const day = duration([1, 86_400_000]);
const units = [
  ['ms', 1n],
  ['s', 1_000n],
  ['', 1_000n],
  ['m', 60_000n],
  ['h', 3_600_000n],
] as const;

describe('the rows of the table of options', () => {
  for (const row of options.filter((row) => row.default !== undefined)) {
    test(`read their own default: --${row.name} ${row.default}`, () => {
      const value = row.read(row.default!, 'default');
      assert.ok(value !== undefined && !Number.isNaN(value), String(value));
    });
  }

  test('are called by different names and letters', () => {
    const names = options.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
    assert.deepEqual(names, [...new Set(names)]);
  });

  test('take a value, unless they are flags', () => {
    for (const row of options) assert.equal(row.read === flag, row.argument === undefined, row.name);
  });

  test('refuse what they cannot read in one line that begins with the place', () => {
    for (const row of options.filter(({ read }) => read !== asText && read !== title)) {
      assert.throws(() => row.read('\u00bd', 'the place'), {
        name: 'UsageError',
        message: /^the place: .+;.+$/,
      });
    }
  });

  test('take the words that --help shows as choices, and no other', () => {
    for (const row of [rows.engine, rows.direction, rows.namesFor]) {
      for (const word of row.argument.split('|')) assert.equal(row.read(word, ''), word);
      assert.throws(() => row.read(row.argument, ''), { name: 'UsageError' });
      assert.throws(() => row.read(row.argument.split('|')[0]!.toUpperCase(), ''), { name: 'UsageError' });
    }
  });
});

describe('a time', () => {
  test('is every whole number of milliseconds that has two decimals of a second', () => {
    for (let hundredths = 10; hundredths < 10_000; hundredths++) {
      const text = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}s`;
      assert.equal(day(text, ''), hundredths * 10, text);
    }
  });

  test('is exact in any unit: whole milliseconds are taken, others refused', () => {
    const digits = fc.stringMatching(/^[0-9]{1,9}$/);
    fc.assert(
      fc.property(digits, fc.option(digits), fc.constantFrom(...units), (whole, fraction, [unit, unitMs]) => {
        const text = `${whole}${fraction === null ? '' : `.${fraction}`}${unit}`;
        const scale = 10n ** BigInt(fraction?.length ?? 0);
        const scaled = BigInt(whole + (fraction ?? '')) * unitMs;
        const isTaken = scaled % scale === 0n && scaled / scale <= 86_400_000n;
        if (isTaken) assert.equal(day(text, ''), Number(scaled / scale));
        else assert.throws(() => day(text, ''), { name: 'UsageError' });
      }),
      { seed: 20_260_102, numRuns: 2_000 },
    );
  });

  test('has digits on both sides of its point, and not too many', () => {
    for (const text of ['.5s', '1.s', '1.5.5s', '1e3', '+1s', '1 s', '', 's', `${'0'.repeat(16)}1s`]) {
      assert.throws(
        () => day(text, 'X'),
        { message: 'X: not a time; write it like 500ms, 20s, 1m or 1h' },
        text,
      );
    }
  });
});

test('a flag is 1 or true, 0 or false, and nothing else', () => {
  assert.deepEqual(
    ['1', 'true', '0', 'false'].map((text) => flag(text, '')),
    [true, true, false, false],
  );
  for (const text of ['yes', 'TRUE', '', '2', 'constructor', '__proto__'])
    assert.throws(() => flag(text, 'X'), { message: /^X: neither true nor false; / }, text);
});
