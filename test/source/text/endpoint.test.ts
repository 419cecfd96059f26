/** Addresses with and without ports, as tcpdump writes them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIPv4, formatIPv6, parseAddress } from '../../../src/packet/address.js';
import { Cursor } from '../../../src/source/text/cursor.js';
import { Endpoint, readEndpoint } from '../../../src/source/text/endpoint.js';

interface Reading {
  readonly words: readonly number[];
  /** undefined where there was none. */
  readonly port: number | undefined;
  readonly rest: string;
}

function read(text: string): Reading | undefined {
  const cursor = new Cursor();
  cursor.bytes = Buffer.from(`${text}\n`);
  cursor.end = text.length;
  const endpoint = new Endpoint();
  if (!readEndpoint(cursor, endpoint)) {
    assert.equal(cursor.at, 0, 'nothing is moved where nothing was read');
    return undefined;
  }
  const { family, word0, word1, word2, word3, port } = endpoint;
  return {
    words: family === 4 ? [word0] : [word0, word1, word2, word3],
    port: port < 0 ? undefined : ((port & 0xff) << 8) | (port >>> 8),
    rest: text.slice(cursor.at),
  };
}

const word = fc.oneof(fc.integer(), fc.constantFrom(0, 0, 0xffff0000 | 0, 1 << 24));
const port = fc.option(fc.integer({ min: 0, max: 0xffff }), { nil: undefined });
const rest = fc.constantFrom('', ' > ', ': ', ':', ',');

describe('endpoints', () => {
  it('are read as they are written, IPv4', () => {
    fc.assert(
      fc.property(fc.integer(), port, rest, (address, port, rest) => {
        const text = `${formatIPv4(address)}${port === undefined ? '' : `.${port}`}${rest}`;
        assert.deepEqual(read(text), { words: [address], port, rest });
      }),
      { seed: 1 },
    );
  });

  it('are read as they are written, IPv6', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), port, rest, (words, port, rest) => {
        const text = `${formatIPv6(...words)}${port === undefined ? '' : `.${port}`}${rest}`;
        assert.deepEqual(read(text), { words, port, rest });
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('are no more and no less than addresses', () => {
    const alphabet = fc.constantFrom(...'0123456789abcdef.::..  >:xg');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 45 }), (text) => {
        const reading = read(text);
        if (!reading) return;
        const own = text.slice(0, text.length - reading.rest.length);
        const address = reading.port === undefined ? own : own.slice(0, own.lastIndexOf('.'));
        const withoutZeros = address.includes(':') ? address : address.split('.').map(Number).join('.');
        assert.deepEqual(
          [...(parseAddress(withoutZeros)?.words ?? [])].slice(0, reading.words.length),
          reading.words,
        );
      }),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('may be IPv4-compatible', () =>
    assert.deepEqual(read('::10.0.0.1.53 '), { words: [0, 0, 0, 0x0100000a], port: 53, rest: ' ' }));

  it('are not names, MAC addresses or numbers too large', () => {
    const others = [
      ...[
        '',
        'localhost',
        '10.0.0',
        '10.0.0.256',
        '10.0.0.1.ssh',
        '10.0.0.1.65536',
        '10.0.0.1.',
        '1000.0.0.1',
      ],
      ...[
        '02:00:00:00:00:01',
        ':',
        ':1',
        '1:2:3:4:5:6:7',
        '1::2::3',
        '12345::',
        '::1.',
        '::1.99999',
        'fe80:',
      ],
      ...['1:2:3:4:5:6:7::8', '::1:2:3:4:5:6:7:8'],
    ];
    for (const text of others) assert.equal(read(text), undefined, text);
  });
});
