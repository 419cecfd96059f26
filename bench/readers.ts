/** Readers that take and forget records, on a CPU that the measured program is kept off. */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';
import { remember } from './command.js';

export type ReaderKind = 'tcp' | 'tls' | 'http' | 'https' | 'datagrams';

export interface Reader {
  /** On 127.0.0.1; 0 where it has a path. */
  readonly port: number;
  /** Ends it; returns how many bytes it was sent, and what they began with where it tells that. */
  stop(): Promise<Discarded>;
}

export interface Discarded {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly start?: string;
}

/** PEM files for 127.0.0.1: the certificate has signed itself. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const readerProcessor = 1;

/** Listens on a free port, or on `path`. */
export async function startReader(
  bench: Bench,
  kind: ReaderKind,
  { cert, key }: Certificate,
  path?: string,
): Promise<Reader> {
  const port = path === undefined && kind === 'datagrams' ? await freeUdpPort() : 0;
  const words =
    kind === 'datagrams'
      ? [bench.tools.collector, path ?? String(port), '0']
      : [process.execPath, script, kind, path ?? '0', cert, key];
  const child = remember(
    spawn('taskset', ['-c', String(readerProcessor), ...words], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error(`the ${kind} reader does not start`);
  return {
    port: kind === 'datagrams' ? port : (JSON.parse(first.value) as { port: number }).port,
    async stop() {
      child.kill('SIGTERM');
      const last = await lines.next();
      if (last.done) throw new Error(`the ${kind} reader ended before its time`);
      return JSON.parse(last.value) as Discarded;
    },
  };
}

const script = fileURLToPath(new URL('./discarding-reader.js', import.meta.url));

export function makeCertificate(directory: string): Certificate {
  const files = { cert: join(directory, 'reader.pem'), key: join(directory, 'reader.key') };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...names, '-out', files.cert], {
    stdio: 'ignore',
  });
  return files;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
