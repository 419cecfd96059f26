/** nginx as an HTTP reader: it logs the bodies of requests, which are records, a line each. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../../support/readers/certificates.js';
import { isListening, linesOf, type ReaderProcess, readerProcess } from '../../support/readers/process.js';
import type { Ground } from '../ground.js';
import { type Received, received } from '../received.js';

export interface Nginx extends ReaderProcess {
  readonly port: number;
  got(): Received;
  /** Reads its settings and certificate again. */
  reload(): void;
}

export interface NginxOptions {
  /** With it, it speaks HTTPS. */
  readonly certificate?: Certificate | undefined;
  readonly port?: number;
}

export async function nginx(ground: Ground, { certificate, ...options }: NginxOptions): Promise<Nginx> {
  const { port = await ground.port() } = options;
  const folder = join(ground.folder, 'nginx');
  mkdirSync(folder);
  const settings = join(folder, 'nginx.conf');
  writeFileSync(settings, settingsOf(folder, port, certificate));
  const reader = readerProcess(ground, {
    words: ['nginx', '-c', settings, '-e', join(folder, 'error.log')],
    isReady: () => isListening(port),
  });
  return {
    port,
    start: reader.start,
    // It answers what it has begun, and ends.
    stop: (signal = 'SIGQUIT') => reader.stop(signal),
    get child() {
      return reader.child;
    },
    reload: () => reader.child.kill('SIGHUP'),
    got: () => received(linesOf(join(folder, 'bodies'))),
  };
}

/** A body is logged where it was read, which passing it on needs: to nginx itself. */
function settingsOf(folder: string, port: number, certificate: Certificate | undefined): string {
  const tls =
    certificate === undefined
      ? ''
      : `ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};`;
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `daemon off; master_process on; worker_processes 1; user root; pid ${join(folder, 'pid')};
events {}
http {
  ${paths.join(' ')}
  log_format bodies escape=none '$request_body';
  map $status $is_taken { 204 1; default 0; }
  access_log off;
  client_max_body_size 16m;
  server {
    listen 127.0.0.1:${port}${certificate === undefined ? '' : ' ssl'};
    ${tls}
    location / {
      client_body_buffer_size 16m;
      client_body_in_single_buffer on;
      access_log ${join(folder, 'bodies')} bodies if=$is_taken;
      proxy_pass http://unix:${join(folder, 'taken.sock')};
    }
  }
  server { listen unix:${join(folder, 'taken.sock')}; location / { return 204; } }
}
`;
}
