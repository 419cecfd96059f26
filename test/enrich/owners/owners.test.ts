/** Owners of the ends of flows, asked of the kernel itself about real sockets. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createCgroupRig, noCgroups } from '../../support/cgroups.js';
import { until } from '../../support/until.js';
import {
  ACK,
  back,
  type Flow,
  type NumberCatalog,
  openOwners,
  recordOf,
  SYN,
  SYN_ACK,
  textOf,
} from './owners-rig.js';

const skip = process.platform === 'linux' ? false : 'sockets are looked up on Linux only';

async function listening(context: TestContext, address: string, port = 0) {
  const server = createServer();
  server.listen(port, address);
  await once(server, 'listening');
  context.after(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function connected(context: TestContext, bound: string, address: string) {
  const { server, port } = await listening(context, bound);
  const near = connect(port, address);
  const [[far]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(near, 'connect')]);
  context.after(() => {
    near.destroy();
    far.destroy();
  });
  const flow: Flow = {
    source: `${address} ${near.localPort}`,
    target: `${address} ${port}`,
    flags: SYN,
    backFlags: SYN_ACK,
  };
  return { server, near, far, flow };
}

/** Both ends are closed, and the kernel has forgotten the client's. */
async function closed(context: TestContext, bound: string, address: string) {
  const { server, near, far, flow } = await connected(context, bound, address);
  await end(near, far);
  return { server, flow };
}

