import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FlowRecord } from '../../../../src/record/record.js';
import { namesIn, openNames, packetFrom, recordFrom, tcp, udp, wordsOf } from './traffic-rig.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nothing = { server: null, sourceDns: null, targetDns: null };

/** Each IP version, and ends in either order of their addresses, and of their ports where those are equal. */
const connections = [
  { what: 'IPv4', client: '192.0.2.1 50000', server: '198.51.100.7 443' },
  { what: 'IPv4, the client higher', client: '198.51.100.7 50000', server: '192.0.2.1 443' },
  { what: 'IPv6', client: '2001:db8::1 50000', server: '2001:db8::2 443' },
  { what: 'IPv6 that differs in its first word', client: '2001:db9::1 50000', server: '2001:db8::1 443' },
  { what: 'one host with itself', client: '192.0.2.1 50000', server: '192.0.2.1 443' },
  { what: 'one host with itself, the client lower', client: '192.0.2.1 443', server: '192.0.2.1 50000' },
];

describe('a server name', () => {
  for (const { what, client, server } of connections) {
    test(`is in records of both directions, and in later windows: ${what}`, () => {
      const { names, clock } = openNames();
      names.asked(packetFrom(client, server), 'www.example.com');
      for (let window = 0; window < 3; window++) {
        clock.nowMs = window * 20_000;
        const toServer = { ...nothing, server: 'target www.example.com' };
        const toClient = { ...nothing, server: 'source www.example.com' };
        assert.deepEqual(namesIn(names, recordFrom(client, server)), toServer);
        assert.deepEqual(namesIn(names, recordFrom(server, client)), toClient);
      }
    });
  }

  test('is not in records of other connections', () => {
    const { names } = openNames();
    names.asked(packetFrom('192.0.2.1 50000', '198.51.100.7 443'), 'www.example.com');
    names.asked(packetFrom('::ffff:192.0.2.1 50002', '::ffff:198.51.100.7 443'), 'www.example.com');
    for (const record of [
      recordFrom('192.0.2.1 50001', '198.51.100.7 443'),
      recordFrom('192.0.2.1 50000', '198.51.100.7 444'),
      recordFrom('192.0.2.1 443', '198.51.100.7 50000'),
      recordFrom('192.0.2.2 50000', '198.51.100.7 443'),
      recordFrom('192.0.2.1 50000', '198.51.100.8 443'),
      recordFrom('192.0.2.1 50000', '198.51.100.7 443', udp),
      recordFrom('192.0.2.1', '198.51.100.7'),
      recordFrom('::ffff:192.0.2.1 50000', '::ffff:198.51.100.7 443'),
      recordFrom('192.0.2.1 50002', '198.51.100.7 443'),
    ]) {
      assert.deepEqual(namesIn(names, record), nothing);
    }
  });

  test('is not in records of several connections', () => {
    const { names } = openNames();
    names.asked(packetFrom('192.0.2.1 50000', '198.51.100.7 443'), 'www.example.com');
    const folds: ((record: FlowRecord) => void)[] = [
      (record) => Object.assign(record, { rest: true }),
      (record) => Object.assign(record, { sourceFold: 'office' }),
      (record) => Object.assign(record, { targetFold: 'office' }),
      (record) => Object.assign(record, { sourcePortFolded: true }),
      (record) => Object.assign(record, { targetPortFolded: true }),
    ];
    for (const fold of folds) {
      const record = recordFrom('192.0.2.1 50000', '198.51.100.7 443');
      fold(record);
      assert.deepEqual(namesIn(names, record), nothing);
    }
  });

  test('is the one that was asked for last, and none where the last hello had none', () => {
    const { names } = openNames();
    const [client, server] = ['192.0.2.1 50000', '198.51.100.7 443'];
    names.asked(packetFrom(client, server), null);
    names.asked(packetFrom(client, server), 'first.example');
    names.asked(packetFrom(client, server), 'second.example');
    assert.equal(namesIn(names, recordFrom(client, server)).server, 'target second.example');
    names.asked(packetFrom(client, server, udp), null);
    assert.equal(namesIn(names, recordFrom(client, server)).server, 'target second.example');
    names.asked(packetFrom(server, client), 'turned.example');
    assert.equal(namesIn(names, recordFrom(client, server)).server, 'source turned.example');
    names.asked(packetFrom(client, server), null);
    assert.deepEqual(namesIn(names, recordFrom(client, server)), nothing);
  });

  test('stays as long as its connection has records, and an hour after', () => {
    const { names, clock } = openNames();
    const [client, server] = ['192.0.2.1 50000', '198.51.100.7 443'];
    names.asked(packetFrom(client, server), 'www.example.com');
    for (let hour = 0; hour < 48; hour++) {
      clock.nowMs += hourMs - 1;
      assert.equal(namesIn(names, recordFrom(server, client)).server, 'source www.example.com');
    }
    clock.nowMs += hourMs;
    assert.deepEqual(namesIn(names, recordFrom(client, server)), nothing);
  });

  test('is not taken from a packet without ports', () => {
    const { names } = openNames();
    names.asked(packetFrom('192.0.2.1', '198.51.100.7'), 'www.example.com');
    assert.deepEqual(namesIn(names, recordFrom('192.0.2.1', '198.51.100.7')), nothing);
  });
});

