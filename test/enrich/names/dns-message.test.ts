import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, decode } from 'dns-packet';
import fc from 'fast-check';
import { encodeQuestion, mixCase, readAnswer } from '../../../src/enrich/names/dns-message.js';
import { nameError, pointer, type Reply, refused, replyTo, startOfAuthority } from './scripted-dns-server.js';

const seed = 20260802;
const id = 0xbeef;
const name = '1.2.0.192.In-aDdR.aRPa';
const lowerName = name.toLowerCase();

function read(reply: Reply, transport: 'udp' | 'tcp' = 'udp') {
  return readAnswer(replyTo({ id, name }, reply), id, name, transport);
}

test('a question asks for PTR records of one name and wants recursion', () => {
  const { questions, flag_rd, type, id: questionId } = decode(encodeQuestion(id, name));
  assert.deepEqual(
    { questions, flag_rd, type, questionId },
    {
      questions: [{ name, type: 'PTR', class: 'IN' }],
      flag_rd: true,
      type: 'query',
      questionId: id,
    },
  );
});

test('letters take the case their bits say, digits and dots stay', () => {
  assert.equal(mixCase('1.2.in-addr.arpa', Uint8Array.of(0b00000001, 0b10)), '1.2.In-addr.arpA');
  assert.equal(mixCase('f.e.ip6.arpa', Uint8Array.of(0xff, 0xff)), 'F.E.IP6.ARPA');
});

test('a PTR record gives its name without the final dot', () => {
  assert.deepEqual(read({ answers: [pointer(name, 'host.example.com.', 77)] }), {
    kind: 'name',
    name: 'host.example.com',
    ttlSeconds: 77,
  });
});

test('of several names the first in the alphabet is taken, with the least TTL', () => {
  const answers = [
    pointer(name, 'b.example', 10),
    pointer(name, 'a.example', 20),
    pointer(name, 'c.example', 5),
  ];
  assert.deepEqual(read({ answers }), { kind: 'name', name: 'a.example', ttlSeconds: 5 });
});

test('aliases are followed inside the answer, as RFC 2317 delegates parts of a network', () => {
  const alias: Answer = {
    type: 'CNAME',
    class: 'IN',
    name: lowerName,
    ttl: 9,
    data: '1.0-63.2.0.192.in-addr.arpa',
  };
  const answers = [pointer('1.0-63.2.0.192.in-ADDR.arpa', 'host.example', 300), alias];
  assert.deepEqual(read({ answers }), { kind: 'name', name: 'host.example', ttlSeconds: 9 });
});

test('aliases in a circle, and records of other names, give no name', () => {
  const circle: Answer[] = [
    { type: 'CNAME', class: 'IN', name, ttl: 9, data: 'x.example' },
    { type: 'CNAME', class: 'IN', name: 'x.example', ttl: 9, data: name },
  ];
  const nameless = { kind: 'nameless', ttlSeconds: undefined };
  assert.deepEqual(read({ answers: circle }), nameless);
  assert.deepEqual(read({ answers: [pointer('2.2.0.192.in-addr.arpa', 'other.example')] }), nameless);
  assert.deepEqual(read({ answers: [{ ...pointer(name, 'x.example'), class: 'CH' } as Answer] }), nameless);
});

test('negative answers live as long as the lesser of the SOA record and its minimum (RFC 2308)', () => {
  const zone = '2.0.192.in-addr.arpa';
  assert.deepEqual(read({ responseCode: nameError, authorities: [startOfAuthority(zone, 900, 300)] }), {
    kind: 'nxdomain',
    ttlSeconds: 300,
  });
  assert.deepEqual(read({ responseCode: nameError, authorities: [startOfAuthority(zone, 60, 300)] }), {
    kind: 'nxdomain',
    ttlSeconds: 60,
  });
  assert.deepEqual(read({ authorities: [startOfAuthority(zone, 900, 300)] }), {
    kind: 'nameless',
    ttlSeconds: 300,
  });
  assert.deepEqual(read({ responseCode: nameError }), { kind: 'nxdomain', ttlSeconds: undefined });
});

test('a TTL with its top bit set counts as 0 (RFC 2181)', () => {
  assert.deepEqual(read({ answers: [pointer(name, 'host.example', 0x8000_0000)] }), {
    kind: 'name',
    name: 'host.example',
    ttlSeconds: 0,
  });
});

test('other response codes are failures, with the word for them', () => {
  const reasons = {
    1: 'FORMERR',
    2: 'SERVFAIL',
    4: 'NOTIMP',
    [refused]: 'REFUSED',
    9: 'RCODE 9',
    15: 'RCODE 15',
  };
  for (const [code, reason] of Object.entries(reasons))
    assert.deepEqual(read({ responseCode: Number(code) }), { kind: 'failure', reason });
});

