import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openReverseDns } from '../../../src/enrich/names/reverse-dns.js';
import { until } from '../../support/until.js';
import { hosts, recordBetween, someWindow } from '../flow-records.js';
import { createDnsRig, named } from './dns-rig.js';
import { nameError, pointer, refused, replyTo, startOfAuthority } from './scripted-dns-server.js';

const notRoot = process.getuid?.() === 0 ? false : 'only root may answer on port 53';

test('a name shows in the next window, IPv4 and IPv6', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve(named());
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '8.8.4.9'), [
    'host-1.example',
    'host-9.example',
  ]);
  assert.deepEqual(await rig.hostsNextWindow(names, '2001:db8::a', '2001:db8::'), [
    'host-a.example',
    'host-0.example',
  ]);
  assert.deepEqual(server.asked.sort(), [
    `0.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`,
    '1.2.0.192.in-addr.arpa',
    '9.4.8.8.in-addr.arpa',
    `a.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`,
  ]);
  assert.deepEqual(names.counts, {
    ...zeroCounts(),
    asked: 4,
    names: 4,
    questionsSent: 4,
    answersMatched: 4,
  });
});

test('a server at an IPv6 address is asked', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve({ ...named(), host: '::1' });
  assert.deepEqual(await rig.hostsNextWindow(rig.open([server.address]), '192.0.2.1', '192.0.2.2'), [
    'host-1.example',
    'host-2.example',
  ]);
});

test('an address is asked for once while its question is under way', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve(named());
  const names = rig.open([server.address]);
  for (let i = 0; i < 1_000; i++) hosts(names, '192.0.2.1', '192.0.2.1');
  await rig.settle(names);
  assert.deepEqual(server.asked, ['1.2.0.192.in-addr.arpa']);
});

test('NXDOMAIN shows as NXDOMAIN; an address without PTR records keeps its IP', async (context) => {
  const rig = createDnsRig(context);
  const authorities = [startOfAuthority('2.0.192.in-addr.arpa', 300, 300)];
  const server = await rig.serve({
    udp: (question, reply) =>
      reply(
        replyTo(
          question,
          question.name.startsWith('1.') ? { responseCode: nameError, authorities } : { authorities },
        ),
      ),
  });
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.2'), ['NXDOMAIN', null]);
  assert.deepEqual([names.counts.nxdomains, names.counts.nameless], [1, 1]);
  hosts(names, '192.0.2.1', '192.0.2.2');
  assert.equal(names.pending, 0, 'both are remembered');
});

test('a name is not shown after its TTL; one in use is asked for again before', async (context) => {
  const rig = createDnsRig(context);
  let generation = 0;
  const server = await rig.serve(named(() => `generation-${generation}.example`, 300));
  const names = rig.open([server.address]);
  await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1');

  generation = 1;
  rig.passMs(230_000);
  assert.deepEqual(hosts(names, '192.0.2.1', '192.0.2.1')[0], 'generation-0.example');
  assert.equal(names.pending, 0, 'not in the last minute yet');
  rig.passMs(20_000);
  assert.deepEqual(hosts(names, '192.0.2.1', '192.0.2.1')[0], 'generation-0.example');
  await rig.settle(names);
  assert.deepEqual(hosts(names, '192.0.2.1', '192.0.2.1')[0], 'generation-1.example');

  generation = 2;
  rig.passMs(301_000);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'generation-2.example',
    'generation-2.example',
  ]);
  assert.equal(server.asked.length, 3);
});

test('TTLs are held between their limits', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve({
    udp(question, reply) {
      if (question.name.startsWith('1.'))
        reply(replyTo(question, { answers: [pointer(question.name, 'zero.example', 0)] }));
      else if (question.name.startsWith('2.'))
        reply(replyTo(question, { answers: [pointer(question.name, 'long.example', 0x7fffffff)] }));
      else
        reply(
          replyTo(question, {
            responseCode: nameError,
            authorities: [startOfAuthority('arpa', 0x7fffffff, 0x7fffffff)],
          }),
        );
    },
  });
  const names = rig.open([server.address]);
  const shown = () =>
    ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => hosts(names, address, address)[0]);
  shown();
  await rig.settle(names);
  rig.passMs(59_000);
  assert.deepEqual(shown(), ['zero.example', 'long.example', 'NXDOMAIN']);
  await rig.settle(names);
  rig.passMs(61_000);
  assert.deepEqual(shown(), [null, 'long.example', 'NXDOMAIN']);
  await rig.settle(names);
  rig.passMs(10_800_000 - 110_000);
  assert.deepEqual(shown(), [null, 'long.example', null]);
  await rig.settle(names);
  rig.passMs(86_400_000);
  assert.deepEqual(shown(), [null, null, null]);
});

test('a name that cannot be renewed is shown until it expires, and not after', async (context) => {
  const rig = createDnsRig(context);
  let fail = false;
  const honest = named().udp!;
  const server = await rig.serve({
    udp: (question, reply) =>
      fail ? reply(replyTo(question, { responseCode: refused })) : honest(question, reply),
  });
  const names = rig.open([server.address]);
  await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1');
  fail = true;
  rig.passMs(290_000);
  hosts(names, '192.0.2.1', '192.0.2.1');
  await rig.settle(names);
  assert.equal(names.counts.failures, 1);
  assert.equal(hosts(names, '192.0.2.1', '192.0.2.1')[0], 'host-1.example');
  rig.passMs(11_000);
  assert.equal(hosts(names, '192.0.2.1', '192.0.2.1')[0], null);
});

