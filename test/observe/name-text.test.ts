import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nameText } from '../../src/observe/name-text.js';
import { seededRandom } from '../support/random.js';

/** As it is read from the middle of a packet. */
function read(name: string): string | undefined {
  const bytes = Buffer.from(`a.${name}.b`, 'latin1');
  return nameText(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 2, 2 + name.length);
}

const label63 = 'x'.repeat(63);
/** 253 bytes. */
const longest = `${label63}.${label63}.${label63}.${'y'.repeat(61)}`;

describe('a name in a packet', () => {
  test('is shown in lower case, and without a final dot', () => {
    assert.equal(read('WWW.Example.COM'), 'www.example.com');
    assert.equal(read('www.example.com.'), 'www.example.com');
    assert.equal(read('localhost'), 'localhost');
    assert.equal(read('_dmarc.xn--bcher-kva.example'), '_dmarc.xn--bcher-kva.example');
    assert.equal(read('4.3.2.1.in-addr.arpa'), '4.3.2.1.in-addr.arpa');
    assert.equal(read('1e100.net'), '1e100.net');
    assert.equal(read(longest), longest);
    assert.equal(read(`${longest}.`), longest);
  });

  test('is not shown where no host has such a name', () => {
    for (const name of ['', '.', '..', '.example', 'example..', 'a..example', `${label63}x.example`])
      assert.equal(read(name), undefined, name);
    assert.equal(read(`${longest}z`), undefined);
    for (const name of [
      'a b',
      'a\0',
      '<b>.example',
      'ex\u00e4mple',
      'a/b',
      '*.example',
      'a\n',
      '"',
      "'",
      'a:1',
    ])
      assert.equal(read(name), undefined, JSON.stringify(name));
  });

  test('is not shown where it reads as something else', () => {
    for (const name of ['192.0.2.1', '192.0.2.1.', '2130706433', 'example.1', '0x7f000001', 'a.0x', '1.0XfF'])
      assert.equal(read(name), undefined, name);
    for (const name of ['nxdomain', 'NXDOMAIN', 'nxdomain.']) assert.equal(read(name), undefined, name);
    for (const name of ['nxdomain.example', '0x7g.example', 'a.0xg', '0x7f.com', 'a1', '1a'])
      assert.equal(read(name), name);
  });

  test('is what a pattern would let through, whatever stands in it', () => {
    const random = seededRandom(15);
    const characters = 'aZ09-_.x*\u00e4 \0';
    let shown = 0;
    for (let round = 0; round < 20_000; round++) {
      const name = Array.from({ length: random() % 8 }, () => characters[random() % characters.length]).join(
        '',
      );
      const bare = name.replace(/\.$/, '').toLowerCase();
      const isFit = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(bare) && !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(bare);
      assert.equal(read(name), isFit ? bare : undefined, JSON.stringify(name));
      if (isFit) shown++;
    }
    assert.ok(shown > 1_000, `${shown}`);
  });
});
