/** An HTTP reader that answers what its script says, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gunzipSync } from 'node:zlib';

export interface ReaderRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of the body as they came. */
  readonly bytes: number;
  /** The body, unpacked. */
  readonly text: string;
}

export interface ReaderAnswer {
  /** 200 where it is left out. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * What goes wrong: 'silence' never answers; 'break' ends the connection in place of an answer; 'break-inside' ends it in the middle
   * of the answer; 'no-end' begins an answer and says a little more, again and again; 'break-after' ends it behind the answer.
   */
  readonly fault?: 'silence' | 'break' | 'break-inside' | 'no-end' | 'break-after';
}

/** Given the request and how many came before it. */
export type ReaderScript = (request: ReaderRequest, position: number) => ReaderAnswer | Promise<ReaderAnswer>;

export interface HttpReader {
  readonly port: number;
  /** All of them, in order. */
  readonly requests: readonly ReaderRequest[];
  /** Those that were answered with 200 to 299, or would have been but for a fault. */
  readonly taken: readonly ReaderRequest[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  /** How many of them are open. */
  readonly open: () => number;
  /** From now on it answers like this. */
  answer(script: ReaderScript): void;
  /** Ends all connections, and listens no more. */
  close(): Promise<void>;
}

export interface ReaderOptions {
  readonly port?: number;
  readonly address?: string;
  /** With it, it speaks HTTPS. */
  readonly tls?: TlsOptions;
}

export async function startHttpReader(
  first: ReaderScript = () => ({}),
  { port = 0, address = '127.0.0.1', tls }: ReaderOptions = {},
): Promise<HttpReader> {
  let script = first;
  let connections = 0;
  const sockets = new Set<Socket>();
  const requests: ReaderRequest[] = [];
  const taken: ReaderRequest[] = [];
  const listener: RequestListener = async (incoming, response) => {
    const request = await readRequest(incoming).catch(() => undefined);
    if (request === undefined) return;
    const answer = await script(request, requests.length);
    requests.push(request);
    const { status = 200 } = answer;
    if (status >= 200 && status < 300) taken.push(request);
    give(answer, response);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    taken,
    connections: () => connections,
    open: () => sockets.size,
    answer: (next) => {
      script = next;
    },
    close: async () => {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ReaderRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { method = '', url: path = '', headers } = incoming;
  const text = String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
  return { method, path, headers, bytes: body.length, text };
}

const dribbleMs = 20;

function give(
  { status = 200, headers = {}, body = '', fault }: ReaderAnswer,
  response: ServerResponse,
): void {
  const { socket } = response;
  if (fault === 'silence') return;
  if (fault === 'break') {
    socket?.destroy();
    return;
  }
  response.writeHead(status, headers);
  if (fault === 'break-inside') {
    response.write(`${body} `, () => socket?.destroy());
  } else if (fault === 'no-end') {
    const timer = setInterval(() => response.write('.'), dribbleMs);
    response.on('close', () => clearInterval(timer));
  } else if (fault === 'break-after') {
    response.end(body, () => socket?.destroy());
  } else {
    response.end(body);
  }
}

/** Records of requests whose bodies are lines, or arrays, of them. */
export function recordsOf(requests: readonly ReaderRequest[]): Record<string, unknown>[] {
  return requests.flatMap(({ text }) =>
    text.startsWith('[')
      ? (JSON.parse(text) as Record<string, unknown>[])
      : text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}
