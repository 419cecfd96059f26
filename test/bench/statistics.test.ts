import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, medianOfRuns, pairedRatio, short, spread, table } from '../../bench/statistics.js';

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([]), undefined);
});

test('runs that failed count for nothing', () => {
  assert.equal(medianOfRuns([undefined, 5, undefined]), 5);
  assert.equal(medianOfRuns([undefined]), undefined);
  assert.equal(spread([undefined, 5, 7]), '5.00–7.00');
  assert.equal(spread([5]), '');
});

test('a ratio pairs runs of the same round', () => {
  // The second round was slow for both: it changes nothing.
  assert.equal(pairedRatio([1, 10, 2], [2, 20, 4]), 0.5);
  assert.equal(pairedRatio([1, undefined, 3], [undefined, 2, 4]), 0.75);
  assert.equal(pairedRatio([1], [0]), undefined);
});

test('numbers have three significant digits', () => {
  const shown = [0, 0.0123, 0.5, 1.234, 56.78, 123.4, 1234567].map(short);
  assert.deepEqual(shown, ['0', '0.0123', '0.500', '1.23', '56.8', '123', '1,234,567']);
  assert.equal(short(undefined), '–');
});

test('a table aligns its numbers to the right', () => {
  assert.equal(table(['', 'ns'], [['a', '1']]), '|  | ns |\n| --- | ---: |\n| a | 1 |');
});
