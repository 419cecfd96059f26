/** A connected UDP socket, so that the kernel tells it of what befell its datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { mtuOf } from './interface-mtu.js';
import type { ReceiveBufferState } from './receive-buffer.js';

/** What a link tells. Nothing is told before who opened it has gone on, and nothing once it is closed. */
export interface LinkListener {
  opened(): void;
  /** It cannot be opened. */
  failed(error: NodeJS.ErrnoException): void;
  /** What became of a datagram for which `send` did not know it. */
  settled(outcome: SendOutcome): void;
  /** A datagram that was sent over it has not arrived: ICMP said so. */
  refused(error: NodeJS.ErrnoException): void;
}

/**
 * Null where the kernel took a datagram, else why it did not. EAGAIN: there is no room now. ECONNREFUSED is news of an
 * earlier one.
 */
export type SendOutcome = NodeJS.ErrnoException | null;

/**
 * Datagrams without Node's objects around them: a record costs 8.1 µs in place of 9.9, and a third of the garbage is left to
 * be collected while packets wait. The first two return a negative error number of libuv's where they fail.
 */
export interface DatagramCalls {
  /** Returns the socket's descriptor. */
  connectDatagrams(address: string, port: number, multicastHops: number): number;
  sendDatagram(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
  /** The same for a datagram that is longer than the path takes in one piece. */
  sendInFragments(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
  /** The longest IP packet that the path takes, as far as the kernel knows; 0 where it does not tell. */
  pathMtu(descriptor: number): number;
  receiveBuffer(descriptor: number): ReceiveBufferState | undefined;
}

/** Both ends of a connected socket: this host's and the collector's. */
export interface SocketEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly address: string;
  readonly port: number;
}

export interface LinkOptions {
  readonly target: { readonly port: number };
  /** Without them Node sends. */
  readonly calls?: DatagramCalls | undefined;
  readonly multicastHops: number;
}

export class UdpLink implements SocketEnds {
  readonly address: string;
  readonly port: number;
  /** Where its datagrams leave from; nowhere until it is open. */
  localAddress = '';
  localPort = 0;
  readonly #listener: LinkListener;
  readonly #calls: DatagramCalls | undefined;
  readonly #multicastHops: number;
  /** It reads the news of what was sent, and closes the descriptor. */
  readonly #socket: Socket;
  readonly #settled = (error: Error | null) => {
    if (!this.#closed) this.#listener.settled(error);
  };
  #descriptor = -1;
  #closed = false;

  constructor(address: string, { target, calls, multicastHops }: LinkOptions, listener: LinkListener) {
    const { port } = target;
    this.address = address;
    this.port = port;
    this.#listener = listener;
    this.#calls = calls;
    this.#multicastHops = multicastHops;
    this.#socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#closed) return;
      if (error.syscall === 'recvmsg') listener.refused(error);
      else listener.failed(error);
    });
    if (calls === undefined) {
      this.#socket.connect(port, address, (error?: Error) => {
        if (error === undefined && !this.#closed) this.#socket.setMulticastTTL(multicastHops);
        this.#connected(error);
      });
    } else {
      const outcome = this.#connect(calls, port);
      setImmediate(() => this.#connected(outcome));
    }
  }

  /**
   * Sends bytes from `start` to `end` as one datagram. Undefined where it is not known yet what becomes of it: then `settled`
   * tells, before the event loop turns unless the kernel's send buffer is full. One at a time. What is longer than the path
   * takes is refused unless it may go `inFragments`; Node's socket sends it so without being asked.
   */
  send(bytes: Uint8Array, start: number, end: number, inFragments: boolean): SendOutcome | undefined {
    if (this.#calls === undefined) {
      this.#socket.send(bytes, start, end - start, this.#settled);
      return undefined;
    }
    const status = inFragments
      ? this.#calls.sendInFragments(this.#descriptor, bytes, start, end)
      : this.#calls.sendDatagram(this.#descriptor, bytes, start, end);
    return status === 0 ? null : errorOf(status);
  }

  /** Sends one that nobody waits for. Like `send`, it may fail for an earlier one, of which `refused` tells where it is late. */
  tell(bytes: Uint8Array): SendOutcome {
    if (this.#calls === undefined) {
      this.#socket.send(bytes, (error) => {
        if (error !== null && !this.#closed) this.#listener.refused(error);
      });
      return null;
    }
    const status = this.#calls.sendDatagram(this.#descriptor, bytes, 0, bytes.length);
    return status === 0 ? null : errorOf(status);
  }

  /** The longest IP packet that the path takes, as far as this host knows. */
  pathMtu(): number | undefined {
    return this.#calls?.pathMtu(this.#descriptor) || mtuOf(this.localAddress);
  }

  /** The buffer that its datagrams go into; undefined where it is another host's, or nobody tells. */
  receiveBuffer(): ReceiveBufferState | undefined {
    return this.#calls?.receiveBuffer(this.#descriptor);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #connect(calls: DatagramCalls, port: number): Error | undefined {
    const descriptor = calls.connectDatagrams(this.address, port, this.#multicastHops);
    if (descriptor < 0) return errorOf(descriptor);
    this.#descriptor = descriptor;
    this.#socket.bind({ fd: descriptor });
    return undefined;
  }

  #connected(error: Error | undefined): void {
    if (this.#closed) return;
    if (error !== undefined) {
      this.#listener.failed(error);
      return;
    }
    ({ address: this.localAddress, port: this.localPort } = this.#socket.address());
    this.#listener.opened();
  }
}

function errorOf(status: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(code), { code, errno: status });
}
