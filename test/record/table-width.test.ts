/** Tables on terminals of every width: what has no room is left out, and what is shown is true. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Flow, table, window } from './table-rig.js';

const meter: Flow = {
  source: '198.51.100.18',
  target: '198.51.100.1',
  ports: [40485, 9001],
  protocol: 17,
  count: 31_487,
  length: 31_487_000,
};

test('the heading gives up UTC, the date, the start, the packets, the end, and the bytes, in this order', () => {
  /** Every heading that some width has, the longest first. */
  const headings = (startUs: number, endUs: number) => {
    const widths = Array.from({ length: 100 }, (_, index) => 100 - index);
    return [...new Set(widths.map((columns) => table([meter], columns, 24, false, { startUs, endUs })[0]!))];
  };
  const { startUs } = window;
  assert.deepEqual(headings(startUs, startUs + 20e6), [
    '2016-09-08 23:28:20 to 23:28:40 UTC: 1 flow, 31,487 packets, 31.5 MB',
    '2016-09-08 23:28:20 to 23:28:40: 1 flow, 31,487 packets, 31.5 MB',
    '23:28:20 to 23:28:40: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:40: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:40: 1 flow, 31.5 MB',
    '1 flow, 31.5 MB',
    '1 flow',
    '…',
  ]);
  assert.deepEqual(headings(startUs, startUs + 500_000).slice(0, 4), [
    '2016-09-08 23:28:20.000 to 23:28:20.500 UTC: 1 flow, 31,487 packets, 31.5 MB',
    '2016-09-08 23:28:20.000 to 23:28:20.500: 1 flow, 31,487 packets, 31.5 MB',
    '23:28:20.000 to 23:28:20.500: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20.500: 1 flow, 31,487 packets, 31.5 MB',
  ]);
  assert.deepEqual(headings(startUs, startUs + 86_400e6).slice(0, 4), [
    '2016-09-08 23:28:20 to 2016-09-09 23:28:20 UTC: 1 flow, 31,487 packets, 31.5 MB',
    '2016-09-08 23:28:20 to 2016-09-09 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 2016-09-09 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
  ]);
  assert.deepEqual(headings(0, startUs).slice(0, 4), [
    'until 2016-09-08 23:28:20 UTC: 1 flow, 31,487 packets, 31.5 MB',
    'until 2016-09-08 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20: 1 flow, 31,487 packets, 31.5 MB',
    'until 23:28:20: 1 flow, 31.5 MB',
  ]);
});
