import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { hosts } from '../flow-records.js';
import { createDnsRig, named } from './dns-rig.js';
import { pointer, replyTo } from './scripted-dns-server.js';

test('a flood of new addresses is asked for at a bounded pace, and what does not fit waits for a later window', async (context) => {
  const rig = createDnsRig(context);
  let underWay = 0;
  let most = 0;
  const server = await rig.serve({
    udp(question, reply) {
      underWay++;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay--;
        reply(replyTo(question, { answers: [pointer(question.name, 'host.example')] }));
      }, 5);
    },
  });
  const names = rig.open([server.address], {
    maxInFlight: 20,
    maxQueued: 400,
    questionsPerSecond: 2_000,
    maxNames: 1_000,
  });
  const start = performance.now();
  for (let i = 0; i < 10_000; i++) {
    hosts(names, `192.168.${i >> 8}.${i & 255}`, '192.168.0.0');
  }
  assert.deepEqual(
    [names.pending, names.counts.notQueued],
    [300, 9_700],
    'a quarter is kept for names in use',
  );
  await rig.settle(names);
  assert.equal(names.counts.names, 300);
  assert.ok(most <= 20, `${most} under way at once`);
  // 300 questions at 2,000 a second, less the burst of 50 ms that the pace allows.
  assert.ok(performance.now() - start >= 95, 'not faster than the pace');
});

test('the cache is bounded: it forgets addresses that are not used', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve(named());
  const names = rig.open([server.address], { maxNames: 64, maxQueued: 1_000, questionsPerSecond: 1_000_000 });
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 24; i++) hosts(names, `10.0.${round}.${i}`, '10.0.0.0');
    await rig.settle(names);
  }
  assert.equal(names.counts.evicted, 20 * 24 - 64);
  assert.equal(hosts(names, '10.0.0.0', '10.0.0.1')[0], 'host-0.example', 'used in every round');
});

test('a dead server is left alone but for probes, its questions wait, and are asked when it is back', async (context) => {
  const rig = createDnsRig(context);
  let dead = true;
  const honest = named().udp!;
  const server = await rig.serve({
    udp: (question, reply) => (dead ? undefined : honest(question, reply)),
  });
  const names = rig.open([server.address], { timeoutMs: 500, questionsPerSecond: 100_000 });
  for (let i = 0; i < 200; i++) hosts(names, `10.0.0.${i}`, `10.0.0.${i}`);
  await until('all that are under way are given up', () => names.counts.failures >= 100);
  await until('a probe is sent', () => server.asked.includes('1.0.0.127.in-addr.arpa'));
  assert.match(rig.lines[0]!, /^dns-silent .* does not answer/);
  assert.ok(server.asked.length <= 310, `${server.asked.length} questions to a dead server`);
  dead = false;
  await rig.settle(names);
  assert.deepEqual([names.pending, names.counts.names, names.counts.failures], [0, 100, 100]);
});

test('with one dead server of two, the other gets the questions', async (context) => {
  const rig = createDnsRig(context);
  const hole = await rig.serve({});
  const server = await rig.serve(named());
  const names = rig.open([hole.address, server.address], { timeoutMs: 500, questionsPerSecond: 100_000 });
  for (let i = 0; i < 250; i++) hosts(names, `10.0.0.${i}`, `10.0.0.${i}`);
  await rig.settle(names);
  assert.equal(names.counts.names, 250);
  assert.ok(hole.asked.length <= 310, `${hole.asked.length} questions to the dead one`);
});

test('a clock that stands still and then leaps loses no answer', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve({
    udp: (question, reply) =>
      void setTimeout(() => {
        rig.passMs(3_600_000);
        reply(replyTo(question, { answers: [pointer(question.name, 'host.example')] }));
      }, 100),
  });
  const names = rig.open([server.address], { timeoutMs: 1_000 });
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'host.example',
    'host.example',
  ]);
  assert.equal(names.counts.timeouts, 0);
});