test('a truncated answer sends us to TCP', () => {
  assert.deepEqual(read({ truncated: true }), { kind: 'over-tcp' });
  assert.deepEqual(read({ truncated: true }, 'tcp'), { kind: 'malformed' });
});

test('over UDP nothing is believed but that the letters of the question are changed, or that it is left out', () => {
  for (const reply of [{ answers: [pointer(lowerName, 'host.example')] }, { truncated: true }]) {
    const lower = replyTo({ id, name: lowerName }, reply);
    assert.deepEqual(readAnswer(lower, id, name, 'udp'), { kind: 'changed-question' });
  }
  const lower = replyTo({ id, name: lowerName }, { answers: [pointer(lowerName, 'host.example')] });
  assert.equal(readAnswer(lower, id, name, 'tcp').kind, 'name');
  // A header alone, as RFC 1035 lets a server answer what it cannot read.
  const formatError = replyTo({ id, name }, { responseCode: 1 }).subarray(0, 12);
  formatError.writeUInt16BE(0, 4);
  assert.deepEqual(readAnswer(formatError, id, name, 'udp'), { kind: 'changed-question' });
  assert.deepEqual(readAnswer(formatError, id, name, 'tcp'), { kind: 'failure', reason: 'FORMERR' });
});

test('what answers another question is foreign', () => {
  const honest = replyTo({ id, name }, { answers: [pointer(name, 'host.example')] });
  const changed = (change: (message: Buffer) => void) => {
    const message = Buffer.from(honest);
    change(message);
    return readAnswer(message, id, name, 'udp');
  };
  const typeAt = 12 + name.length + 2;
  assert.equal(changed(() => {}).kind, 'name');
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(id + 1, 0)),
    { kind: 'foreign' },
  );
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(0x0100, 2)),
    { kind: 'foreign' },
    'a query',
  );
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(0xa800, 2)),
    { kind: 'foreign' },
    'an update',
  );
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(0, 4)),
    { kind: 'foreign' },
    'no question',
  );
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(2, 4)),
    { kind: 'foreign' },
    'two questions',
  );
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(1, typeAt)),
    { kind: 'foreign' },
    'type A',
  );
  assert.deepEqual(
    changed((message) => message.writeUInt16BE(3, typeAt + 2)),
    { kind: 'foreign' },
    'class CH',
  );
  assert.deepEqual(
    changed((message) => message.write('9', 13)),
    { kind: 'foreign' },
    'another name',
  );
  assert.deepEqual(
    readAnswer(honest.subarray(0, 11), id, name, 'udp'),
    { kind: 'foreign' },
    'no whole header',
  );
});