test('a name that is not fit to be shown leaves the IP', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve(named(() => 'evil"name.example'));
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [null, null]);
  assert.deepEqual([names.counts.unfitNames, names.counts.nameless, names.pending], [1, 1, 0]);
});

test('multicast, broadcast and unspecified addresses are never asked for, local ones only for "all"', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve(named());
  const all = rig.open([server.address]);
  const never = ['0.0.0.0', '224.0.0.251', '255.255.255.255', '::', 'ff02::fb', '::ffff:192.0.2.1'];
  for (const address of never) assert.deepEqual(hosts(all, address, address), [null, null]);
  assert.equal(all.pending, 0);
  const onlyPublic = rig.open([server.address], {}, 'public');
  const local = ['10.0.0.1', '169.254.0.1', '127.0.0.1', '100.64.0.1', 'fe80::1', 'fd00::1', '::1'];
  for (const address of [...never, ...local])
    assert.deepEqual(hosts(onlyPublic, address, address), [null, null]);
  assert.equal(onlyPublic.pending, 0);
  for (const address of local) hosts(all, address, address);
  assert.equal(all.pending, local.length);
  assert.deepEqual(await rig.hostsNextWindow(onlyPublic, '8.8.8.8', '10.0.0.1'), ['host-8.example', null]);
  assert.deepEqual(await rig.hostsNextWindow(onlyPublic, 'fe80::1', '2600::1'), [null, 'host-1.example']);
});

test("an IPv4-mapped address in an IPv6 packet does not get the IPv4 address's name", async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve(named());
  const names = rig.open([server.address]);
  await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1');
  assert.deepEqual(hosts(names, '::ffff:192.0.2.1', '::ffff:192.0.2.1'), [null, null]);
});

test('an overflow record has no names', async (context) => {
  const rig = createDnsRig(context);
  const names = rig.open(['127.0.0.1:9']);
  const record = recordBetween('192.0.2.1', '192.0.2.2');
  record.rest = true;
  names.enrich(record, someWindow);
  assert.deepEqual([record.sourcePtr, record.targetPtr, names.pending], [null, null, 0]);
});

test("an address that a network's name stands for has no name, and is not asked for", async (context) => {
  const rig = createDnsRig(context);
  const names = rig.open(['127.0.0.1:9']);
  for (const [source, target] of [
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8::1', '2001:db8::2'],
  ] as const) {
    const record = recordBetween(source, target);
    record.sourceFold = 'office';
    record.targetFold = 'lab';
    names.enrich(record, someWindow);
    assert.deepEqual([record.sourcePtr, record.targetPtr, names.pending], [null, null, 0]);
  }
});

test('settle gives up at its deadline, and ends with close', async (context) => {
  const rig = createDnsRig(context);
  const silent = await rig.serve({});
  const names = rig.open([silent.address]);
  hosts(names, '192.0.2.1', '192.0.2.1');
  await names.settle(rig.now() + 20);
  assert.equal(names.pending, 1);
  const settled = rig.settle(names);
  names.close();
  await settled;
  assert.deepEqual(hosts(names, '192.0.2.7', '192.0.2.7'), [null, null], 'asks nothing any more');
  assert.equal(names.pending, 0);
});

test('the servers of resolv.conf are asked, and those of the changed file from then on', {
  skip: notRoot,
}, async (context) => {
  const rig = createDnsRig(context);
  const directory = await mkdtemp(join(tmpdir(), 'pcap-agg-'));
  const resolvConf = join(directory, 'resolv.conf');
  await rig.serve({ ...named(() => 'first.example'), host: '127.53.53.1', port: 53 });
  await rig.serve({ ...named(() => 'second.example'), host: '127.53.53.2', port: 53 });
  try {
    await writeFile(resolvConf, 'nameserver 127.53.53.1\n');
    const names = openReverseDns({
      servers: [],
      resolvConf,
      namesFor: 'all',
      log: { limited() {} },
      nowMs: rig.now,
    });
    context.after(() => names.close());
    assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
      'first.example',
      'first.example',
    ]);
    await writeFile(resolvConf, '# moved\nnameserver 127.53.53.2\n');
    rig.passMs(6_000);
    let address = 1;
    await until('the second server is asked', () => {
      hosts(names, `192.0.2.${++address & 255}`, '192.0.2.1');
      return hosts(names, `192.0.2.${(address - 1) & 255}`, '192.0.2.1')[0] === 'second.example';
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** What `counts` are before the first question. */
function zeroCounts() {
  return {
    ...{
      asked: 0,
      names: 0,
      nxdomains: 0,
      nameless: 0,
      unfitNames: 0,
      failures: 0,
      notQueued: 0,
      evicted: 0,
    },
    ...{ questionsSent: 0, answersMatched: 0, answersForeign: 0, answersMalformed: 0 },
    ...{ timeouts: 0, askedOverTcp: 0, socketErrors: 0 },
  };
}
