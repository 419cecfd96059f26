/** UDP to DNS servers: at most one socket for IPv4 and one for IPv6, opened when first needed. Neither keeps the process alive. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { DnsServer } from './dns-servers.js';

export class DnsSocket {
  readonly #sockets = new Map<4 | 6, Socket>();
  readonly #received: (message: Buffer, sender: RemoteInfo) => void;
  readonly #failed: (error: Error) => void;
  #closed = false;

  constructor(received: (message: Buffer, sender: RemoteInfo) => void, failed: (error: Error) => void) {
    this.#received = received;
    this.#failed = failed;
  }

  /** Never throws: what cannot be sent is reported, and its question runs into its time-out. */
  send(server: DnsServer, message: Buffer): void {
    try {
      const socket = this.#sockets.get(server.family) ?? this.#open(server.family);
      socket.send(message, server.port, server.address, (error) => {
        if (error && !this.#closed) this.#failed(error);
      });
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #open(family: 4 | 6): Socket {
    const socket = family === 4 ? createSocket('udp4') : createSocket({ type: 'udp6', ipv6Only: true });
    this.#sockets.set(family, socket);
    socket.unref();
    socket.on('message', this.#received);
    socket.on('error', (error) => {
      if (this.#sockets.get(family) !== socket) return;
      // Out of descriptors, say. The next question opens another.
      this.#sockets.delete(family);
      socket.close();
      this.#failed(error);
    });
    // Port 0: the kernel draws one at random.
    socket.bind(0);
    return socket;
  }
}
