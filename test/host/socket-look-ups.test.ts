/** Sockets of this process, looked up in the kernel. */
import assert from 'node:assert/strict';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { loadNative } from '../../src/host/native.js';
import { socketLine } from '../sink/udp/socket-table.js';
import {
  type End,
  inodeOf,
  lookUp,
  noSocket,
  type SocketAnswer,
  type SocketQuestion,
  states,
} from '../support/socket-questions.js';

const native = loadNative().native!;
const skip = process.platform === 'linux' ? false : 'sockets are looked up on Linux only';
const user = process.getuid?.() ?? 0;

/** The descriptor of a socket of node:net's or node:dgram's. */
const descriptorOf = (socket: object): number =>
  (socket as { readonly _handle: { readonly fd: number } })._handle.fd;

function opened(context: TestContext): number {
  const descriptor = native.openSocketLookUps();
  context.after(() => closeSync(descriptor));
  return descriptor;
}

async function listening(context: TestContext, address: string): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  context.after(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function connected(
  context: TestContext,
  server: Server,
  port: number,
  address: string,
): Promise<{ near: Socket; far: Socket; local: End; remote: End }> {
  const near = connect(port, address);
  const [[far]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(near, 'connect')]);
  context.after(() => {
    near.destroy();
    far.destroy();
  });
  const local = { address, port: near.localPort! };
  return { near, far, local, remote: { address, port } };
}

/** Its control group is that of this process, whichever that is. */
const bare = ({ controlGroup, ...rest }: SocketAnswer) => ({ known: controlGroup > 0, ...rest });
const ours = (socket: object, state: number) => ({
  known: true,
  inode: inodeOf(descriptorOf(socket)),
  user,
  state,
});

describe('a socket is found', { skip }, () => {
  const ways = [
    ['IPv4', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '::1'],
    ['IPv4 to a server of both', '::', '127.0.0.1'],
    ['IPv6 to a server of both', '::', '::1'],
  ] as const;
  for (const [name, bound, address] of ways)
    test(`of TCP, at both ends: ${name}`, async (context) => {
      const descriptor = opened(context);
      const { server, port } = await listening(context, bound);
      const { near, far, local, remote } = await connected(context, server, port, address);
      const answers = lookUp(native, descriptor, [
        { protocol: 'tcp', local, remote },
        { protocol: 'tcp', local: remote, remote: local },
        { protocol: 'tcp', local: remote, remote: { address, port: 1 } },
        { protocol: 'tcp', local: { address, port: 1 }, remote },
        { protocol: 'udp', local, remote },
      ]);
      assert.deepEqual(answers.slice(0, 3).map(bare), [
        ours(near, states.established),
        ours(far, states.established),
        ours(server, states.listen),
      ]);
      assert.deepEqual(answers.slice(3), [noSocket, noSocket]);
    });

  for (const [name, bound, address] of ways)
    test(`of UDP, connected and not: ${name}`, async (context) => {
      const descriptor = opened(context);
      const server = await boundTo(context, bound);
      const other = await boundTo(context, bound);
      const client = await boundTo(context, address);
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
        known: true,
        inode: socketLine(port).inode,
        user,
        state,
      });
      assert.deepEqual(answers.slice(0, 3).map(bare), [
        found(near!, states.established),
        found(far!, states.closed),
        found(elsewhere!, states.closed),
      ]);
      assert.deepEqual(answers[3], noSocket);
    });
});

async function boundTo(context: TestContext, address: string): Promise<UdpSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  context.after(() => socket.close());
  return socket;
}