/** The same, and somebody listens at the port that the client had. Other connections of this host may share that port: then another one is tried. */
async function closedAndTaken(context: TestContext, address: string) {
  for (;;) {
    const { flow } = await closed(context, address, address);
    try {
      await listening(context, address, Number(flow.source.split(' ')[1]));
      return { flow };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function end(near: Socket, far: Socket): Promise<void> {
  far.resetAndDestroy();
  near.destroy();
  await Promise.all([once(near, 'close'), once(far, 'close')]);
}

async function bound(context: TestContext, address: string) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  context.after(() => socket.close());
  return { socket, end: (shown: string) => `${shown} ${socket.address().port}` };
}

/** Whichever control group this process is in: all sockets here are of one. */
function groupIn(catalog: unknown): string {
  const [asked] = (catalog as NumberCatalog).asked;
  return `group ${asked!.split(' ')[0]}`;
}

const ways = [
  ['IPv4', '127.0.0.1', '127.0.0.1'],
  ['IPv6', '::1', '::1'],
  ['IPv4 to a server of both', '::', '127.0.0.1'],
] as const;

describe('the owner of an end', { skip }, () => {
  for (const [name, bindTo, address] of ways) {
    test(`has the socket of the connection: ${name}`, async (context) => {
      const { catalog, owners, tell, told } = openOwners(context);
      const { flow } = await connected(context, bindTo, address);
      assert.deepEqual(told(flow), ['not-asked', 'not-asked']);
      tell([flow, back(flow)]);
      const socket = `socket ${groupIn(catalog)}`;
      assert.deepEqual(told(flow), [socket, socket]);
      assert.deepEqual(told(back(flow)), [socket, socket]);
      const record = recordOf(flow);
      owners.enrich(record, { startUs: 0, endUs: 1 });
      assert.equal(record.sourceOwner?.owner?.userId, process.getuid?.());
      // Of the other IP version, or of UDP, there is no such flow.
      const mapped = (end: string) => (end.includes('.') ? `::ffff:${end}` : end.replace('::1', '127.0.0.1'));
      const other = { ...flow, source: mapped(flow.source), target: mapped(flow.target) };
      const otherwise = address.includes('.') ? 'not-local' : 'not-asked';
      assert.deepEqual(told(other), [otherwise, otherwise]);
      assert.deepEqual(told({ ...flow, protocol: 17 }), ['not-asked', 'not-asked']);
    });

    test(`has the socket of UDP, connected or not: ${name}`, async (context) => {
      const { catalog, tell, told } = openOwners(context);
      const server = await bound(context, bindTo);
      const client = await bound(context, address);
      const loose = await bound(context, address);
      client.socket.connect(server.socket.address().port, address);
      await once(client.socket, 'connect');
      const flows = [client, loose].map(
        ({ end }): Flow => ({ source: end(address), target: server.end(address), protocol: 17 }),
      );
      tell(flows);
      const socket = `socket ${groupIn(catalog)}`;
      for (const flow of flows)
        assert.deepEqual(
          [told(flow), told(back(flow))],
          [
            [socket, socket],
            [socket, socket],
          ],
        );
    });
  }

  test('is who listens, where the connection has gone: of the server alone', async (context) => {
    const { catalog, tell, told } = openOwners(context);
    const { flow } = await closed(context, '127.0.0.1', '127.0.0.1');
    tell([flow, back(flow)]);
    const listener = `listener ${groupIn(catalog)}`;
    assert.deepEqual(told(flow), ['no-socket', listener]);
    // Somebody listens at the port that the client had.
    const late = await closedAndTaken(context, '127.0.0.1');
    tell([late.flow, back(late.flow)]);
    assert.deepEqual(told(late.flow), ['no-socket', listener]);
    assert.deepEqual(told(back(late.flow)), [listener, 'no-socket']);
  });

  test('stays known when the connection has gone, until another one has its ports', async (context) => {
    const { catalog, tell, told } = openOwners(context);
    const { near, far, flow } = await connected(context, '127.0.0.1', '127.0.0.1');
    tell([flow]);
    const socket = `socket ${groupIn(catalog)}`;
    await end(near, far);
    const later = { ...flow, flags: ACK, backFlags: ACK };
    tell([later], 20e6);
    assert.deepEqual(
      [told(flow), told(later, 20e6)],
      [
        [socket, socket],
        [socket, socket],
      ],
    );
    // Kept no longer than 60 seconds.
    assert.deepEqual(told(later, 61e6), ['no-socket', 'no-socket']);
    tell([flow], 40e6);
    assert.deepEqual(told(flow, 40e6), ['no-socket', `listener ${groupIn(catalog)}`]);
    assert.deepEqual(told(later, 41e6)[0], 'no-socket');
  });

  test('is asked for in the control groups of others', { skip: noCgroups }, async (context) => {
    const { tell, told } = openOwners(context);
    const groups = createCgroupRig('owners');
    context.after(() => groups.close());
    const server = await listening(context, '127.0.0.1');
    const sockets: Socket[] = [];
    server.server.on('connection', (socket) => sockets.push(socket));
    context.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    const ids: number[] = [];
    for (const name of ['one.service', 'two.service', 'docker-abc.scope']) {
      const folder = groups.make(name);
      ids.push(statSync(folder).ino);
      await groups.start(name, process.execPath, '-e', `require('net').connect(${server.port}, '127.0.0.1')`);
      await until('it is connected', () => sockets.length === ids.length);
    }
    const flows = sockets.map(
      ({ remotePort }): Flow => ({
        source: `127.0.0.1 ${remotePort}`,
        target: `127.0.0.1 ${server.port}`,
        flags: SYN,
      }),
    );
    tell(flows);
    assert.deepEqual(
      flows.map((flow) => told(flow)[0]),
      ids.map((id) => `socket group ${id}`),
    );
    assert.deepEqual(new Set(flows.map((flow) => told(flow)[1])).size, 1);
  });
});

describe('without an owner', { skip }, () => {
  test('are ends of other hosts, of several, and of what has no ports', (context) => {
    const { owners, tell, told } = openOwners(context, { addresses: [] });
    const flows: Flow[] = [
      { source: '192.0.2.1 40000', target: '192.0.2.2 80' },
      { source: '127.0.0.1', target: '127.0.0.1', protocol: 1 },
      { source: '127.0.0.1 40000', target: '127.0.0.1 80', protocol: 132 },
      { source: '127.0.0.1 1', target: '224.0.0.251 5353', protocol: 17 },
    ];
    tell(flows);
    assert.deepEqual(
      flows.map((flow) => told(flow)),
      [
        ['not-local', 'not-local'],
        ['no-ports', 'no-ports'],
        ['no-ports', 'no-ports'],
        ['no-socket', 'not-local'],
      ],
    );
    assert.equal(owners.counts.asked, 1);
    const folds = [
      { rest: true },
      { sourceFold: 'lab' },
      { targetFold: 'lab' },
      { sourcePortFolded: true },
      { targetPortFolded: true },
    ];
    for (const fold of folds) {
      const record = recordOf(flows[0]!);
      Object.assign(record, fold);
      owners.enrich(record, { startUs: 0, endUs: 1 });
      assert.deepEqual([record.sourceOwner, record.targetOwner], [null, null]);
    }
  });

  test('but the one that flows are told as one by, is no end', (context) => {
    const { owners } = openOwners(context);
    const flow: Flow = { source: '127.0.0.1 1', target: '127.0.0.1 2' };
    const known = owners.ownersIn({ startUs: 0 }).sourceOwner(recordOf(flow));
    assert.equal(textOf(known), 'not-asked');
    const record = recordOf(flow);
    Object.assign(record, {
      sourceFold: 'nginx.service',
      sourceOwner: known,
      targetOwner: known,
    });
    owners.enrich(record, { startUs: 0, endUs: 1 });
    assert.deepEqual([record.sourceOwner, record.targetOwner], [known, null]);
  });
});

test('what a kernel does not answer is not asked for, and is asked for again', (context) => {
  let refuses = true;
  const lookUp = (_questions: Int32Array, count: number, answers: Int32Array) => {
    if (refuses) throw new Error('no memory');
    answers.fill(0, 0, 6 * count);
  };
  const { owners, tell, told } = openOwners(context, { lookUp, addresses: [] });
  const flow: Flow = { source: '127.0.0.1 1', target: '192.0.2.2 80' };
  tell([flow]);
  assert.deepEqual(told(flow), ['not-asked', 'not-local']);
  refuses = false;
  tell([flow]);
  assert.deepEqual(told(flow), ['no-socket', 'not-local']);
  owners.missed(40);
  assert.equal(
    owners.inWords,
    'owners: 2 asked, 0 found (0 socket, 0 listener), 1 not found, 1 not answered, 40 flows passed over; 1 held, 0 evicted; names',
  );
});

test('a few questions wait for others, and not for long', async (context) => {
  const asked: number[] = [];
  const lookUp = (_questions: Int32Array, count: number, answers: Int32Array) => {
    asked.push(count);
    answers.fill(0, 0, 6 * count);
  };
  const { tell, told } = openOwners(context, { lookUp, addresses: [], waitMs: 5 });
  const flowFrom = (port: number): Flow => ({ source: `127.0.0.1 ${port}`, target: '192.0.2.2 80' });
  const flowsFrom = (port: number, count: number) =>
    Array.from({ length: count }, (_, more) => flowFrom(port + more));
  for (const flow of flowsFrom(1, 10)) tell([flow]);
  assert.deepEqual(asked, []);
  await until('they are asked', () => asked.length > 0);
  tell(flowsFrom(100, 64));
  tell(flowsFrom(200, 1_100));
  assert.deepEqual(asked, [10, 64, 1_024, 76]);
  // Whoever is told of owners does not wait.
  tell([flowFrom(2_000)]);
  assert.deepEqual([told(flowFrom(2_000))[0], asked.at(-1)], ['no-socket', 1]);
});

test('who listens at the port that a client had is not its owner in later windows, either', (context) => {
  const listener = { port: 40_000 };
  const lookUp = (questions: Int32Array, count: number, answers: Int32Array) => {
    answers.fill(0, 0, 6 * count);
    for (let at = 0; at < count; at++) {
      if ((questions[12 * at + 1]! & 0xffff) !== swapped(listener.port)) continue;
      new Float64Array(answers.buffer)[3 * at] = 7;
      answers[6 * at + 4] = LISTEN;
    }
  };
  const { tell, told } = openOwners(context, { lookUp, addresses: ['10.0.0.1'] });
  // Of the packets that come back alone.
  const flow: Flow = { source: '192.0.2.1 443', target: '10.0.0.1 40000', flags: SYN_ACK };
  tell([flow]);
  const later = { ...flow, flags: ACK };
  tell([later], 20e6);
  assert.deepEqual([told(flow)[1], told(later, 20e6)[1]], ['no-socket', 'no-socket']);
  const other = { ...later, source: '192.0.2.2 443' };
  tell([other], 20e6);
  assert.equal(told(other, 20e6)[1], 'listener group 7');
});

/** linux/tcp_states.h. */
const LISTEN = 10;
const swapped = (port: number) => ((port & 0xff) << 8) | (port >>> 8);
