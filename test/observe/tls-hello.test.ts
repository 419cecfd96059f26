import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Hello, readClientHello } from '../../src/observe/tls-hello.js';
import { concatenate, hexadecimal, pattern, uint8 } from '../support/bytes.js';
import { seededRandom } from '../support/random.js';
import {
  clientHello,
  extension,
  handshakeMessage,
  helloFor,
  largeKeyShare,
  lateHelloFor,
  otherExtensions,
  serverNames,
} from '../support/tls-hellos.js';

/** As it stands in a packet, with other bytes before and behind; `length` bytes of it are there. */
function read(message: Uint8Array, length = message.length): Hello {
  const bytes = concatenate(pattern(3), message.subarray(0, length), message);
  return readClientHello(new DataView(bytes.buffer), 3, 3 + length);
}

const malformed: Hello = { kind: 'refused', why: 'malformed' };
const name = (text: string): Hello => ({ kind: 'name', name: text });
const withExtensions = (...extensions: readonly Uint8Array[]): Uint8Array =>
  clientHello({ before: extensions });

describe("a ClientHello's name", () => {
  test('is found before other extensions, and behind them', () => {
    assert.deepEqual(read(helloFor('www.Example.com')), name('www.example.com'));
    assert.deepEqual(read(lateHelloFor('www.example.com')), name('www.example.com'));
    assert.deepEqual(read(withExtensions(serverNames([0, 'a.example']))), name('a.example'));
    const short = clientHello({ session: uint8(), before: [serverNames([0, 'b.example'])] });
    assert.deepEqual(read(short), name('b.example'));
  });

  test('is the first host name of a list', () => {
    const two = withExtensions(serverNames([0, 'a.example'], [0, 'b.example']));
    assert.deepEqual(read(two), name('a.example'));
    assert.deepEqual(read(withExtensions(serverNames([1, 'a.example']))), malformed);
  });

  test('may be absent', () => {
    assert.deepEqual(read(withExtensions(...otherExtensions)), { kind: 'none' });
    assert.deepEqual(read(withExtensions()), { kind: 'none' });
    assert.deepEqual(read(clientHello({ withoutExtensions: true })), { kind: 'none' });
  });

  test('is not told where it is not fit to be shown', () => {
    for (const text of ['192.0.2.1', '<script>', 'a..b', 'x'.repeat(254)])
      assert.deepEqual(read(helloFor(text)), { kind: 'refused', why: 'unfit-name' }, text);
  });

  for (const [where, whole] of Object.entries({
    early: helloFor('early.example'),
    late: lateHelloFor('late.example'),
  })) {
    test(`is told as soon as it is there, cut at every byte: ${where}`, () => {
      const nameEnd = Buffer.from(whole).indexOf('.example') + '.example'.length;
      for (let length = 0; length < whole.length; length++) {
        const expected: Hello =
          length >= nameEnd
            ? name(`${where}.example`)
            : { kind: 'more', bytes: length < 4 ? 0 : whole.length };
        assert.deepEqual(read(whole, length), expected, `${length} bytes`);
      }
    });
  }

  test('is not looked for beyond the message', () => {
    const bare = clientHello({ withoutExtensions: true });
    assert.deepEqual(read(concatenate(bare, helloFor('next.example'))), { kind: 'none' });
    for (let length = bare.length - 1; length > 4; length--) {
      const shorter = handshakeMessage(1, bare.subarray(4, length));
      assert.deepEqual(read(concatenate(shorter, pattern(400))), malformed, `${length} bytes`);
    }
  });

  test('is not read where lengths contradict each other', () => {
    const list = (hex: string) => withExtensions(extension(0, hexadecimal(hex)));
    assert.deepEqual(read(list('')), malformed);
    assert.deepEqual(read(list('0003 00 0000')), malformed, 'a name of no bytes');
    assert.deepEqual(read(list('0005 00 0001 61')), malformed, 'a list longer than its extension');
    assert.deepEqual(read(list('0003 00 0001 61')), malformed, 'a list shorter than its extension');
    assert.deepEqual(read(list('0004 00 0002 61')), malformed, 'a name longer than its list');
    assert.deepEqual(read(list('0004 00 0001 61')), name('a'));
    const extra = concatenate(withExtensions(largeKeyShare).subarray(4), uint8(0));
    assert.deepEqual(read(handshakeMessage(1, extra)), malformed, 'bytes behind the extensions');
    assert.deepEqual(read(clientHello({ session: pattern(33) })), malformed);
    assert.deepEqual(read(clientHello({ cipherSuites: pattern(3) })), malformed);
    assert.deepEqual(read(clientHello({ cipherSuites: uint8() })), malformed);
    assert.deepEqual(read(clientHello({ compressionMethods: uint8() })), malformed);
    assert.deepEqual(read(handshakeMessage(2, pattern(80))), malformed, 'a ServerHello');
    assert.deepEqual(read(uint8(2), 1), malformed);
  });

  test('is found or refused within the bytes given, whatever they are', () => {
    const random = seededRandom(8446);
    const kinds = new Map<string, number>();
    for (let round = 0; round < 20_000; round++) {
      const message = Uint8Array.from(round % 2 === 0 ? helloFor('a.example') : lateHelloFor('a.example'));
      for (let changes = random() % 4; changes > 0; changes--)
        message[random() % Math.min(message.length, 120)] = random();
      const length = random() % (message.length + 1);
      // A view that ends where the bytes do: what reads further throws.
      const hello = readClientHello(new DataView(message.buffer, 0, length), 0, length);
      kinds.set(hello.kind, (kinds.get(hello.kind) ?? 0) + 1);
    }
    assert.deepEqual([...kinds.keys()].sort(), ['more', 'name', 'none', 'refused']);
  });
});
