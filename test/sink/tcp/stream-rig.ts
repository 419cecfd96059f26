/** Streams behind a queue and readers of them, with a clock that goes on by itself. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import { newlineFraming } from '../../../src/sink/framing.js';
import { Outbox } from '../../../src/sink/outbox.js';
import { QueuedSink } from '../../../src/sink/queued-sink.js';
import type { StreamOptions } from '../../../src/sink/tcp/stream-options.js';
import { StreamTransport } from '../../../src/sink/tcp/stream-transport.js';
import type { ConnectionEnds } from '../../../src/sink/transport.js';
import { freePort } from '../../support/ports.js';

export const nowMs = () => performance.now();

export interface StreamReader {
  readonly port: number;
  /** The text of each connection, in the order in which they were made. */
  readonly texts: string[];
  readonly sockets: Socket[];
  /** The peers' ports. */
  readonly ports: number[];
  readonly listen: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ReaderOptions {
  readonly port?: number;
  readonly host?: string;
  /** In place of reading. */
  readonly onConnection?: (socket: Socket, position: number) => void;
}

/** Reads until the test has ended. */
export async function openReader(context: TestContext, options: ReaderOptions = {}): Promise<StreamReader> {
  const { port = await freePort(), host = '127.0.0.1', onConnection } = options;
  const texts: string[] = [];
  const sockets: Socket[] = [];
  const ports: number[] = [];
  const server = createServer((socket) => {
    const position = sockets.push(socket) - 1;
    texts.push('');
    ports.push(socket.remotePort!);
    socket.on('error', () => undefined);
    onConnection?.(socket, position);
    if (!socket.destroyed)
      socket.setEncoding('utf8').on('data', (text: string) => {
        texts[position] += text;
      });
  });
  const listen = async () => {
    server.listen(port, host);
    await once(server, 'listening');
  };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  await listen();
  context.after(close);
  return { port, texts, sockets, ports, listen, close };
}

export interface StreamRig {
  readonly sink: QueuedSink;
  readonly transport: StreamTransport;
  readonly lines: string[];
  readonly connected: ConnectionEnds[];
}

export type RigOptions = Partial<StreamOptions> & { readonly port?: number; readonly queueBytes?: number };

/** A sink that is ticked every five milliseconds until the test has ended. */
export function openStreamRig(context: TestContext, options: RigOptions): StreamRig {
  const { port = 0, queueBytes = 1 << 26, waits, ...own } = options;
  const lines: string[] = [];
  const connected: ConnectionEnds[] = [];
  const transport = new StreamTransport({
    target: { kind: 'tcp', host: '127.0.0.1', port },
    framing: newlineFraming,
    edges: { name: 'reader', connects: (ends) => connected.push(ends), nowMs },
    calls: loadNative().native,
    bytesUnderWay: 1 << 24,
    // A second is long for a test.
    waits: { keepMs: 100, ...waits },
    ...own,
  });
  const log = { limited: (_subject: string, text: string) => lines.push(text) };
  const queue = new Outbox(queueBytes, queueBytes / 2);
  const sink = new QueuedSink({ name: 'reader', transport, queue, log, nowMs, random: () => 0.05 });
  const timer = setInterval(() => sink.tick(nowMs()), 5);
  context.after(async () => {
    clearInterval(timer);
    await sink.close(nowMs());
  });
  sink.start();
  return { sink, transport, lines, connected };
}