describe('a name that was looked up', () => {
  test('is that of the client of a record, else what anybody was told last', () => {
    const { names, told } = openNames();
    told('192.0.2.1', 'one.example', ['198.51.100.7', '2001:db8::7']);
    told('192.0.2.2', 'two.example', ['198.51.100.7']);
    const looked = (source: string, target: string) => namesIn(names, recordFrom(source, target));
    const server = '198.51.100.7 443';
    assert.deepEqual(looked('192.0.2.1 50000', server), { ...nothing, targetDns: 'one.example' });
    assert.deepEqual(looked('192.0.2.2 50000', server), { ...nothing, targetDns: 'two.example' });
    assert.deepEqual(looked('192.0.2.3 50000', server), { ...nothing, targetDns: 'two.example' });
    assert.deepEqual(looked(server, '192.0.2.1 50000'), { ...nothing, sourceDns: 'one.example' });
    assert.deepEqual(looked(server, '192.0.2.3 50000'), { ...nothing, sourceDns: 'two.example' });
    // Who asks over IPv4 goes there over IPv6.
    assert.deepEqual(looked('2001:db8::1', '2001:db8::7'), { ...nothing, targetDns: 'one.example' });
    assert.deepEqual(looked('198.51.100.8', '192.0.2.1'), nothing);
    assert.equal(names.counts.lookedUp, 3);
  });

  test('is known of both ends, whatever the protocol, and in records of several ports', () => {
    const { names, told } = openNames();
    told('192.0.2.1', 'two.example', ['192.0.2.2']);
    told('192.0.2.2', 'one.example', ['192.0.2.1']);
    told('192.0.2.9', 'other.example', ['192.0.2.1', '192.0.2.2']);
    const both = { ...nothing, sourceDns: 'one.example', targetDns: 'two.example' };
    assert.deepEqual(namesIn(names, recordFrom('192.0.2.1', '192.0.2.2', 1)), both);
    const folded = recordFrom('192.0.2.1 0', '192.0.2.2 443');
    folded.sourcePortFolded = true;
    assert.deepEqual(namesIn(names, folded), both);
  });

  test('is not known of several addresses, and of one end the latest where the other is several', () => {
    const { names, told } = openNames();
    told('192.0.2.1', 'mine.example', ['198.51.100.7']);
    told('192.0.2.2', 'latest.example', ['198.51.100.7']);
    told('192.0.2.9', 'client.example', ['192.0.2.1']);
    const between = (change: Partial<FlowRecord>) =>
      namesIn(names, Object.assign(recordFrom('192.0.2.1 5', '198.51.100.7 6'), change));
    assert.deepEqual(between({ sourceFold: 'office' }), { ...nothing, targetDns: 'latest.example' });
    assert.deepEqual(between({ targetFold: 'office' }), { ...nothing, sourceDns: 'client.example' });
    assert.deepEqual(between({ sourceFold: 'office', targetFold: 'office' }), nothing);
    assert.deepEqual(between({ rest: true }), nothing);
  });

  test('is not kept of addresses that no single host has, which resolvers that block names answer with', () => {
    const { names, told } = openNames();
    const unfit = [
      '0.0.0.0',
      '127.0.0.1',
      '127.1.2.3',
      '::',
      '::1',
      '224.0.0.251',
      '255.255.255.255',
      'ff02::fb',
    ];
    told('192.0.2.1', 'blocked.example', unfit);
    for (const address of unfit) {
      const client = address.includes(':') ? '2001:db8::1' : '192.0.2.1';
      assert.deepEqual(namesIn(names, recordFrom(client, address)), nothing, address);
    }
    assert.equal(names.counts.lookedUp, 0);
  });

  test('is kept by its address alone where nobody sends packets from the address that was told it', () => {
    const { names, told } = openNames();
    told('127.0.0.1', 'stub.example', ['198.51.100.7']);
    told('::1', 'stub6.example', ['2001:db8::7']);
    told('224.0.0.251', 'printer.local', ['192.0.2.9']);
    const named = (targetDns: string) => ({ ...nothing, targetDns });
    assert.deepEqual(namesIn(names, recordFrom('192.0.2.1', '198.51.100.7')), named('stub.example'));
    assert.deepEqual(namesIn(names, recordFrom('2001:db8::1', '2001:db8::7')), named('stub6.example'));
    assert.deepEqual(namesIn(names, recordFrom('192.0.2.1', '192.0.2.9')), named('printer.local'));
    assert.match(names.inWords, /; 3 names held/);
  });

  test('is not that of an IPv6 packet whose address reads like one of IPv4', () => {
    const { names, told } = openNames();
    told('192.0.2.1', 'one.example', ['198.51.100.7']);
    assert.deepEqual(namesIn(names, recordFrom('::ffff:192.0.2.1', '::ffff:198.51.100.7')), nothing);
    assert.deepEqual(namesIn(names, recordFrom('::ffff:198.51.100.7', '::ffff:192.0.2.1')), nothing);
  });

  test('lives as long as its answer says, ten minutes at least and an hour at most, and on while records show it', () => {
    for (const { ttlSeconds, livesMs } of [
      { ttlSeconds: 0, livesMs: 10 * minuteMs },
      { ttlSeconds: 1_800, livesMs: 30 * minuteMs },
      { ttlSeconds: 86_400, livesMs: hourMs },
    ]) {
      const { names, clock, told } = openNames();
      const shown = (client: string) => namesIn(names, recordFrom(client, '198.51.100.7')).targetDns;
      told('192.0.2.1', 'one.example', ['198.51.100.7'], ttlSeconds);
      clock.nowMs = livesMs - 1;
      assert.equal(shown('192.0.2.1'), 'one.example');
      // What the client was told lives on, and what others are shown by it does so by itself.
      clock.nowMs = livesMs;
      assert.equal(shown('192.0.2.2'), null);
      assert.equal(shown('192.0.2.1'), 'one.example');
      clock.nowMs = 2 * livesMs;
      assert.equal(shown('192.0.2.1'), null);
    }
  });

  test('lives on for others while they show it', () => {
    const { names, clock, told } = openNames();
    told('192.0.2.1', 'one.example', ['198.51.100.7']);
    for (let window = 0; window < 100; window++) {
      clock.nowMs += 9 * minuteMs;
      assert.equal(namesIn(names, recordFrom('192.0.2.2', '198.51.100.7')).targetDns, 'one.example');
    }
    clock.nowMs += 10 * minuteMs;
    assert.deepEqual(namesIn(names, recordFrom('192.0.2.2', '198.51.100.7')), nothing);
  });

  test('stays where the clock goes back', () => {
    const { names, clock, told } = openNames();
    clock.nowMs = 10 * hourMs;
    told('192.0.2.1', 'one.example', ['198.51.100.7']);
    const shown = () => namesIn(names, recordFrom('192.0.2.1', '198.51.100.7')).targetDns;
    clock.nowMs = 0;
    assert.equal(shown(), 'one.example');
    clock.nowMs = 10 * hourMs + 10 * minuteMs - 1;
    assert.equal(shown(), 'one.example');
  });
});

