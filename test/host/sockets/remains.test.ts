/** What is found of a connection that is over, or not there yet: the listener, or nothing, never root. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startHolder } from '../../support/held-sockets.js';
import { lookUp, noSocket, states, unknownUser } from '../../support/socket-questions.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth } from '../../support/veth.js';
import {
  bare,
  type Connection,
  connectTo,
  listen,
  native,
  openLookUps,
  own,
  skip,
  tcpLine,
  user,
} from './own-sockets.js';

const [synReceived, finWait2, timeWait] = [3, 5, 6];

/** Both ends of a connection as questions: the client's, then the server's. */
const bothEnds = ({ local, remote }: Pick<Connection, 'local' | 'remote'>) => [
  { protocol: 'tcp', local, remote } as const,
  { protocol: 'tcp', local: remote, remote: local } as const,
];

/** Waits until the kernel has nothing but the rest of a socket. */
const untilIn = (state: number, localPort: number, remotePort: number) =>
  until(
    `the connection is in state ${state}`,
    () => {
      const line = tcpLine(localPort, remotePort);
      return line?.state === state && line.inode === 0;
    },
    () => JSON.stringify(tcpLine(localPort, remotePort)),
  );

describe('of a closed connection is found', { skip }, () => {
  for (const [name, bound, address] of [
    ['IPv4', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '::1'],
    ['IPv4 to a server of both', '::', '127.0.0.1'],
  ] as const)
    test(`the listener, where the server closed first: ${name}`, async (context) => {
      const descriptor = openLookUps(context);
      const listener = await listen(context, bound);
      const connection = await connectTo(context, listener, address);
      connection.far.end();
      await once(connection.near.resume(), 'close');
      await untilIn(timeWait!, listener.port, connection.local.port);
      const whileListening = lookUp(native, descriptor, bothEnds(connection));
      assert.deepEqual(whileListening.map(bare), [bare(noSocket), own(listener.server, states.listen)]);
      listener.server.close();
      await once(listener.server, 'close');
      assert.equal(tcpLine(listener.port, connection.local.port)?.state, timeWait);
      assert.deepEqual(lookUp(native, descriptor, bothEnds(connection)), [noSocket, noSocket]);
    });

  test('nothing at the client that closed first, and the listener at the server', async (context) => {
    const descriptor = openLookUps(context);
    const listener = await listen(context, '127.0.0.1');
    const connection = await connectTo(context, listener, '127.0.0.1');
    connection.near.end();
    await once(connection.far.resume(), 'end');
    connection.far.end();
    await once(connection.near.resume(), 'close');
    await untilIn(timeWait!, connection.local.port, listener.port);
    const answers = lookUp(native, descriptor, bothEnds(connection));
    assert.deepEqual(answers.map(bare), [bare(noSocket), own(listener.server, states.listen)]);
  });

  test('nothing at the end that has closed while the other has not', async (context) => {
    const descriptor = openLookUps(context);
    const listener = await listen(context, '127.0.0.1');
    const connection = await connectTo(context, listener, '127.0.0.1');
    connection.near.destroy();
    await untilIn(finWait2!, connection.local.port, listener.port);
    const closeWait = 8;
    assert.deepEqual(lookUp(native, descriptor, bothEnds(connection)).map(bare), [
      bare(noSocket),
      own(connection.far, closeWait),
    ]);
  });

  test('the control group alone, while bytes are still to be sent', async (context) => {
    const descriptor = openLookUps(context);
    const connection = await connectTo(context, await listen(context, '127.0.0.1'), '127.0.0.1');
    const { near, far, local, remote } = connection;
    far.pause();
    near.write(Buffer.alloc(16 * 1_024 * 1_024));
    near.destroy();
    await untilIn(states.finWait1, local.port, remote.port);
    const [answer] = lookUp(native, descriptor, bothEnds(connection));
    // Kernels up to 6.16 tell root in place of any other user.
    const seen = user === 0 ? unknownUser : answer!.user;
    assert.notEqual(answer!.user, 0);
    assert.deepEqual(bare(answer!), { known: true, inode: 0, user: seen, state: states.finWait1 });
  });
});

describe('of a connection that begins is found', { skip }, () => {
  test("the listener's control group, until it is accepted", async (context) => {
    const descriptor = openLookUps(context);
    // Accepts nothing.
    const holder = startHolder(context);
    const { local: remote, inode } = await holder.open({
      protocol: 'tcp',
      local: { address: '127.0.0.1', port: 0 },
    });
    const client = await holder.open({ protocol: 'tcp', remote });
    const [near, far, listener] = lookUp(native, descriptor, [
      ...bothEnds({ local: client.local, remote }),
      { protocol: 'tcp', local: remote, remote: { address: '127.0.0.1', port: 1 } },
    ]);
    assert.ok(near!.controlGroup > 0);
    const { controlGroup } = near!;
    assert.deepEqual(near, { controlGroup, inode: client.inode, user, state: states.established });
    assert.deepEqual(listener, { controlGroup, inode, user, state: states.listen });
    assert.notEqual(far!.user, 0);
    const seen = user === 0 ? unknownUser : far!.user;
    assert.deepEqual(far, { controlGroup, inode: 0, user: seen, state: states.established });
  });

  test('the listener, while the handshake is under way', { skip: noNetwork }, async (context) => {
    const descriptor = openLookUps(context);
    const veth = openVeth();
    context.after(veth.close);
    const drop = 'chain c { type filter hook input priority 0; tcp flags syn / syn,rst drop; }';
    const within = ['netns', 'exec', veth.namespace];
    execFileSync('ip', [...within, 'nft', `table inet t { ${drop}; }`]);
    const listener = await listen(context, veth.hostIPv4);
    const remote = { address: veth.hostIPv4, port: listener.port };
    const client = startHolder(context, ['ip', ...within]);
    const local = { address: veth.peerIPv4, port: 12_345 };
    client.open({ protocol: 'tcp', local, remote }).catch(() => {});
    await untilIn(synReceived!, remote.port, local.port);
    const [answer] = lookUp(native, descriptor, [{ protocol: 'tcp', local: remote, remote: local }]);
    assert.deepEqual(bare(answer!), own(listener.server, states.listen));
  });
});
