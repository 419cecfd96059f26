/** Stands between the program and a reader, and does to the connections what networks and readers do. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Ground } from '../ground.js';

export interface Proxy {
  readonly port: number;
  /** From now on, so many bytes a second go on; Infinity for all. */
  bytesPerSecond: number;
  /** Ends the next connection that has passed so many bytes on: in the middle of a record, most likely. */
  cutAfter(bytes: number): void;
}

const stepMs = 50;

export async function openProxy(ground: Ground, targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  let bytesLeft = Number.POSITIVE_INFINITY;

  /** A piece of what came; the rest waits for its time. */
  const pass = async (from: Socket, to: Socket) => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const pace = Math.max(1, Math.floor((bytesPerSecond * stepMs) / 1_000));
        const piece = chunk.subarray(at, at + Math.min(pace, bytesLeft, chunk.length));
        at += piece.length;
        bytesLeft -= piece.length;
        if (!to.write(piece)) await once(to, 'drain');
        if (bytesLeft <= 0) {
          bytesLeft = Number.POSITIVE_INFINITY;
          from.resetAndDestroy();
          to.destroy();
          return;
        }
        if (bytesPerSecond !== Number.POSITIVE_INFINITY)
          await new Promise((resolve) => setTimeout(resolve, stepMs));
      }
    }
    to.end();
  };
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    const outer = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    inner.on('error', () => outer.destroy());
    outer.on('error', () => inner.destroy());
    pass(inner, outer).catch(() => outer.destroy());
    outer.pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ground.atEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as { port: number }).port,
    get bytesPerSecond() {
      return bytesPerSecond;
    },
    set bytesPerSecond(rate) {
      bytesPerSecond = rate;
    },
    cutAfter(bytes) {
      bytesLeft = bytes;
    },
  };
}