test('names that are not made of host-name characters, or that read as something else, are not shown', () => {
  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}`;
  const unfit = [
    'a b',
    'a"b.example',
    'a\\b',
    'back\u0008space',
    'new\nline',
    'caf\u00e9.example',
    '<b>',
    'a/b',
    '8.8.8.8',
    'host.1',
    '7',
    'NXDOMAIN',
    'nxdomain',
    '*',
    'a$(id)',
  ];
  for (const text of unfit) {
    assert.deepEqual(read({ answers: [pointer(name, text, 3)] }), { kind: 'unfit', ttlSeconds: 3 }, text);
  }
  assert.deepEqual(read({ answers: [pointer(name, '', 3)] }), { kind: 'unfit', ttlSeconds: 3 }, 'the root');
  for (const text of ['a', 'A-1_b.Example', '1.example', 'nxdomain.example', `${long}.${'d'.repeat(61)}`]) {
    assert.deepEqual(read({ answers: [pointer(name, text, 3)] }), {
      kind: 'name',
      name: text,
      ttlSeconds: 3,
    });
  }
});

test('a name that may have been compressed into the question loses its random letters', () => {
  assert.deepEqual(read({ answers: [pointer(name, 'Host.2.0.192.In-aDdR.aRPa')] }), {
    kind: 'name',
    name: 'host.2.0.192.in-addr.arpa',
    ttlSeconds: 300,
  });
});

test('one fit name among unfit ones is taken', () => {
  assert.deepEqual(read({ answers: [pointer(name, '!'), pointer(name, 'host.example')] }), {
    kind: 'name',
    name: 'host.example',
    ttlSeconds: 300,
  });
});

test('a header that promises more records than the message has is malformed, and costs no memory', () => {
  const message = replyTo({ id, name }, {});
  for (const countAt of [6, 8]) {
    const lying = Buffer.from(message);
    lying.writeUInt16BE(0xffff, countAt);
    assert.deepEqual(readAnswer(lying, id, name, 'udp'), { kind: 'malformed' });
  }
});

test('of thousands of records the same name is taken, in whatever order they come', () => {
  const answers = Array.from({ length: 1_800 }, (_, i) => pointer(name, `host-${i}.example`));
  for (const turn of [0, 1, 17, 900, 1_799]) {
    const turned = [...answers.slice(turn), ...answers.slice(0, turn)];
    assert.deepEqual(read({ answers: turned }, 'tcp'), {
      kind: 'name',
      name: 'host-0.example',
      ttlSeconds: 300,
    });
  }
});

test('a dot inside a label is no dot of a host name', () => {
  const message = replyTo({ id, name }, { answers: [pointer(name, 'host-x.example', 3)] });
  message[message.lastIndexOf('-x')] = 0x2e;
  assert.deepEqual(readAnswer(message, id, name, 'udp'), { kind: 'unfit', ttlSeconds: 3 });
});

test('a record whose data is longer than its name, or that has more data than there is, is malformed', () => {
  const honest = replyTo({ id, name }, { answers: [pointer(name, 'host.example')] });
  const lengthAt = honest.length - 'host.example'.length - 2 - 2;
  for (const change of [-1, 1]) {
    const lying = Buffer.concat([honest, Buffer.alloc(change < 0 ? 0 : 1)]);
    lying.writeUInt16BE(honest.readUInt16BE(lengthAt) + change, lengthAt);
    assert.deepEqual(readAnswer(lying, id, name, 'udp'), { kind: 'malformed' });
  }
});

test('compression pointers that loop, or point forward or outside, are malformed', () => {
  const message = replyTo({ id, name }, { answers: [pointer(name, 'host.example')] });
  const answerAt = 12 + name.length + 2 + 4;
  for (const target of [answerAt, answerAt + 2, 0x3fff]) {
    const looping = Buffer.from(message);
    looping.writeUInt16BE(0xc000 | target, answerAt);
    assert.deepEqual(readAnswer(looping, id, name, 'udp'), { kind: 'malformed' });
  }
});

/** 64 KiB of PTR records whose owners and names are each a chain of so many pointers to the question's name. */
function fullOfPointers(pointers: number): Buffer {
  const message = Buffer.alloc(65_535);
  const head = replyTo({ id, name }, {});
  head.copy(message);
  // One record of an unknown type whose data is the chain …
  const chainAt = head.length + 12;
  const chainBytes = 2 * (pointers - 1);
  message.set([0xc0, 12, 0xff, 0, 0, 1, 0, 0, 0, 60, chainBytes >> 8, chainBytes & 0xff], head.length);
  for (let at = chainAt; at < chainAt + chainBytes; at += 2) {
    message.writeUInt16BE(0xc000 | (at === chainAt ? 12 : at - 2), at);
  }
  // … and after it PTR records whose owner and data are the chain's far end.
  const chainEnd = 0xc000 | (chainAt + chainBytes - 2);
  let records = 1;
  for (let at = chainAt + chainBytes; at + 14 <= message.length; at += 14) {
    message.set(
      [chainEnd >> 8, chainEnd & 0xff, 0, 12, 0, 1, 0, 0, 0, 60, 0, 2, chainEnd >> 8, chainEnd & 0xff],
      at,
    );
    records++;
  }
  message.writeUInt16BE(records, 6);
  return message;
}

test('a message full of pointers to pointers is read, up to as many as an honest server makes', () => {
  assert.deepEqual(readAnswer(fullOfPointers(32), id, name, 'tcp'), {
    kind: 'name',
    name: lowerName,
    ttlSeconds: 60,
  });
  for (const pointers of [33, 3_500, 8_000])
    assert.deepEqual(readAnswer(fullOfPointers(pointers), id, name, 'tcp'), { kind: 'malformed' });
});

test('an answer cut at any byte never throws', () => {
  const alias: Answer = { type: 'CNAME', class: 'IN', name, ttl: 9, data: 'x.example' };
  const whole = replyTo(
    { id, name },
    {
      answers: [alias, pointer('x.example', 'host.example')],
      authorities: [startOfAuthority('example', 5, 6)],
    },
  );
  const kinds = Array.from(whole, (_, end) => readAnswer(whole.subarray(0, end), id, name, 'udp').kind);
  assert.deepEqual([...new Set(kinds)], ['foreign', 'malformed']);
});

test('mutated answers and random bytes never throw', () => {
  const whole = replyTo(
    { id, name },
    {
      answers: [pointer(name, 'host.example'), pointer(name, 'other.host.example')],
      authorities: [startOfAuthority('example', 5, 6)],
    },
  );
  const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.uint8Array({ maxLength: 600 }), (changes, tail) => {
      const message = Buffer.concat([whole, tail]);
      for (const [at, value] of changes) message[at] = value;
      readAnswer(message, id, name, 'udp');
      const randomBody = Buffer.concat([whole.subarray(0, 12 + name.length + 6), tail]);
      randomBody.writeUInt16BE(3, 6);
      readAnswer(randomBody, id, name, 'tcp');
    }),
    { seed, numRuns: 4_000 },
  );
});
