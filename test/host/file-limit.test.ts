import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { withLimitRemedy } from '../../src/host/file-limit.js';

const remedy = '; raise the limit of open files with "ulimit -n"';
const withCode = (code: string) => Object.assign(new Error(`${code}: no`), { code });

describe('the limit of open files', () => {
  test('is known by the code, also of what caused an error', () => {
    for (const code of ['EMFILE', 'ENFILE']) {
      assert.equal(withLimitRemedy(withCode(code)), `${code}: no${remedy}`);
      const wrapped = new Error('a: cannot be opened', { cause: new Error('b', { cause: withCode(code) }) });
      assert.equal(withLimitRemedy(wrapped), `a: cannot be opened${remedy}`);
    }
  });

  test("is known by the C library's words, which libpcap hands on without a code", () => {
    const error = new Error('-i lo: socket: Too many open files');
    assert.equal(withLimitRemedy(error), `${error.message}${remedy}`);
  });

  test('is not seen in what anything else says', () => {
    for (const error of [withCode('ENOENT'), new Error('EMFILE.pcap: there is no such file; check the path')])
      assert.equal(withLimitRemedy(error), error.message);
    assert.throws(
      () => readFileSync('/nowhere'),
      (error: Error) => withLimitRemedy(error) === error.message,
    );
  });

  test('is looked for in a chain that ends', () => {
    const circle = new Error('round');
    circle.cause = circle;
    assert.equal(withLimitRemedy(circle), 'round');
  });
});
