/** What the server's host answers, each kind of end on a port of its own, over IPv4 and IPv6. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../until.js';
import type { Measured } from './act.js';

/** Nobody listens at `closed`. */
export const ports = {
  /** Answers each request late, and ends when the client does. */
  answers: 8_001,
  /** Answers, and never ends. */
  stays: 8_002,
  /** Answers, and ends at once. */
  ends: 8_003,
  /** Answers by RST. */
  resets: 8_004,
  /** Reads nothing before a datagram comes at this port, answers when it has read all, and ends when the client does. */
  pauses: 8_005,
  closed: 8_006,
  /** Of UDP: answers each datagram late; takes each and answers none. */
  datagrams: 8_011,
  mute: 8_012,
  dns: 53,
  /** Answers by HTTP, late. */
  web: 80,
} as const;

/** An answer is never given earlier than so long after its request. */
export const answerMs = 50;

/** What comes at `ports.pauses`, in all: more than there is room for in both hosts' queues together. */
export const pausedBytes = 400_000;

/** Clients' ports of connections that may be read: a datagram has said so. */
const goneOn = new Set<number>();

/** A question for a name that begins so gets no answer. */
const lostName = 'lost';

export async function serve(): Promise<Measured> {
  await Promise.all([
    listen(ports.answers, (socket) => answer(socket, () => undefined)),
    listen(ports.stays, (socket) => answer(socket, () => undefined), { endsToo: false }),
    listen(ports.ends, (socket) => answer(socket, () => socket.end())),
    listen(ports.resets, (socket) => socket.once('data', () => socket.resetAndDestroy())),
    listen(ports.pauses, pause, { pauseOnConnect: true }),
    answerPages(),
    answerDatagrams(ports.datagrams, (request) => request),
    answerDatagrams(ports.pauses, goOn),
    answerDatagrams(ports.mute, () => undefined),
    answerDatagrams(ports.dns, answerOf),
  ]);
  return {};
}

async function listen(
  port: number,
  take: (socket: Socket) => void,
  { endsToo = true, pauseOnConnect = false } = {},
): Promise<void> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect }, (socket) => {
    // Whoever resets it means to.
    socket.on('error', () => undefined);
    if (endsToo) socket.on('end', () => socket.end());
    take(socket);
  });
  server.listen(port, '::');
  await once(server, 'listening');
}

function answer(socket: Socket, then: () => void): void {
  socket.on('data', async () => {
    await later();
    socket.write('answer', then);
  });
}

async function answerPages(): Promise<void> {
  const server = createWebServer(async (_, response) => {
    await later();
    response.setHeader('connection', 'close').end('page');
  });
  server.listen(ports.web, '::');
  await once(server, 'listening');
}

/** The socket has been paused from the beginning. */
async function pause(socket: Socket): Promise<void> {
  await until('it may be read', () => goneOn.has(socket.remotePort!));
  let read = 0;
  socket.on('data', ({ length }) => {
    read += length;
    if (read === pausedBytes) socket.write('answer');
  });
  socket.resume();
}

function goOn(port: Buffer): undefined {
  goneOn.add(Number(port));
}

async function answerDatagrams(
  port: number,
  answered: (request: Buffer) => Uint8Array | undefined,
): Promise<void> {
  const socket = createSocket('udp6');
  socket.on('message', async (request, { port: sender, address }: RemoteInfo) => {
    const message = answered(request);
    if (message === undefined) return;
    await later();
    socket.send(message, sender, address);
  });
  socket.bind(port, '::');
  await once(socket, 'listening');
}

/** RFC 1035: the question as it came, marked as an answer, and an address for its name. */
function answerOf(question: Buffer): Uint8Array | undefined {
  if (question.toString('latin1', 13).startsWith(lostName)) return undefined;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 6);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
  return Buffer.concat([header, question.subarray(12), Buffer.from(record)]);
}

/** Timers may come a little early. */
async function later(): Promise<void> {
  const fromMs = performance.now();
  while (performance.now() < fromMs + answerMs) await sleep(fromMs + answerMs - performance.now() + 0.1);
}
