import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatIPv4,
  formatIPv6,
  maxIPv4Bytes,
  maxIPv6Bytes,
  parseAddress,
  writeIPv4,
  writeIPv6,
} from '../../src/packet/address.js';

/** The four words of sixteen octets, as Packet holds them. */
function wordsOf(octets: Uint8Array): [number, number, number, number] {
  const view = new DataView(octets.buffer, octets.byteOffset, 16);
  return [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true), view.getInt32(12, true)];
}

/** IPv6 addresses with many zero groups, so that every shape of "::" comes up. */
const ipv6Octets = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(0xf), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

/** What the URL parser makes of the full, uncompressed text: RFC 5952 but for IPv4-mapped addresses. */
function serialisedByUrl(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((octets[2 * i]! << 8) | octets[2 * i + 1]!).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

const isMapped = (octets: Uint8Array) =>
  octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 0xff && octets[11] === 0xff;

function written(maxBytes: number, write: (view: DataView, offset: number) => number): string {
  const bytes = new Uint8Array(3 + maxBytes + 1).fill(0xee);
  const end = write(new DataView(bytes.buffer), 3);
  assert.deepEqual([...bytes.subarray(0, 3), bytes[3 + maxBytes]], [0xee, 0xee, 0xee, 0xee]);
  return Buffer.from(bytes.subarray(3, end)).toString('latin1');
}

test('IPv4 text is dotted decimals and reads back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (octets) => {
      const word = new DataView(octets.buffer, octets.byteOffset).getInt32(0, true);
      const text = octets.join('.');
      assert.equal(formatIPv4(word), text);
      assert.equal(
        written(maxIPv4Bytes, (view, offset) => writeIPv4(view, offset, word)),
        text,
      );
      assert.deepEqual(parseAddress(text), { family: 4, words: Int32Array.of(word, 0, 0, 0) });
    }),
    { seed: 5952, numRuns: 2000 },
  );
});

test('IPv6 text is what the URL parser serialises and reads back', () => {
  fc.assert(
    fc.property(
      ipv6Octets.filter((octets) => !isMapped(octets)),
      (octets) => {
        const words = wordsOf(octets);
        const text = serialisedByUrl(octets);
        assert.equal(formatIPv6(...words), text);
        assert.equal(
          written(maxIPv6Bytes, (view, offset) => writeIPv6(view, offset, ...words)),
          text,
        );
        assert.deepEqual(parseAddress(text), { family: 6, words: Int32Array.from(words) });
      },
    ),
    { seed: 5952, numRuns: 5000 },
  );
});

test('every example of RFC 5952 and every set of zero groups', () => {
  const examples = [
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0DB8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
    ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:0:0', '::ffff:0.0.0.0'],
    ['0:0:0:0:0:ffff:ffff:ffff', '::ffff:255.255.255.255'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::1.2.3.4', '::102:304'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ] as const;
  for (const [text, canonical] of examples) {
    const [word0, word1, word2, word3] = parseAddress(text)!.words as unknown as [
      number,
      number,
      number,
      number,
    ];
    assert.equal(formatIPv6(word0, word1, word2, word3), canonical);
    assert.deepEqual(parseAddress(canonical), parseAddress(text));
  }
  for (let zeroGroups = 0; zeroGroups < 256; zeroGroups++) {
    const octets = new Uint8Array(16);
    for (let group = 0; group < 8; group++) octets[2 * group + 1] = (zeroGroups >> group) & 1 ? 0 : group + 1;
    assert.equal(formatIPv6(...wordsOf(octets)), serialisedByUrl(octets));
  }
});

test('IPv4-mapped addresses end in dotted decimals', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (octets) => {
      const words = wordsOf(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...octets));
      const text = `::ffff:${octets.join('.')}`;
      assert.equal(formatIPv6(...words), text);
      assert.equal(
        written(maxIPv6Bytes, (view, offset) => writeIPv6(view, offset, ...words)),
        text,
      );
      assert.deepEqual(parseAddress(text), { family: 6, words: Int32Array.from(words) });
    }),
    { seed: 5952 },
  );
});

test('what is an address is what node:net says it is, and never a zone', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '::',
      ':',
      '.',
      '0',
      '00',
      '1',
      'ffff',
      'F',
      '255',
      '256',
      '01',
      '12345',
      'g',
      ' ',
      '%lo',
      '1.2.3.4',
      '',
    ),
    fc.constantFrom('1:', '2:', 'a:', ':b', ':0'),
  );
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(fc.ipV6(), fc.nat(), piece).map(([text, at, extra]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + extra + text.slice(position);
    }),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const family = text.includes('%') ? undefined : isIPv4(text) ? 4 : isIPv6(text) ? 6 : undefined;
      assert.equal(parseAddress(text)?.family, family, JSON.stringify(text));
    }),
    { seed: 5952, numRuns: 20_000 },
  );
});

test('an address cut at any character is refused or another address, never an exception', () => {
  for (const text of ['2001:db8:1:2:3:4:255.255.255.255', '192.168.100.200', 'fe80::aaaa:bbbb']) {
    for (let end = 0; end < text.length; end++) {
      const cut = text.slice(0, end);
      assert.equal(parseAddress(cut) !== undefined, isIPv4(cut) || isIPv6(cut), cut);
    }
  }
});
