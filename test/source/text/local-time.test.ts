/** Readings of the wall's clocks and their instants, where clocks are changed and where they are not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instantOf, type LocalTime } from '../../../src/source/text/local-time.js';

const utc = (text: string): number => Date.parse(`${text}Z`) / 1_000;

/** Clocks that are `before` seconds ahead of UTC until `changeAt`, and `after` seconds from then on. */
const clocks =
  (before: number, after: number, changeAt: number): LocalTime =>
  (seconds) =>
    seconds + (seconds < changeAt ? before : after);

const hour = 3_600;

describe('local time', () => {
  const autumn = utc('2016-11-06T06:00:00');
  const newYork = clocks(-4 * hour, -5 * hour, autumn);

  it('is turned back into its instant', () => {
    assert.equal(instantOf(utc('2016-11-05T20:00:00'), Number.NEGATIVE_INFINITY, newYork), autumn - 6 * hour);
    assert.equal(instantOf(utc('2016-11-06T00:59:00'), Number.NEGATIVE_INFINITY, newYork), autumn - 3_660);
    assert.equal(instantOf(utc('2016-11-06T02:00:00'), Number.NEGATIVE_INFINITY, newYork), autumn + hour);
    assert.equal(
      instantOf(utc('2016-11-07T00:00:00'), Number.NEGATIVE_INFINITY, newYork),
      autumn + 23 * hour,
    );
  });

  it('that comes twice is the first, unless something later was read before', () => {
    const reading = utc('2016-11-06T01:30:00');
    const first = autumn - hour / 2;
    assert.equal(instantOf(reading, Number.NEGATIVE_INFINITY, newYork), first);
    assert.equal(instantOf(reading, first + 59.9, newYork), first);
    assert.equal(instantOf(reading, first + 60, newYork), first + hour);
    assert.equal(instantOf(reading, autumn + 90 * 24 * hour, newYork), first + hour);
  });

  it('that was skipped is taken by the clocks before', () => {
    const spring = utc('2016-03-13T07:00:00');
    const newYork = clocks(-5 * hour, -4 * hour, spring);
    assert.equal(instantOf(utc('2016-03-13T02:30:00'), Number.NEGATIVE_INFINITY, newYork), spring + hour / 2);
    assert.equal(instantOf(utc('2016-03-13T01:59:00'), Number.NEGATIVE_INFINITY, newYork), spring - 60);
    assert.equal(instantOf(utc('2016-03-13T03:00:00'), Number.NEGATIVE_INFINITY, newYork), spring);
  });

  it('may be any time ahead or behind, and change by any', () => {
    for (const [before, after] of [
      [14 * hour, -10 * hour],
      [-10 * hour, 14 * hour],
      [11 * hour, 10.5 * hour],
      [5.75 * hour, 5.5 * hour],
      [1_172, hour],
    ] as const) {
      const local = clocks(before, after, autumn);
      for (let seconds = autumn - 40 * hour; seconds < autumn + 40 * hour; seconds += 60) {
        assert.equal(instantOf(local(seconds), seconds - 60, local), seconds);
      }
    }
  });
});
