import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownText } from '../../../src/enrich/owners/shown-text.js';

const bytes = (text: string) => Buffer.from(text).toString('latin1');

for (const [what, given, expected] of [
  ['printable ASCII stays', 'nginx.service "x" \\x2d', 'nginx.service "x" \\x2d'],
  ['UTF-8 stays', bytes('größe-日本-😀'), 'größe-日本-😀'],
  ['control characters show their bytes', 'a\nb\x1b[31m\x00\x7f', 'a\\x0ab\\x1b[31m\\x00\\x7f'],
  ['what turns the direction does, too', bytes('a\u202eb\u2028'), 'a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8'],
  ['C1 controls do, too', bytes('a\u0085b'), 'a\\xc2\\x85b'],
  ['of bytes that are no UTF-8 all do', 'gr\xf6\xdfe', 'gr\\xf6\\xdfe'],
  ['half a character', 'a\xe2\x80', 'a\\xe2\\x80'],
  ['a half of a pair of surrogates', 'a\xed\xa0\x80', 'a\\xed\\xa0\\x80'],
  ['nothing', '', ''],
] as const) {
  test(what, () => assert.equal(shownText(given), expected));
}
