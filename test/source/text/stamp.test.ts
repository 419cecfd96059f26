/** The time at a line's start, in every form, and what it means where clocks are put back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cursor } from '../../../src/source/text/cursor.js';
import { StampReader } from '../../../src/source/text/stamp.js';
import { nodeLocalTime } from '../../../src/source/text/time-zone.js';

const arrivalUs = 1_700_000_000_000_000;

function newReader(): StampReader {
  const reader = new StampReader(() => arrivalUs, nodeLocalTime);
  reader.bytesArrived();
  return reader;
}

/** The time, or undefined where there was none; checks that the reader went exactly behind the stamp. */
function read(text: string, reader = newReader()): number | undefined {
  const cursor = new Cursor();
  cursor.bytes = Buffer.from(`${text}IP 10.0.0.1\n`);
  cursor.end = cursor.bytes.length - 1;
  const isStamp = reader.read(cursor);
  assert.equal(cursor.at, isStamp ? text.length : 0);
  return isStamp ? reader.timestampUs : undefined;
}

const setZone = (zone: string | undefined): void => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
};

describe('time stamps', () => {
  const zone = process.env['TZ'];
  before(() => setZone('America/New_York'));
  after(() => setZone(zone));

  it('with a date are local time', () => {
    assert.equal(read('2016-09-08 19:28:29.073292 '), Date.UTC(2016, 8, 8, 23, 28, 29, 73) * 1_000 + 292);
    assert.equal(read('2016-01-08 19:28:29.073292 '), Date.UTC(2016, 0, 9, 0, 28, 29, 73) * 1_000 + 292);
  });

  it('of an epoch are what they are', () => {
    assert.equal(read('1473377309.073292 '), 1_473_377_309_073_292);
    assert.equal(read('4294967295.999999 '), 4_294_967_295_999_999);
  });

  it('have nanoseconds cut off', () => {
    assert.equal(read('1473377309.073292999 '), 1_473_377_309_073_292);
    assert.equal(read('2016-09-08 19:28:29.073292999 '), read('2016-09-08 19:28:29.073292 '));
  });

  it('of damaged captures have too many microseconds, or senseless ones', () => {
    assert.equal(read('1473377309.1000000 '), 1_473_377_310_000_000);
    assert.equal(read('1473377309.4292819813 '), 1_473_377_309_000_000);
  });

  it('without a date mean when the bytes came', () => {
    for (const text of ['12:00:00.000001 ', ' 00:00:00.000001 ', '-00:00:01.000001 ', ' 99:00:00.000001 ']) {
      assert.equal(read(text), arrivalUs, text);
    }
    assert.equal(read('[Error converting time] '), arrivalUs);
  });

  it('without a date mean the last one that was stated, where there was one', () => {
    const reader = newReader();
    read('1473377309.073292 ', reader);
    assert.equal(read('[Error converting time] ', reader), 1_473_377_309_073_292);
    reader.bytesArrived();
    assert.equal(read('12:00:00.000001 ', reader), 1_473_377_309_073_292);
  });

  it('are not anything else', () => {
    const others = [
      ...['', 'IP ', '10.0.0.1.22 > ', '1473377309 ', '1473377309.07 ', '14733773090.073292 ', '12:00:00 '],
      ...['2016-09-08 19:28:29 ', '2016-13-08 19:28:29.000000 ', '2016-00-08 19:28:29.000000 '],
      ...['2016-09-32 19:28:29.000000 ', '2016-09-08 24:28:29.000000 ', '2016-09-08 19:60:29.000000 '],
      ...['2016-09-08 19:28:61.000000 ', '2016-09-08T19:28:29.000000 ', '1-09-08 19:28:29.000000 '],
      ...['2016-09-08 19:28:29.0000000000000 ', '12:60:00.000001 ', '  12:00:00.000001 ', '2016-09-08 '],
    ];
    for (const text of others) assert.equal(read(text), undefined, text);
  });

  it('that come twice when clocks are put back go on', () => {
    const reader = newReader();
    const first = Date.UTC(2016, 10, 6, 5, 30) * 1_000; // 01:30 in summer time
    assert.equal(read('2016-11-06 01:30:00.000000 ', reader), first);
    assert.equal(read('2016-11-06 01:59:59.000000 ', reader), first + 1_799_000_000);
    assert.equal(read('2016-11-06 01:00:00.000000 ', reader), first + 1_800_000_000);
    assert.equal(read('2016-11-06 01:30:00.000000 ', reader), first + 3_600_000_000);
    assert.equal(read('2016-11-06 02:00:00.000000 ', reader), first + 5_400_000_000);
  });

  it('a little out of order stay where they are', () => {
    const reader = newReader();
    const later = read('2016-11-06 01:30:01.000000 ', reader)!;
    assert.equal(read('2016-11-06 01:30:00.999999 ', reader), later - 1);
    assert.equal(
      read('2016-09-08 19:28:29.073292 ', reader),
      Date.UTC(2016, 8, 8, 23, 28, 29, 73) * 1_000 + 292,
    );
  });
});
