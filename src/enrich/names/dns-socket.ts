/** UDP to DNS servers, from ports that the kernel draws at random. No socket here keeps the process alive. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { DnsServer } from './dns-servers.js';

/** One socket for all servers of a family. Opened with the first question, and anew after an error. */
export class SharedDnsSocket {
  readonly #family: 4 | 6;
  readonly #received: (message: Buffer, sender: RemoteInfo) => void;
  readonly #failed: (error: Error) => void;
  #socket: Socket | undefined;
  #closed = false;

  constructor(
    family: 4 | 6,
    received: (message: Buffer, sender: RemoteInfo) => void,
    failed: (error: Error) => void,
  ) {
    this.#family = family;
    this.#received = received;
    this.#failed = failed;
  }

  /** Never throws: what cannot be sent is reported, and its question runs into its time-out. */
  send(server: DnsServer, message: Buffer): void {
    try {
      this.#socket ??= this.#open();
      this.#socket.send(message, server.port, server.address, (error) => {
        if (error && !this.#closed) this.#failed(error);
      });
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = newSocket(this.#family);
    socket.on('message', this.#received);
    socket.on('error', (error) => {
      if (this.#socket !== socket) return;
      // Out of descriptors, say. The next question opens another.
      this.#socket = undefined;
      socket.close();
      this.#failed(error);
    });
    socket.bind(0);
    return socket;
  }
}

/**
 * Sends one question from a port of its own. The socket is connected, so that it hears of nobody but the server, and of
 * its host's refusal, which is reported as what cannot be sent is. Never throws. Returns a function that closes it, after
 * which nothing is called any more.
 */
export function askFromOwnPort(
  server: DnsServer,
  question: Buffer,
  received: (message: Buffer) => void,
  failed: (error: Error) => void,
): () => void {
  let socket: Socket | undefined;
  const close = () => {
    socket?.removeAllListeners().on('error', () => {});
    socket?.close();
    socket = undefined;
  };
  const fail = (error: Error) => {
    if (socket === undefined) return;
    close();
    failed(error);
  };
  socket = newSocket(server.family);
  socket.on('message', received);
  socket.on('error', fail);
  socket.connect(server.port, server.address, (error?: Error) => {
    if (error) fail(error);
    else socket?.send(question, (failure) => failure && fail(failure));
  });
  return close;
}

function newSocket(family: 4 | 6): Socket {
  const socket = family === 4 ? createSocket('udp4') : createSocket({ type: 'udp6', ipv6Only: true });
  return socket.unref();
}
