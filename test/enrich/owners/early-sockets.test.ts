/** Connections that are over before anybody asks for their sockets, which the addon's SYN watch has found: of several control groups. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { socketAnswerWords, socketQuestionWords } from '../../../src/host/socket-look-ups.js';
import { createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { until } from '../../support/until.js';
import { type Flow, openOwners, SYN } from './owners-rig.js';

const synWords = socketQuestionWords + socketAnswerWords;
const connections = 20;

/** Opens connections one after the other: each when the one before was reset. */
const program = `
const { connect } = require('net');
const next = (left) => left > 0 && connect(+process.argv[1], '127.0.0.1')
  .on('error', () => undefined)
  .on('close', () => next(left - 1));
next(${connections});`;

test('a connection has the owner that its SYN told', { skip: noCgroups }, async (context) => {
  const native = loadNative().native!;
  const watch = native.openSynWatch(10_000);
  context.after(() => native.closeSynWatch(watch));
  native.startSynWatch(watch);
  const found: Int32Array[] = [];
  const words = new Int32Array(64 * synWords);
  const readAll = () => {
    const count = native.readSynWatch(watch, words);
    for (let at = 0; at < count; at++) found.push(words.slice(at * synWords, (at + 1) * synWords));
  };
  /** Others open connections, too. */
  const isFound = (port: number) =>
    found.some((syn) => syn[1]! >>> 0 === (swapped(port) | (swapped(server) << 16)) >>> 0);
  const { owners, tell, told } = openOwners(context, {
    syns: {
      inWords: 'all',
      read(into) {
        const some = found.splice(0, Math.floor(into.length / synWords));
        some.forEach((syn, at) => {
          into.set(syn, at * synWords);
        });
        return some.length;
      },
    },
  });
  const ports: number[] = [];
  const listener = createServer(async (socket: Socket) => {
    const port = socket.remotePort!;
    await until('its SYN was looked up', () => {
      readAll();
      return isFound(port);
    });
    ports.push(port);
    socket.resetAndDestroy();
  }).listen(0, '127.0.0.1');
  context.after(() => listener.close());
  await once(listener, 'listening');
  const server = (listener.address() as AddressInfo).port;
  const groups = createCgroupRig('early');
  context.after(() => groups.close());
  const expected: string[] = [];
  for (const name of ['one.service', 'two.service']) {
    const group = statSync(groups.make(name)).ino;
    await groups.start(name, process.execPath, '-e', program, String(server));
    expected.push(...Array<string>(connections).fill(`socket group ${group}`));
    await until('all are over', () => ports.length === expected.length);
  }
  const flows = ports.map(
    (from): Flow => ({ source: `127.0.0.1 ${from}`, target: `127.0.0.1 ${server}`, flags: SYN }),
  );
  tell(flows, 20e6);
  assert.deepEqual(
    flows.map((flow) => told(flow, 20e6)[0]),
    expected,
  );
  // Of other windows, nobody has told.
  assert.deepEqual(new Set(flows.map((flow) => told(flow, 0)[0])), new Set(['no-socket']));
  assert.match(owners.inWords, /; \d+ found by their SYN, of all; /);
});

const swapped = (port: number) => ((port & 0xff) << 8) | (port >>> 8);
