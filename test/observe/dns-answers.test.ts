import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatenate, pattern, uint8, uint16 } from '../support/bytes.js';
import {
  addressRecord,
  type DnsMessage,
  type DnsRecord,
  dnsMessage,
  dnsName,
  pointerTo,
  typeA,
  typeAaaa,
  typeCname,
} from '../support/dns-messages.js';
import { answerText } from '../support/dns-second-reading.js';
import { countsText, unbalanced, type Watch, watch } from '../support/found-names.js';
import { frame } from '../support/frames.js';
import { seededRandom } from '../support/random.js';

const name = dnsName('www.Example.com');
const type64 = 64;

const datagram = (message: Uint8Array): Uint8Array =>
  frame().ethernet().ipv4().udp({ sourcePort: 53, targetPort: 40_000 }).payload(message).bytes();
const segment = (payload: Uint8Array): Uint8Array =>
  frame().ethernet().ipv6().tcp({ sourcePort: 53, targetPort: 40_000 }).payload(payload).bytes();
const overTcp = (message: Uint8Array): Uint8Array => concatenate(uint16(message.length), message);

const cname = (target: Uint8Array, owner?: Uint8Array, ttl?: number): DnsRecord => ({
  ...(owner === undefined ? {} : { name: owner }),
  ...(ttl === undefined ? {} : { ttl }),
  type: typeCname,
  data: target,
});

/** What one answer by UDP tells, without its ends, and what becomes of its frame. */
function read(parts: Partial<DnsMessage>, capturedBytes?: number): readonly [found: string, fate: string] {
  return readBytes(dnsMessage({ name, ...parts }), capturedBytes);
}

function readBytes(message: Uint8Array, capturedBytes?: number): readonly [found: string, fate: string] {
  const { observer, show } = watch();
  const bytes = datagram(message);
  const headers = bytes.length - message.length;
  const [found = 'nothing', ...more] = show(bytes, {
    capturedBytes: headers + (capturedBytes ?? message.length),
  });
  assert.deepEqual(more, []);
  assert.equal(unbalanced(observer.counts), 0);
  return [
    found.replace('10.0.0.1.53 > 10.0.0.2.40000 told ', ''),
    countsText(observer.counts).replace('seen 1, ', ''),
  ];
}

const nothing = (fate: string) => ['nothing', `${fate} 1`];
const told = (text: string) => [text, 'parsed 1'];

