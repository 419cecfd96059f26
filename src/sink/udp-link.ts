/** A connected UDP socket, so that the kernel tells it of what befell its datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';

/** What a link tells. Nothing is told once it is closed. */
export interface LinkListener {
  opened(): void;
  /** It cannot be opened. */
  failed(error: NodeJS.ErrnoException): void;
  /** The kernel took the datagram, or with `error` did not. ECONNREFUSED is news of an earlier one. */
  settled(error: NodeJS.ErrnoException | null): void;
  /** A datagram that was sent over it has not arrived: ICMP said so. */
  refused(error: NodeJS.ErrnoException): void;
}

export class UdpLink {
  readonly address: string;
  /** Where its datagrams leave from; "" until it is open. */
  localAddress = '';
  readonly #socket: Socket;
  readonly #settled: (error: Error | null) => void;
  #closed = false;

  constructor(address: string, port: number, listener: LinkListener) {
    this.address = address;
    this.#settled = (error) => {
      if (!this.#closed) listener.settled(error);
    };
    const failed = (error: Error) => {
      if (!this.#closed) listener.failed(error);
    };
    this.#socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall !== 'recvmsg') failed(error);
      else if (!this.#closed) listener.refused(error);
    });
    this.#socket.connect(port, address, (error?: Error) => {
      if (error) failed(error);
      else if (!this.#closed) {
        this.localAddress = this.#socket.address().address;
        listener.opened();
      }
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

/** How a collector is away: its host says so, or no host of that address does. */
export type Absence = 'refused' | 'unreachable';

export function absenceOf(error: NodeJS.ErrnoException): Absence {
  return error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
}
