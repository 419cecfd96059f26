import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { until } from '../../support/until.js';
import { hosts } from '../flow-records.js';
import { createDnsRig, named } from './dns-rig.js';
import { framed, pointer, type Reply, refused, replyTo, serverFailure } from './scripted-dns-server.js';

test('a server that fails hands over to the next; two failures leave the IP, and the address alone for a while', async (context) => {
  const rig = createDnsRig(context);
  const first = await rig.serve({
    udp: (question, reply) => reply(replyTo(question, { responseCode: serverFailure })),
  });
  const second = await rig.serve({
    udp: (question, reply) =>
      reply(
        replyTo(
          question,
          question.name.startsWith('1.')
            ? { answers: [pointer(question.name, 'host.example')] }
            : { responseCode: refused },
        ),
      ),
  });
  const names = rig.open([first.address, second.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.2'), ['host.example', null]);
  assert.equal(names.counts.failures, 1);
  assert.equal(names.pending, 0);
  rig.passMs(31_000);
  hosts(names, '192.0.2.1', '192.0.2.2');
  assert.equal(names.pending, 1, 'asked again after half a minute');
});

test('after a time-out the same server is asked in plain letters, then the other one', async (context) => {
  const rig = createDnsRig(context);
  const silent = await rig.serve({});
  const server = await rig.serve(named());
  const names = rig.open([silent.address, server.address], { timeoutMs: 500 });
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'host-1.example',
    'host-1.example',
  ]);
  assert.deepEqual([names.counts.timeouts, silent.asked.length, server.asked.length], [2, 3, 1]);

  const alone = rig.open([silent.address], { timeoutMs: 500 });
  assert.deepEqual(await rig.hostsNextWindow(alone, '192.0.2.2', '192.0.2.2'), [null, null]);
  assert.deepEqual([alone.counts.timeouts, alone.counts.failures, silent.asked.length], [2, 1, 6]);
});

test('a slow answer still counts while the second server is being asked', async (context) => {
  const rig = createDnsRig(context);
  const slow: Array<() => void> = [];
  const first = await rig.serve({
    udp: (question, reply) =>
      void slow.push(() => reply(replyTo(question, { answers: [pointer(question.name, 'slow.example')] }))),
  });
  const second = await rig.serve({ udp: () => slow[0]!() });
  const names = rig.open([first.address, second.address], { timeoutMs: 1_000 });
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'slow.example',
    'slow.example',
  ]);
});

test('forged answers are ignored and counted: wrong id, name, type, sender', async (context) => {
  const rig = createDnsRig(context);
  const forger = createSocket('udp4');
  forger.bind(0, '127.0.0.1');
  await once(forger, 'listening');
  const server = await rig.serve({
    udp(question, reply) {
      const lie = (owner: string) => ({ answers: [pointer(owner, 'forged.example')] });
      reply(replyTo({ ...question, id: (question.id + 1) & 0xffff }, lie(question.name)));
      reply(replyTo({ ...question, name: '9.9.9.9.in-addr.arpa' }, lie('9.9.9.9.in-addr.arpa')));
      const otherType = replyTo(question, lie(question.name));
      otherType.writeUInt16BE(1, 12 + question.name.length + 2);
      reply(otherType);
      reply(Buffer.alloc(1));
      const fromElsewhere = replyTo(question, lie(question.name));
      forger.send(fromElsewhere, question.sender.port, question.sender.address, () => {
        reply(replyTo(question, { answers: [pointer(question.name, 'true.example')] }));
      });
    },
  });
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'true.example',
    'true.example',
  ]);
  assert.equal(names.counts.answersForeign, 5);
  forger.close();
});

test('a truncated answer is asked for again over TCP', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve({
    udp: (question, reply) => reply(replyTo(question, { truncated: true })),
    tcp: (question, socket) => {
      const message = framed(replyTo(question, { answers: [pointer(question.name, 'long.example')] }));
      // In pieces that split the length field and the message.
      socket.setNoDelay(true);
      socket.write(message.subarray(0, 1), () =>
        socket.write(message.subarray(1, 20), () => socket.write(message.subarray(20))),
      );
    },
  });
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'long.example',
    'long.example',
  ]);
  assert.deepEqual([names.counts.askedOverTcp, names.counts.answersMatched], [1, 2]);
});

test("a server that changes a question's letters, whatever they are, is asked over TCP", async (context) => {
  const rig = createDnsRig(context);
  const changed = (question: { id: number; name: string }, reply: Reply) =>
    replyTo({ ...question, name: question.name.toUpperCase() }, reply);
  const server = await rig.serve({
    udp: (question, reply) => reply(changed(question, { answers: [pointer(question.name, 'lie.example')] })),
    tcp: (question, socket) =>
      socket.write(framed(changed(question, { answers: [pointer(question.name, 'host.example')] }))),
  });
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'host.example',
    'host.example',
  ]);
  assert.equal(names.counts.askedOverTcp, 1);
});