describe('a DNS answer', () => {
  test("tells a name's addresses, and the least of their times", () => {
    const addresses = [
      { ...addressRecord('192.0.2.1'), ttl: 60 },
      { ...addressRecord('192.0.2.2'), ttl: 30 },
    ];
    assert.deepEqual(read({ answers: addresses }), told('www.example.com 192.0.2.1 192.0.2.2 30 s'));
    const both = [addressRecord('2001:db8::1'), addressRecord('192.0.2.1')];
    assert.deepEqual(read({ answers: both, type: 255 }), told('www.example.com 2001:db8::1 192.0.2.1 300 s'));
    const old = [{ ...addressRecord('192.0.2.1'), ttl: 0x8000_0000 }];
    assert.deepEqual(read({ answers: old }), told('www.example.com 192.0.2.1 0 s'));
  });

  test('tells them through aliases, for the name that was asked for', () => {
    const [first, second] = [dnsName('cdn.example.net'), dnsName('edge.example.net')];
    const answers = [cname(first), cname(second, first, 5), addressRecord('192.0.2.1', second)];
    assert.deepEqual(read({ answers }), told('www.example.com 192.0.2.1 5 s'));
    const loop = [cname(name), addressRecord('192.0.2.1')];
    assert.deepEqual(read({ answers: loop }), told('www.example.com 192.0.2.1 300 s'));
  });

  test('writes owners as it likes: pointers, whole names, other letters, pointers into names', () => {
    const [recordAt, dataAt] = [12 + name.length + 4, 12 + name.length + 4 + 12];
    const compressed = concatenate(uint8(4), Buffer.from('edge'), pointerTo(16));
    for (const owner of [
      pointerTo(12),
      name,
      dnsName('WWW.EXAMPLE.COM'),
      concatenate(uint8(3), Buffer.from('wWw'), pointerTo(16)),
      pointerTo(recordAt + 200),
    ]) {
      const isRight = owner.length !== 2 || owner[1] === 12;
      assert.deepEqual(
        read({ answers: [addressRecord('192.0.2.1', owner)] }),
        isRight ? told('www.example.com 192.0.2.1 300 s') : nothing('without-name'),
        Buffer.from(owner).toString('latin1'),
      );
    }
    for (const owner of [pointerTo(dataAt), compressed, dnsName('EDGE.example.com')])
      assert.deepEqual(
        read({ answers: [cname(compressed), addressRecord('192.0.2.1', owner)] }),
        told('www.example.com 192.0.2.1 300 s'),
      );
  });

  test("does not tell what is somebody else's", () => {
    const foreign = addressRecord('198.51.100.1', dnsName('bank.example'));
    assert.deepEqual(read({ answers: [foreign] }), nothing('without-name'));
    assert.deepEqual(
      read({ answers: [foreign, addressRecord('192.0.2.1'), foreign] }),
      told('www.example.com 192.0.2.1 300 s'),
    );
    const alias = dnsName('alias.example');
    const cases: readonly (readonly DnsRecord[])[] = [
      [addressRecord('192.0.2.1', alias), cname(alias)],
      [cname(alias), addressRecord('192.0.2.1', dnsName('xlias.example'))],
      [cname(alias), addressRecord('192.0.2.1', dnsName('alias.example.x'))],
      [cname(alias), addressRecord('192.0.2.1', dnsName('alias'))],
      [cname(alias), addressRecord('192.0.2.1')],
      [{ ...addressRecord('192.0.2.1'), class: 3 }],
      [{ type: 46, data: pattern(20) }],
      [],
    ];
    for (const answers of cases) assert.deepEqual(read({ answers }), nothing('without-name'));
    // Bytes that differ by the bit of case, and are no letters.
    const at = dnsName('a@.example');
    assert.deepEqual(
      read({ name: at, answers: [cname(dnsName('b.a`')), addressRecord('192.0.2.1', dnsName('b.a@'))] }),
      nothing('without-name'),
    );
  });

  test('is read no further than to its fifth record of others', () => {
    const foreign = addressRecord('198.51.100.1', dnsName('bank.example'));
    const own = addressRecord('192.0.2.1');
    assert.deepEqual(
      read({ answers: [foreign, foreign, foreign, foreign, own] }),
      told('www.example.com 192.0.2.1 300 s'),
    );
    assert.deepEqual(
      read({ answers: [foreign, foreign, foreign, foreign, foreign, own] }),
      nothing('without-name'),
    );
  });

  test('is followed through sixteen aliases, and no further', () => {
    const hop = (number: number) => dnsName(`hop${number}.example`);
    const through = (aliases: number) => [
      cname(hop(1)),
      ...Array.from({ length: aliases - 1 }, (_, at) => cname(hop(at + 2), hop(at + 1))),
      addressRecord('192.0.2.1', hop(aliases)),
    ];
    assert.deepEqual(read({ answers: through(16) }), told('www.example.com 192.0.2.1 300 s'));
    assert.deepEqual(read({ answers: through(17) }), nothing('without-name'));
  });

  test('knows the longest names, spelled at another place', () => {
    const longest = dnsName(`${'a.'.repeat(126)}b`);
    const copyAt = 12 + longest.length + 4 + 12;
    const answers = [cname(longest), addressRecord('192.0.2.1', pointerTo(copyAt))];
    const [found] = read({ name: longest, answers: [...answers, cname(longest, pointerTo(12))] });
    assert.match(found, /^a\.a\..*\.b 192\.0\.2\.1 300 s$/);
    const [, fate] = read({ name: longest, answers: [cname(longest), addressRecord('192.0.2.1')] });
    assert.equal(fate, 'parsed 1');
  });

  test('tells no more than 64 addresses', () => {
    const answers = Array.from({ length: 100 }, (_, host) => addressRecord(`192.0.2.${host}`));
    const [found, fate] = read({ answers });
    assert.deepEqual([found.split(' ').length, fate], [1 + 64 + 2, 'parsed 1']);
    assert.match(found, / 192\.0\.2\.63 300 s$/);
  });

  test('is not what it looks like, or tells nothing', () => {
    const answers = [addressRecord('192.0.2.1')];
    assert.deepEqual(read({ answers, flags: 0x0100 }), nothing('malformed'), 'a question');
    assert.deepEqual(read({ answers, flags: 0xa180 }), nothing('malformed'), 'a notification');
    assert.deepEqual(read({ answers, questionCount: 0 }), nothing('malformed'));
    assert.deepEqual(read({ answers, questionCount: 2 }), nothing('malformed'));
    assert.deepEqual(read({ flags: 0x8183 }), nothing('without-name'), 'NXDOMAIN');
    assert.deepEqual(
      readBytes(concatenate(uint16(1, 0x8185, 0, 0, 0, 0))),
      nothing('without-name'),
      'REFUSED',
    );
    const otherClass = dnsMessage({ name, answers });
    otherClass[12 + name.length + 3] = 3;
    assert.deepEqual(readBytes(otherClass), nothing('without-name'), 'a question of class CHAOS');
    for (const [type, data] of [
      [typeA, pattern(5)],
      [typeA, pattern(16)],
      [typeAaaa, pattern(4)],
    ] as const)
      assert.deepEqual(read({ answers: [{ type, data }] }), nothing('malformed'));
    assert.deepEqual(read({ answers, answerCount: 2 }), nothing('malformed'));
    assert.deepEqual(read({ name: concatenate(uint8(type64), pattern(64)), answers }), nothing('malformed'));
    assert.deepEqual(read({ name: pattern(300).fill(1), answers }), nothing('malformed'));
  });

  test('tells no name that is not fit to be shown', () => {
    const answers = [addressRecord('192.0.2.1')];
    for (const unfit of [
      dnsName(''),
      dnsName('a b.example'),
      dnsName('<b>.example'),
      dnsName('192.0.2.1'),
      concatenate(uint8(3), Buffer.from('a.b'), dnsName('example')),
      concatenate(uint8(1, 97), pointerTo(12)),
    ])
      assert.deepEqual(read({ name: unfit, answers }), nothing('unfit-name'));
  });
});

