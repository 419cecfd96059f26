/** A connected UDP socket, so that the kernel tells it of what befell its datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';

/** What a link tells. Nothing is told once it is closed, and nothing after `failed`. */
export interface LinkListener {
  opened(): void;
  /** The kernel took the datagram, or refused it with `error` and it was not sent. */
  settled(error: NodeJS.ErrnoException | null): void;
  /** The link cannot be opened, or (`earlier`) a datagram that was sent over it has not arrived. */
  failed(error: NodeJS.ErrnoException, earlier: boolean): void;
}

export class UdpLink {
  readonly address: string;
  readonly #socket: Socket;
  readonly #settled: (error: Error | null) => void;
  #closed = false;

  constructor(address: string, port: number, listener: LinkListener) {
    this.address = address;
    this.#settled = (error) => {
      if (!this.#closed) listener.settled(error);
    };
    const failed = (error: Error, earlier: boolean) => {
      if (!this.#closed) listener.failed(error, earlier);
    };
    this.#socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    // A failed recvmsg reports an ICMP error; everything else goes wrong before anything is sent.
    this.#socket.on('error', (error: NodeJS.ErrnoException) => failed(error, error.syscall === 'recvmsg'));
    this.#socket.connect(port, address, (error?: Error) => {
      if (error) failed(error, false);
      else if (!this.#closed) listener.opened();
    });
  }

  /**
   * Sends one datagram. `settled` is called before the event loop turns, unless the kernel's send buffer is full: then when
   * there is room. One at a time.
   */
  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#settled);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}
