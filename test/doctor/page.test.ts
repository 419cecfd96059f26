import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fail, ok, warn } from '../../src/doctor/finding.js';
import { findingText, summaryText } from '../../src/doctor/page.js';

const pipe = { columns: Number.POSITIVE_INFINITY, colour: false };

describe('a finding', () => {
  test('is one line in a pipe, and its command another', () => {
    assert.equal(
      findingText('libpcap', ok('1.10.3; headers in /usr/include'), pipe),
      'ok    libpcap      1.10.3; headers in /usr/include\n',
    );
    assert.equal(
      findingText('interfaces', fail('eth0 is down', 'ip link set eth0 up'), pipe),
      'fail  interfaces   eth0 is down\n      $ ip link set eth0 up\n',
    );
  });

  test('is wrapped between words on a terminal, where its command stays whole', () => {
    const long = warn('one two three four five six seven eight', 'a command that is longer than the line');
    assert.equal(
      findingText('offloads', long, { columns: 50, colour: false }),
      [
        'warn  offloads     one two three four five six',
        '                   seven eight',
        '      $ a command that is longer than the line',
        '',
      ].join('\n'),
    );
  });

  test('keeps a word that is longer than the line, and a column to write in', () => {
    const word = 'x'.repeat(40);
    assert.equal(
      findingText('cap', ok(`a ${word} b`), { columns: 10, colour: false }),
      `ok    cap          a\n                   ${word}\n                   b\n`,
    );
  });

  test('is coloured by its level, and its command too', () => {
    assert.equal(
      findingText('cap', fail('bad', 'mend it'), { columns: 80, colour: true }),
      '\x1b[1;31mfail  \x1b[0mcap          bad\n      $ \x1b[36mmend it\x1b[0m\n',
    );
  });
});

test('the summary counts in words', () => {
  assert.equal(summaryText({ ok: 3, warn: 1, fail: 0 }), '3 ok, 1 warning, 0 failures\n');
});
