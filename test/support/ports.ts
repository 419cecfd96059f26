/** Ports at which nobody listens until the test does, and nobody again once it has ended. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that the kernel gives to whoever asks for any (ip_local_port_range): a port that was one of those is soon
 * another test's, whose DNS client opens thousands of them.
 */
const firstPort = 10_000;
const ports = 20_000;
let asked = 0;

/** Free for UDP and for TCP, on all addresses. Of this process and call alone: tests run side by side. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + ((process.pid * 16 + asked++) % ports);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4');
  const tcp = createServer();
  try {
    udp.bind(port);
    await once(udp, 'listening');
    tcp.listen(port, '0.0.0.0');
    await once(tcp, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    udp.close();
    tcp.close();
  }
}
