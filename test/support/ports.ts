/** Ports at which nobody listens until the test does, and nobody again once it has ended. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { type EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that the kernel gives to whoever asks for any (ip_local_port_range): a port that was one of those is soon
 * another test's, whose DNS client opens thousands of them.
 */
const firstPort = 10_000;
const ports = 20_000;

/** Free for UDP and for TCP, on all addresses, and on Linux this process's as long as it runs: tests run side by side. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + randomInt(ports);
    if (!(await reserve(port))) continue;
    const found = await Promise.all([
      isFree(createSocket('udp4'), (socket) => socket.bind(port)),
      isFree(createSocket({ type: 'udp6', ipv6Only: true }), (socket) => socket.bind(port)),
      isFree(createServer(), (server) => server.listen(port)),
    ]);
    if (found.every((free) => free)) return port;
  }
}

/** By a name that one socket of a network namespace can have (unix(7), abstract), and that goes with the process. */
async function reserve(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const reservation = createServer().listen(`\0pcap-agg-test-port-${port}`);
  reservation.unref();
  try {
    await once(reservation, 'listening');
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    throw error;
  }
}

async function isFree<T extends EventEmitter & { close(): void }>(
  socket: T,
  listen: (socket: T) => void,
): Promise<boolean> {
  listen(socket);
  try {
    await once(socket, 'listening');
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    // There may be no IPv6 here.
    if (['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(codeOf(error))) return true;
    throw error;
  } finally {
    socket.close();
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