describe('a flood', () => {
  const limits = { mostNames: 1_000, mostTextBytes: 64_000 };

  test('of hellos takes no more rows than there are, and no looked-up names away', () => {
    const { names, told } = openNames({ limits });
    told('192.0.2.1', 'one.example', ['198.51.100.7']);
    for (let flood = 0; flood < 5_000; flood++)
      names.asked(packetFrom(`192.0.2.1 ${10_000 + flood}`, '198.51.100.7 443'), 'flood.example');
    assert.equal(names.counts.serverNames, 5_000);
    assert.equal(names.counts.evicted, 4_000);
    assert.match(names.inWords, /; 1002 names held, 4000 evicted$/);
    const named = (port: number) => namesIn(names, recordFrom(`192.0.2.1 ${port}`, '198.51.100.7 443'));
    assert.deepEqual(named(13_999), { ...nothing, targetDns: 'one.example' });
    assert.deepEqual(named(14_000), {
      server: 'target flood.example',
      sourceDns: null,
      targetDns: 'one.example',
    });
  });

  test('of answers takes no server names away', () => {
    const { names, told } = openNames({ limits });
    const [client, server] = ['192.0.2.1 50000', '198.51.100.7 443'];
    names.asked(packetFrom(client, server), 'www.example.com');
    for (let flood = 0; flood < 5_000; flood++)
      told('192.0.2.1', `n${flood}.example`, [
        `203.0.113.${flood & 0xff}`,
        `10.0.${flood >> 8}.${flood & 0xff}`,
      ]);
    assert.equal(namesIn(names, recordFrom(client, server)).server, 'target www.example.com');
    assert.ok(names.counts.evicted > 0);
    assert.match(names.inWords, /; 2001 names held/);
  });
});

