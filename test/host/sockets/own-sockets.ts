/** Sockets of this process, opened for a test, and what is to be found of them. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { type End, inodeOf, type SocketAnswer } from '../../support/socket-questions.js';

export const native = loadNative().native!;
export const skip = process.platform === 'linux' ? false : 'sockets are looked up on Linux only';
export const user = process.getuid?.() ?? 0;

/** A descriptor for look-ups until the test has ended. */
export function openLookUps(context: TestContext): number {
  const descriptor = native.openSocketLookUps();
  context.after(() => closeSync(descriptor));
  return descriptor;
}

export interface Listener {
  readonly server: Server;
  readonly port: number;
}

/** Ends no connection by itself. */
export async function listen(context: TestContext, address: string): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, address);
  await once(server, 'listening');
  context.after(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

/** Both ends of a connection. `local` is the client's. */
export interface Connection {
  readonly near: Socket;
  readonly far: Socket;
  readonly local: End;
  readonly remote: End;
}

export async function connectTo(
  context: TestContext,
  { server, port }: Listener,
  address: string,
): Promise<Connection> {
  const near = connect(port, address);
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
  context.after(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far, local: { address, port: near.localPort! }, remote: { address, port } };
}

export async function bind(context: TestContext, address: string): Promise<UdpSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  context.after(() => socket.close());
  return socket;
}

/** Its control group is that of this process, whichever that is. */
export const bare = ({ controlGroup, ...rest }: SocketAnswer) => ({ known: controlGroup > 0, ...rest });

/** What `bare` gives of a TCP socket of this process's. */
export function own(socket: Server | Socket, state: number): ReturnType<typeof bare> {
  const { _handle } = socket as unknown as { readonly _handle: { readonly fd: number } };
  return { known: true, inode: inodeOf(_handle.fd), user, state };
}

/** The state and inode of a TCP socket between these ports in /proc/net/tcp and tcp6 (proc(5)); undefined where there is none. */
export function tcpLine(
  localPort: number,
  remotePort: number,
): { readonly state: number; readonly inode: number } | undefined {
  const ending = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const name of ['tcp', 'tcp6'])
    for (const line of readFileSync(`/proc/self/net/${name}`, 'utf8').split('\n')) {
      const words = line.trim().split(/\s+/);
      if (words[1]?.endsWith(ending(localPort)) && words[2]?.endsWith(ending(remotePort)))
        return { state: Number.parseInt(words[3]!, 16), inode: Number(words[9]) };
    }
  return undefined;
}
