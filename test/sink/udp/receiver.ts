/**
 * A collector as a process of its own, with the system's default receive buffer: takes a given time over each datagram.
 * A program for tests, which fork it and talk to it by messages.
 */
import { createSocket } from 'node:dgram';
import { setPriority } from 'node:os';
import { freePort } from '../../support/ports.js';
import { socketLine } from './socket-table.js';

/** What it tells when it listens. */
export interface ReceiverReady {
  readonly port: number;
}

/** What it tells when it is asked for its report. */
export interface ReceiverReport {
  readonly received: readonly string[];
  /** Datagrams that the kernel dropped because the receive buffer was full. */
  readonly dropped: number;
  /** The longest time in milliseconds for which it did nothing though it should have: the system ran something else. */
  readonly longestStallMs: number;
}

const [microseconds = '0', address = '127.0.0.1'] = process.argv.slice(2);
const takeNs = BigInt(microseconds) * 1000n;
const received: string[] = [];
const heartbeatMs = 1;
let lastAliveMs = performance.now();
let longestStallMs = 0;

function alive(): void {
  const nowMs = performance.now();
  longestStallMs = Math.max(longestStallMs, nowMs - lastAliveMs);
  lastAliveMs = nowMs;
}

try {
  setPriority(-20);
} catch {
  // Only root may; without it the stalls are longer.
}

const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4', (message) => {
  const untilNs = process.hrtime.bigint() + takeNs;
  received.push(message.toString());
  while (process.hrtime.bigint() < untilNs);
  alive();
});
socket.bind(await freePort(), address, () => {
  process.send?.({ port: socket.address().port } satisfies ReceiverReady);
  lastAliveMs = performance.now();
  setInterval(alive, heartbeatMs);
});

process.on('message', () => {
  process.send?.({
    received,
    dropped: socketLine(socket.address().port).dropped,
    longestStallMs,
  } satisfies ReceiverReport);
});
process.on('disconnect', () => process.exit());