test('before the first name, a record gets none', () => {
  const { names } = openNames();
  names.asked(packetFrom('192.0.2.1 50000', '198.51.100.7 443'), null);
  assert.deepEqual(namesIn(names, recordFrom('192.0.2.1 50000', '198.51.100.7 443')), nothing);
});

test('the ledger says what became of frames, and how many names are held', () => {
  const refused = { cut: 3, malformed: 19, 'too-many': 0 };
  const { names, clock, told } = openNames({
    observed: () => ({ seen: 815, parsed: 790, refused, waiting: 3 }),
  });
  told('192.0.2.1', 'one.example', ['198.51.100.7', '198.51.100.8']);
  names.asked(packetFrom('192.0.2.1 50000', '198.51.100.7 443', tcp), 'www.example.com');
  const frames =
    'names from traffic: 815 frames seen, 790 parsed, 22 refused (cut 3, malformed 19), 3 waiting';
  assert.equal(names.inWords, `${frames}; 5 names held, 0 evicted`);
  clock.nowMs = 10 * minuteMs;
  assert.equal(names.inWords, `${frames}; 1 names held, 0 evicted`);
  assert.deepEqual(names.counts, { serverNames: 1, lookedUp: 2, evicted: 0 });
  assert.match(openNames().names.inWords, /: 0 frames seen, 0 parsed, 0 refused; 0 names held, 0 evicted$/);
});

test('addresses are read during the call only', () => {
  const { names } = openNames();
  const addresses = wordsOf(['198.51.100.7', '198.51.100.8']);
  names.answered(packetFrom('192.0.2.53 53', '192.0.2.1 40000', udp), 'one.example', addresses, 1, 0);
  addresses.fill(0);
  const named = { ...nothing, targetDns: 'one.example' };
  assert.deepEqual(namesIn(names, recordFrom('192.0.2.1', '198.51.100.7')), named);
  assert.deepEqual(namesIn(names, recordFrom('192.0.2.1', '198.51.100.8')), nothing);
});
