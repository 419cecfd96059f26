/**
 * A collector as a process of its own, with the system's default receive buffer: takes a given time over each datagram.
 * A program for tests, which fork it and talk to it by messages.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';

/** What it tells when it listens. */
export interface ReceiverReady {
  readonly port: number;
}

/** What it tells when it is asked for its report. */
export interface ReceiverReport {
  readonly received: readonly string[];
  /** Datagrams that the kernel dropped because the receive buffer was full. */
  readonly dropped: number;
}

const [microseconds = '0', address = '127.0.0.1'] = process.argv.slice(2);
const takeNs = BigInt(microseconds) * 1000n;
const received: string[] = [];

const socket = createSocket('udp4', (message) => {
  const untilNs = process.hrtime.bigint() + takeNs;
  received.push(message.toString());
  while (process.hrtime.bigint() < untilNs);
});
socket.bind(0, address, () => process.send?.({ port: socket.address().port } satisfies ReceiverReady));

process.on('message', () => {
  process.send?.({ received, dropped: droppedByKernel() } satisfies ReceiverReport);
});
process.on('disconnect', () => process.exit());

/** The last column of the socket's line in /proc/net/udp, where ports are in hexadecimal. */
function droppedByKernel(): number {
  const port = socket.address().port.toString(16).toUpperCase().padStart(4, '0');
  const line = readFileSync('/proc/net/udp', 'utf8')
    .split('\n')
    .find((text) => text.trim().split(/\s+/)[1]?.endsWith(`:${port}`));
  return Number(line?.trim().split(/\s+/).at(-1));
}