test('of four servers three have their turn after a refusal', async (context) => {
  const rig = createDnsRig(context);
  const unwilling = (responseCode: number) =>
    rig.serve({ udp: (question, reply) => reply(replyTo(question, { responseCode })) });
  const servers = [await unwilling(refused), await unwilling(serverFailure), await rig.serve(named())];
  const addresses = servers.map(({ address }) => address);
  const three = rig.open(addresses);
  assert.deepEqual(await rig.hostsNextWindow(three, '192.0.2.1', '192.0.2.1'), [
    'host-1.example',
    'host-1.example',
  ]);
  const four = rig.open([addresses[0]!, addresses[1]!, (await unwilling(refused)).address, addresses[2]!]);
  assert.deepEqual(await rig.hostsNextWindow(four, '192.0.2.1', '192.0.2.1'), [null, null]);
});

test('hostile TCP: endless, dripping, cut off, empty, closed', async (context) => {
  const rig = createDnsRig(context);
  const endless = { sent: 0, closed: false };
  const server = await rig.serve({
    udp: (question, reply) => reply(replyTo(question, { truncated: true })),
    tcp(question, socket) {
      const message = framed(replyTo(question, { answers: [pointer(question.name, 'host.example')] }));
      const behaviours: Record<string, () => void> = {
        '1': () => {
          // The answer, and then noise for as long as somebody listens.
          const pour = () => {
            endless.sent += 65_536;
            socket.write(Buffer.alloc(65_536, 0xff), (error) => (error ? undefined : pour()));
          };
          socket.on('close', () => {
            endless.closed = true;
          });
          socket.write(message, pour);
        },
        '2': () => {
          // 65,535 bytes are promised, and come one at a time.
          socket.write(Buffer.of(0xff, 0xff));
          const drip = setInterval(() => socket.write(Buffer.of(1)), 5);
          socket.on('close', () => clearInterval(drip));
        },
        '3': () => socket.end(message.subarray(0, 30)),
        '4': () => socket.end(Buffer.of(0, 0)),
        '5': () => socket.destroy(),
      };
      behaviours[question.name.split('.')[0]!]!();
    },
  });
  const names = rig.open([server.address], { timeoutMs: 500 });
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'];
  for (const address of addresses) hosts(names, address, address);
  await rig.settle(names);
  assert.deepEqual(
    addresses.map((address) => hosts(names, address, address)[0]),
    ['host.example', null, null, null, null],
  );
  assert.deepEqual([names.counts.askedOverTcp, names.counts.failures, names.counts.timeouts], [9, 4, 2]);
  await until('the endless answer was hung up on', () => endless.closed);
});

test('a server that goes on sending truncated answers is asked over TCP once in each kind of letters', async (context) => {
  const rig = createDnsRig(context);
  const timers: NodeJS.Timeout[] = [];
  context.after(() => timers.forEach(clearInterval));
  const server = await rig.serve({
    udp(question, reply) {
      timers.push(setInterval(() => reply(replyTo(question, { truncated: true })), 5));
    },
    tcp: (_, socket) => socket.destroy(),
  });
  const names = rig.open([server.address], { timeoutMs: 1_000 });
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [null, null]);
  assert.deepEqual([names.pending, names.counts.askedOverTcp], [0, 2]);
});

test('where TCP is refused the next server is asked', async (context) => {
  const rig = createDnsRig(context);
  const first = createSocket('udp4');
  first.bind(0, '127.0.0.1');
  await once(first, 'listening');
  first.on('message', (bytes, sender) => {
    bytes.writeUInt16BE(0x8200, 2);
    first.send(bytes, sender.port, sender.address);
  });
  const second = await rig.serve(named());
  const names = rig.open([`127.0.0.1:${first.address().port}`, second.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'host-1.example',
    'host-1.example',
  ]);
  first.close();
});

test('hostile UDP answers are counted, and a true one behind them still counts', async (context) => {
  const rig = createDnsRig(context);
  const server = await rig.serve({
    udp(question, reply) {
      const honest = replyTo(question, { answers: [pointer(question.name, 'host.example')] });
      const looping = Buffer.from(honest);
      const answerAt = 12 + question.name.length + 2 + 4;
      looping.writeUInt16BE(0xc000 | answerAt, answerAt);
      const boastful = Buffer.from(honest);
      boastful.writeUInt16BE(0xffff, 6);
      const huge = Buffer.concat([boastful, Buffer.alloc(60_000, 0xc0)]);
      for (const message of [looping, boastful, huge, honest.subarray(0, honest.length - 3), honest])
        reply(message);
    },
  });
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, '192.0.2.1', '192.0.2.1'), [
    'host.example',
    'host.example',
  ]);
  assert.equal(names.counts.answersMalformed, 4);
});