describe('a DNS answer that is cut', () => {
  const alias = dnsName('cdn.example.net');
  const records: readonly DnsRecord[] = [
    cname(alias),
    addressRecord('192.0.2.1', alias),
    addressRecord('192.0.2.2', alias),
  ];
  const whole = dnsMessage({ name, answers: records });
  const recordBytes = alias.length + 10 + 4;
  const atCut = (cut: number) => {
    if (cut < whole.length - recordBytes) return nothing('cut');
    return told(`www.example.com 192.0.2.1${cut < whole.length ? '' : ' 192.0.2.2'} 300 s`);
  };

  test('by the capture, at every byte, tells what is there', () => {
    // Without a byte, it is not shown to the observer.
    for (let cut = 1; cut <= whole.length; cut++)
      assert.deepEqual(readBytes(whole, cut), atCut(cut), `${cut} bytes`);
  });

  test('by its server tells what is there', () => {
    assert.deepEqual(
      read({ answers: records, flags: 0x8380 }),
      told('www.example.com 192.0.2.1 192.0.2.2 300 s'),
    );
    assert.deepEqual(read({ flags: 0x8380 }), nothing('without-name'));
    const message = dnsMessage({ name, answers: records, flags: 0x8380 });
    const lastRecordCut = message.subarray(0, message.length - 3);
    assert.deepEqual(readBytes(lastRecordCut), told('www.example.com 192.0.2.1 300 s'));
  });

  test('but says nothing of it is malformed', () => {
    for (let cut = 1; cut < whole.length; cut++)
      assert.deepEqual(readBytes(whole.subarray(0, cut)), nothing('malformed'), `${cut} bytes`);
  });
});

