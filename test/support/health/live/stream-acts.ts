/** What a client does on a TCP connection. Each resolves when both ends have sent what the act is named for. */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { until } from '../../until.js';
import type { Acting, Measured } from './act.js';
import { pausedBytes } from './servers.js';

/** From the request to its answer, and from the beginning to then. */
interface Asked {
  readonly socket: Socket;
  readonly measured: { readonly responseUs: number; readonly wholeUs: number };
}

export const ask = async (what: Acting): Promise<Measured> => (await opened(what)).measured;

/** Its server never ends. */
export async function askAndLeaveOpen(what: Acting): Promise<Measured> {
  const { socket, measured } = await opened(what);
  socket.end();
  await once(socket, 'finish');
  return measured;
}

export async function askAndEnd(what: Acting): Promise<Measured> {
  const { socket, measured } = await opened(what);
  socket.end();
  await once(socket, 'close');
  return measured;
}

/** Asks again and again. Begins and ends at the same moment of a second, which the clock of windows has, too. */
export async function keepAsking(what: Acting): Promise<Measured> {
  const { atMs = 0, seconds = 0 } = what;
  await untilIn(atMs);
  const { socket, measured } = await opened(what);
  for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs; ) {
    socket.write('ask');
    await once(socket, 'data');
  }
  await untilIn(atMs);
  socket.end();
  await once(socket, 'close');
  return measured;
}

export async function askUntilItEnds(what: Acting): Promise<Measured> {
  const { socket, measured } = await opened(what);
  if (!socket.readableEnded) await once(socket, 'end');
  return measured;
}

export async function askAndReset(what: Acting): Promise<Measured> {
  const { socket, measured } = await opened(what);
  socket.resetAndDestroy();
  await once(socket, 'close');
  return measured;
}

export async function askAndBeReset(what: Acting): Promise<Measured> {
  const fromUs = nowUs();
  const socket = start(what);
  await once(socket, 'connect');
  socket.write('ask');
  await failure(socket);
  return { wholeUs: nowUs() - fromUs };
}

/** Sends more than the server has room for, which reads only when it is told to: when it has said that it has none. */
export async function askWhileItPauses(what: Acting): Promise<Measured> {
  const fromUs = nowUs();
  const socket = start(what);
  await once(socket, 'connect');
  const askedUs = nowUs();
  socket.write(Buffer.alloc(pausedBytes));
  await until('there is no room', () => hasNoRoom(what));
  const goOn = createSocket(what.host!.includes(':') ? 'udp6' : 'udp4');
  goOn.send(`${what.localPort}`, what.port, what.host);
  await once(socket, 'data');
  const answeredUs = nowUs();
  goOn.close();
  socket.end();
  await once(socket, 'close');
  return { responseUs: answeredUs - askedUs, wholeUs: answeredUs - fromUs };
}

export async function beRefused(what: Acting): Promise<Measured> {
  await failure(start(what));
  return {};
}

/** Nobody answers: gives up when the kernel has sent its SYN a second time. */
export async function callInVain(what: Acting): Promise<Measured> {
  const socket = start(what);
  socket.on('error', () => undefined);
  let again = 0;
  await until('the SYN is sent again', () => {
    again = sentAgain(what);
    return again > 0;
  });
  socket.destroy();
  return { syns: 1 + again };
}

/** Within 50 ms after that of a second. */
async function untilIn(atMs: number): Promise<void> {
  await until(`${atMs} ms of a second are over`, () => {
    const lateMs = (Date.now() % 1_000) - atMs;
    return lateMs >= 0 && lateMs < 50;
  });
}

async function opened(what: Acting): Promise<Asked> {
  const fromUs = nowUs();
  const socket = start(what);
  await once(socket, 'connect');
  const askedUs = nowUs();
  socket.write('ask');
  await once(socket, 'data');
  const answeredUs = nowUs();
  return { socket, measured: { responseUs: answeredUs - askedUs, wholeUs: answeredUs - fromUs } };
}

function start({ host, port, localPort }: Acting): Socket {
  const socket = connect({ host: host!, port: port!, localPort: localPort!, allowHalfOpen: true });
  return socket.setNoDelay();
}

async function failure(socket: Socket): Promise<void> {
  // once() would reject by what is waited for.
  await new Promise((resolve) => socket.once('error', resolve));
}

/** proc(5), net/tcp, column retrnsmt: how often the kernel has sent a segment again. */
function sentAgain({ host, localPort }: Acting): number {
  const table = readFileSync(host!.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp', 'utf8');
  const port = localPort!.toString(16).toUpperCase().padStart(4, '0');
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  const [, , , , , , again = '0'] = rows.find(([, local]) => local?.endsWith(`:${port}`)) ?? [];
  return Number.parseInt(again, 16);
}

/** ss(8) tells the other end's window unless it is 0. */
async function hasNoRoom({ localPort }: Acting): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ss', ['-tinH', `sport = :${localPort}`]);
  const [, , queued = '0'] = stdout.split(/\s+/);
  return Number(queued) > 0 && !stdout.includes('snd_wnd:');
}

const nowUs = () => performance.now() * 1_000;
