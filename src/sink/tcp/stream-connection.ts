/** One connection to a reader. Bytes go out; what comes back is thrown away, because a reader of streams has nothing to say. */
import { isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { tellEnds } from '../connection.js';
import type { ConnectionEnds } from '../transport.js';
import type { StreamCalls, StreamTarget } from './stream-options.js';

/** Events of a connection: none after it was destroyed or was over. */
export interface ConnectionListener {
  opened(): void;
  /** The connection ended: with an error, or undefined when the reader ended it in order. */
  over(error: NodeJS.ErrnoException | undefined): void;
}

/** The handle of Node's socket: what it counts, and its descriptor. */
interface SocketHandle {
  readonly fd: number;
  /** Given to libuv. */
  readonly bytesWritten: number;
  /** Of those, not taken by the kernel yet. */
  readonly writeQueueSize: number;
}

/** When an idle connection is probed (keep-alive). It is given up some ten seconds later. */
const keepAliveMs = 15_000;
/** How much is read from the reader. After that, the kernel makes it wait. */
const mostBytesRead = 1024 * 1024;

export interface ConnectionOptions {
  readonly target: StreamTarget;
  /** The host's address. */
  readonly address: string;
  readonly listener: ConnectionListener;
  readonly connects: (ends: ConnectionEnds) => void;
  readonly calls: StreamCalls | undefined;
}

export class StreamConnection {
  readonly #options: ConnectionOptions;
  /** Of the kernel. */
  readonly #raw = new Socket();
  /** What records are written to: TLS over it, or itself. */
  #socket: Socket = this.#raw;
  #bytesRead = 0;
  #isOver = false;
  #error: NodeJS.ErrnoException | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  open(): void {
    const { target, address, connects } = this.#options;
    const raw = this.#raw;
    this.#listen(raw);
    if (target.kind === 'unix') {
      raw.connect({ path: target.path }, () => this.#opened());
      return;
    }
    const { port, tls } = target;
    tellEnds(raw, connects);
    raw.setKeepAlive(true, keepAliveMs).setNoDelay(true);
    raw.connect({ host: address, port }, () => (tls === undefined ? this.#opened() : this.#secure()));
  }

  /** `taken` is called when the kernel has taken all of it. One at a time. */
  write(bytes: Uint8Array, taken: () => void): void {
    this.#socket.write(bytes, (error) => {
      if (!this.#isOver && !error) taken();
    });
  }

  /** Ends this side of the connection. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#isOver = true;
    this.#socket.destroy();
    this.#raw.destroy();
  }

  /** Resets the connection: what the kernel has not sent yet would arrive late, after it was sent again. */
  reset(): void {
    this.#isOver = true;
    this.#raw.resetAndDestroy();
    this.#socket.destroy();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The error that ended it, if any. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error;
  }

  /** False where this host's kernel does not tell what was acknowledged. */
  get isTold(): boolean {
    const { calls } = this.#options;
    const handle = this.#handle;
    return calls !== undefined && (handle === undefined || calls.unacknowledged(handle.fd) >= 0);
  }

  /** How many bytes were written, those of TLS included. */
  get position(): number {
    return this.#handle?.bytesWritten ?? 0;
  }

  /** How many of them the other kernel has acknowledged; undefined where the kernel does not say. */
  acknowledgedPosition(): number | undefined {
    const handle = this.#handle;
    if (handle === undefined) return undefined;
    const taken = handle.bytesWritten - handle.writeQueueSize;
    const left = this.#options.calls?.unacknowledged(handle.fd);
    return left === undefined || left < 0 ? undefined : taken - left;
  }

  /** How often in a row the kernel has tried without an answer; 0 where it does not say. */
  unansweredTries(): number {
    const handle = this.#handle;
    return handle === undefined ? 0 : (this.#options.calls?.unanswered(handle.fd) ?? 0);
  }

  get #handle(): SocketHandle | undefined {
    return (this.#raw as unknown as { readonly _handle: SocketHandle | null })._handle ?? undefined;
  }

  #secure(): void {
    const { target } = this.#options;
    if (this.#isOver || target.kind !== 'tcp') return;
    const { servername: name = target.host, ...tls } = target.tls!;
    // The certificate is checked against either; an address is not sent as a name (RFC 6066, 3).
    const shown = isIP(name) === 0 ? { servername: name } : { host: name };
    this.#socket = connectTls({ ...tls, ...shown, socket: this.#raw }, () => this.#opened());
    this.#listen(this.#socket);
  }

  #opened(): void {
    if (this.#isOver) return;
    const socket = this.#socket;
    socket.on('data', (bytes: Uint8Array) => {
      this.#bytesRead += bytes.length;
      if (this.#bytesRead > mostBytesRead) socket.pause();
    });
    this.#options.listener.opened();
  }

  #listen(socket: Socket): void {
    socket.on('error', (error) => this.#over(error));
    socket.on('end', () => this.#over(undefined));
    socket.on('close', () => this.#over(undefined));
  }

  #over(error: NodeJS.ErrnoException | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#options.listener.over(error);
  }
}
