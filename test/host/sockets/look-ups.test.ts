/** Sockets of this process, looked up in the kernel. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { socketAnswerWords, socketQuestionWords } from '../../../src/host/socket-look-ups.js';
import { socketLine } from '../../sink/udp/socket-table.js';
import { seededRandom } from '../../support/random.js';
import {
  lookUp,
  noSocket,
  type SocketAnswer,
  type SocketQuestion,
  states,
} from '../../support/socket-questions.js';
import { bare, bind, connectTo, listen, native, openLookUps, own, skip, user } from './own-sockets.js';

const ways = [
  ['IPv4', '127.0.0.1', '127.0.0.1'],
  ['IPv6', '::1', '::1'],
  ['IPv4 to a server of both', '::', '127.0.0.1'],
  ['IPv6 to a server of both', '::', '::1'],
] as const;

describe('a socket is found', { skip }, () => {
  for (const [name, bound, address] of ways)
    test(`of TCP, at both ends: ${name}`, async (context) => {
      const descriptor = openLookUps(context);
      const listener = await listen(context, bound);
      const { near, far, local, remote } = await connectTo(context, listener, address);
      const answers = lookUp(native, descriptor, [
        { protocol: 'tcp', local, remote },
        { protocol: 'tcp', local: remote, remote: local },
        { protocol: 'tcp', local: remote, remote: { address, port: 1 } },
        { protocol: 'tcp', local: { address, port: 1 }, remote },
        { protocol: 'udp', local, remote },
      ]);
      assert.deepEqual(answers.slice(0, 3).map(bare), [
        own(near, states.established),
        own(far, states.established),
        own(listener.server, states.listen),
      ]);
      assert.deepEqual(answers.slice(3), [noSocket, noSocket]);
    });

  for (const [name, bound, address] of ways)
    test(`of UDP, connected and not: ${name}`, async (context) => {
      const descriptor = openLookUps(context);
      const [server, other] = [await bind(context, bound), await bind(context, bound)];
      const client = await bind(context, address);
      client.connect(server.address().port, address);
      await once(client, 'connect');
      const [near, far, elsewhere] = [client, server, other].map((socket) => socket.address().port);
      const between = (local: number, remote: number): SocketQuestion => ({
        protocol: 'udp',
        local: { address, port: local },
        remote: { address, port: remote },
      });
      const answers = lookUp(native, descriptor, [
        between(near!, far!),
        between(far!, near!),
        between(elsewhere!, far!),
        // Connected, it takes datagrams of the other end's only.
        between(near!, elsewhere!),
      ]);
      const found = (port: number, state: number) => ({
        ...{ known: true, inode: socketLine(port).inode, user, state },
      });
      assert.deepEqual(answers.slice(0, 3).map(bare), [
        found(near!, states.established),
        found(far!, states.closed),
        found(elsewhere!, states.closed),
      ]);
      assert.deepEqual(answers[3], noSocket);
    });

  test('whatever the index of the interface is, where it is bound to none', async (context) => {
    const descriptor = openLookUps(context);
    const { near, local, remote } = await connectTo(context, await listen(context, '127.0.0.1'), '127.0.0.1');
    const indexes = [0, 1, 2, 4_095];
    const questions = indexes.map(
      (interfaceIndex) => ({ protocol: 'tcp', local, remote, interfaceIndex }) as const,
    );
    const expected = own(near, states.established);
    assert.deepEqual(
      lookUp(native, descriptor, questions).map(bare),
      indexes.map(() => expected),
    );
  });
});

describe('a thousand questions', { skip }, () => {
  /** Opens and closes connections all the time, also while this thread waits for the kernel. */
  const churning = `
    const { connect, createServer } = require('node:net');
    const server = createServer((far) => far.end()).listen(0, '127.0.0.1', function again() {
      connect(server.address().port, '127.0.0.1').resume().on('close', again);
    });
    require('node:worker_threads').parentPort.postMessage('started');
  `;

  test('are answered each in its own place, while sockets come and go', async (context) => {
    const descriptor = openLookUps(context);
    const worker = new Worker(churning, { eval: true });
    context.after(() => worker.terminate());
    await once(worker, 'message');
    const known: { question: SocketQuestion; expected: ReturnType<typeof bare> }[] = [];
    for (const [, bound, address] of ways) {
      const listener = await listen(context, bound);
      for (let count = 0; count < 10; count++) {
        const { near, far, local, remote } = await connectTo(context, listener, address);
        known.push(
          { question: { protocol: 'tcp', local, remote }, expected: own(near, states.established) },
          {
            question: { protocol: 'tcp', local: remote, remote: local },
            expected: own(far, states.established),
          },
        );
      }
      const socket = await bind(context, bound);
      const local = { address, port: socket.address().port };
      const expected = { known: true, inode: socketLine(local.port).inode, user, state: states.closed };
      known.push({ question: { protocol: 'udp', local, remote: { address, port: 53 } }, expected });
      const nowhere = { protocol: 'tcp', local: { address, port: 1 }, remote: { address, port: 2 } } as const;
      known.push({ question: nowhere, expected: bare(noSocket) });
    }
    const random = seededRandom(17);
    for (let round = 0; round < 20; round++) {
      const asked = Array.from({ length: 1_000 }, () => known[random() % known.length]!);
      const answers = lookUp(
        native,
        descriptor,
        asked.map(({ question }) => question),
      );
      assert.deepEqual(
        answers.map(bare),
        asked.map(({ expected }) => expected),
      );
    }
  });
});

describe('questions that cannot be asked', { skip }, () => {
  const words = (count: number, each: number) => new Int32Array(count * each);
  const ask = (descriptor: number, count: number, questions = count, answers = count) =>
    native.lookUpSockets(
      descriptor,
      words(questions, socketQuestionWords),
      count,
      words(answers, socketAnswerWords),
    );

  test('are those without room, or without a socket for them', (context) => {
    const descriptor = openLookUps(context);
    assert.doesNotThrow(() => ask(descriptor, 0));
    assert.doesNotThrow(() => ask(descriptor, 3));
    assert.throws(() => ask(descriptor, 3, 2), { name: 'TypeError' });
    assert.throws(() => ask(descriptor, 3, 3, 2), { name: 'TypeError' });
    assert.throws(() => ask(descriptor, -1, 0, 0), { name: 'TypeError' });
    const closed = native.openSocketLookUps();
    closeSync(closed);
    assert.throws(() => ask(closed, 3), {
      code: 'other',
      message: 'looking up sockets: Bad file descriptor',
    });
  });

  test('of protocols and versions that there are not find nothing', (context) => {
    const descriptor = openLookUps(context);
    const random = seededRandom(3);
    const questions = Int32Array.from({ length: 100 * socketQuestionWords }, random);
    const answers = new Int32Array(100 * socketAnswerWords).fill(-1);
    native.lookUpSockets(descriptor, questions, 100, answers);
    const none: SocketAnswer[] = [];
    assert.deepEqual(
      [...answers].filter((word) => word !== 0),
      none,
    );
  });
});
