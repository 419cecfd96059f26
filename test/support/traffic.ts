/** A process that sends real datagrams and streams: its argument is a Traffic as JSON. See veth.ts, which starts it. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Traffic {
  readonly datagrams?: readonly Datagrams[];
  readonly streams?: readonly Stream[];
}

/** `count` equal datagrams from one socket; Infinity, which JSON has not, is written null. */
export interface Datagrams {
  readonly target: string;
  readonly targetPort: number;
  /** Chosen by the kernel where absent. */
  readonly sourcePort?: number;
  readonly count: number | null;
  readonly payloadBytes: number;
  /** As fast as possible where absent. */
  readonly perSecond?: number;
}

/** One TCP connection that sends so many bytes and ends when the other side ends. */
export interface Stream {
  readonly target: string;
  readonly targetPort: number;
  readonly bytes: number;
}

const batch = 32;

async function sendDatagrams(flow: Datagrams): Promise<void> {
  const socket = createSocket(flow.target.includes(':') ? 'udp6' : 'udp4');
  socket.bind(flow.sourcePort ?? 0);
  await once(socket, 'listening');
  socket.connect(flow.targetPort, flow.target);
  await once(socket, 'connect');
  // Answers like "port unreachable" are not waited for.
  socket.on('error', () => undefined);
  const payload = Buffer.alloc(flow.payloadBytes, 'x');
  const startMs = performance.now();
  const count = flow.count ?? Number.POSITIVE_INFINITY;
  for (let sent = 0; sent < count; ) {
    const size = Math.min(batch, count - sent);
    await Promise.all(Array.from({ length: size }, () => send(socket, payload)));
    sent += size;
    const aheadMs = flow.perSecond ? (sent / flow.perSecond) * 1_000 - (performance.now() - startMs) : 0;
    if (aheadMs > 1) await sleep(aheadMs);
  }
  socket.close();
}

function send(socket: Socket, payload: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const attempt = () => socket.send(payload, (error) => (error ? setImmediate(attempt) : resolve()));
    attempt();
  });
}

async function sendStream({ target, targetPort, bytes }: Stream): Promise<void> {
  const socket = connect(targetPort, target);
  await once(socket, 'connect');
  socket.resume();
  socket.end(Buffer.alloc(bytes, 'x'));
  await once(socket, 'close');
}

const { datagrams = [], streams = [] }: Traffic = JSON.parse(process.argv[2] ?? '{}');
await Promise.all([...datagrams.map(sendDatagrams), ...streams.map(sendStream)]);