describe('DNS answers over TCP', () => {
  const message = (text: string, address: string): Uint8Array =>
    overTcp(dnsMessage({ name: dnsName(text), answers: [addressRecord(address)] }));
  const one = message('a.example', '192.0.2.1');
  const other = message('b.example', '2001:db8::2');
  const ends = '2001:db8::1.53 > 2001:db8::2.40000 told';

  function readSegment({ show, observer }: Watch, bytes: Uint8Array): readonly [string[], string] {
    const found = show(segment(bytes));
    assert.equal(unbalanced(observer.counts), 0);
    return [found, countsText(observer.counts)];
  }

  test('may be several in a segment, which counts once', () => {
    assert.deepEqual(readSegment(watch(), concatenate(one, other)), [
      [`${ends} a.example 192.0.2.1 300 s`, `${ends} b.example 2001:db8::2 300 s`],
      'seen 1, parsed 1',
    ]);
    const bare = overTcp(dnsMessage({ name }));
    assert.deepEqual(readSegment(watch(), concatenate(bare, one)), [
      [`${ends} a.example 192.0.2.1 300 s`],
      'seen 1, parsed 1',
    ]);
    assert.deepEqual(readSegment(watch(), concatenate(bare, bare)), [[], 'seen 1, without-name 1']);
  });

  test('tell what is in the segment, and not what is in the next', () => {
    for (let cut = 1; cut < one.length; cut++)
      assert.deepEqual(
        readSegment(watch(), one.subarray(0, cut)),
        [[], 'seen 1, incomplete 1'],
        `${cut} bytes`,
      );
    const cutInSecond = concatenate(one, other).subarray(0, one.length + 20);
    assert.deepEqual(readSegment(watch(), cutInSecond), [
      [`${ends} a.example 192.0.2.1 300 s`],
      'seen 1, parsed 1',
    ]);
    assert.deepEqual(readSegment(watch(), pattern(500)), [[], 'seen 1, malformed 1']);
  });
});

describe('any message at all', () => {
  test('is read within its bounds, and tells what another reader finds in it', () => {
    const random = seededRandom(1_035);
    const [first, second] = [dnsName('cdn.example.net'), dnsName('edge.example.net')];
    const sound = [
      dnsMessage({ name, answers: [addressRecord('192.0.2.1'), addressRecord('192.0.2.2')] }),
      dnsMessage({
        name,
        answers: [cname(first), cname(second, first), addressRecord('2001:db8::1', second)],
      }),
      dnsMessage({
        name,
        answers: [cname(concatenate(uint8(1, 97), pointerTo(16))), addressRecord('192.0.2.9', pointerTo(45))],
      }),
    ];
    const { observer, show } = watch();
    let tolds = 0;
    for (let round = 0; round < 30_000; round++) {
      const message = Uint8Array.from(sound[random() % sound.length]!);
      for (let changes = random() % 4; changes > 0; changes--) message[random() % message.length] = random();
      const isCut = random() % 4 === 0;
      const bytes = datagram(message);
      const found = show(bytes, isCut ? { capturedBytes: bytes.length - (random() % message.length) } : {});
      tolds += found.length;
      if (isCut) continue;
      const expected = answerText(Buffer.from(message));
      if (expected === undefined) continue;
      const told = expected === 'nothing' ? [] : [`10.0.0.1.53 > 10.0.0.2.40000 told ${expected}`];
      assert.deepEqual(found, told, Buffer.from(message).toString('hex'));
    }
    assert.equal(observer.counts.parsed, tolds);
    assert.equal(observer.counts.seen, 30_000);
    assert.equal(unbalanced(observer.counts), 0);
    assert.ok(tolds > 9_000, `only ${tolds} told a name`);
  });
});
