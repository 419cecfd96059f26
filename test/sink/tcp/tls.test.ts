import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { readTls } from '../../../src/sink/secrets.js';
import { freePort } from '../../support/ports.js';
import { type Certificate, makeCertificates } from '../../support/readers/certificates.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { counts, encodedOf, numberedLines } from '../encoded.js';
import { nowMs, openReader, openStreamRig, type StreamRig } from './stream-rig.js';

const certificates = makeCertificates(join(temporaryFolder().path, 'certificates'));

interface TlsReader {
  readonly port: number;
  readonly text: () => string;
  readonly sockets: TLSSocket[];
  readonly server: Server;
}

async function openTlsReader(
  context: TestContext,
  { cert, key }: Certificate,
  options: TlsOptions = {},
): Promise<TlsReader> {
  let text = '';
  const [sockets, raw]: [TLSSocket[], Socket[]] = [[], []];
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key), ...options }, (socket) => {
    sockets.push(socket);
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('error', () => undefined);
  });
  server.on('connection', (socket: Socket) => raw.push(socket));
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    for (const socket of raw) socket.destroy();
  });
  return { port, sockets, server, text: () => text };
}

interface TlsWish {
  readonly ca?: string;
  readonly client?: Certificate;
  readonly servername?: string;
  readonly verifies?: boolean;
  readonly host?: string;
}

async function send(context: TestContext, port: number, wish: TlsWish = {}): Promise<StreamRig> {
  const { ca, client, servername, verifies = true, host = '127.0.0.1' } = wish;
  const tls = await readTls({ ca, cert: client?.cert, key: client?.key, servername, verifies }, '--to');
  const rig = openStreamRig(context, {
    target: { kind: 'tcp', host, port, tls },
    resolve: async () => ['127.0.0.1'],
  });
  rig.sink.write(encodedOf(numberedLines(0, 10)));
  return rig;
}

async function arrives(reader: TlsReader, { sink, lines }: StreamRig): Promise<void> {
  await until(
    'all is acknowledged',
    () => sink.counts.recordsSent === 10,
    () => lines.join('\n'),
  );
  assert.equal(reader.text(), numberedLines(0, 10).join(''));
  assert.deepEqual(sink.counts, { ...counts(10), recordsAcknowledged: 10 });
  assert.deepEqual(lines, []);
}

/** Nothing arrives, and the one line says why. */
async function fails({ sink, lines }: StreamRig, why: RegExp): Promise<void> {
  await until('it is noticed', () => lines.length > 0);
  assert.match(lines[0]!, why);
  assert.equal(sink.counts.recordsSent, 0);
}

const { ca } = certificates;

describe('a stream over TLS', () => {
  test('goes to a reader whose certificate is right', async (context) => {
    const reader = await openTlsReader(context, certificates.good);
    await arrives(reader, await send(context, reader.port, { ca }));
    const other = await openTlsReader(context, certificates.good);
    await arrives(other, await send(context, other.port, { ca, host: 'reader.test' }));
    assert.equal((other.sockets[0] as { servername?: string }).servername, 'reader.test');
  });

  test('tells much, and is read to its end before it is over', async (context) => {
    const reader = await openTlsReader(context, certificates.good);
    const { sink } = await send(context, reader.port, { ca });
    const lines = numberedLines(10, 50_000, 200);
    sink.write(encodedOf(lines));
    await sink.close(nowMs() + 10_000);
    assert.deepEqual(sink.counts, { ...counts(50_010), recordsAcknowledged: 50_010 });
    assert.equal(reader.text(), [...numberedLines(0, 10), ...lines].join(''));
  });

  test('checks the certificate against servername=', async (context) => {
    const reader = await openTlsReader(context, certificates.wrongName);
    await fails(
      await send(context, reader.port, { ca }),
      /its certificate is for another name \(DNS:other\.example\); write that name, or add servername=NAME/,
    );
    await arrives(reader, await send(context, reader.port, { ca, servername: 'other.example' }));
    const other = await openTlsReader(context, certificates.good);
    await fails(
      await send(context, other.port, { ca, servername: '127.0.0.2' }),
      /its certificate is for another name/,
    );
    await arrives(
      other,
      await send(context, other.port, { ca, host: 'reader.test', servername: '127.0.0.1' }),
    );
  });

  test('does not take a certificate that is wrong, and says which remedy there is', async (context) => {
    const { good, expired, selfSigned } = certificates;
    const cases: readonly (readonly [Certificate, string | undefined, RegExp])[] = [
      [expired, ca, /its certificate has expired/],
      [selfSigned, ca, /signed by an authority that is not known here; add ca=FILE/],
      [good, undefined, /signed by an authority that is not known here; add ca=FILE/],
    ];
    for (const [certificate, authority, why] of cases) {
      const reader = await openTlsReader(context, certificate);
      await fails(await send(context, reader.port, authority === undefined ? {} : { ca: authority }), why);
      assert.equal(reader.text(), '');
    }
  });

  test('begins again where a reader ends connections as soon as they are there', async (context) => {
    const reader = await openTlsReader(context, certificates.good);
    let connections = 0;
    reader.server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (connections++ < 4) socket.end();
    });
    const { sink } = await send(context, reader.port, { ca });
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    assert.ok(reader.text().endsWith(numberedLines(0, 10).join('')));
  });

  test('takes any with verify=off', async (context) => {
    const reader = await openTlsReader(context, certificates.selfSigned);
    await arrives(reader, await send(context, reader.port, { verifies: false }));
  });

  test('shows its own certificate where the reader wants one', async (context) => {
    const options = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(ca) };
    const reader = await openTlsReader(context, certificates.good, options);
    await fails(
      await send(context, reader.port, { ca }),
      /it does not take this certificate, or wants one; add cert=FILE and key=FILE/,
    );
    await arrives(reader, await send(context, reader.port, { ca, client: certificates.client }));
  });

  test('is not spoken with a reader that does not speak it', async (context) => {
    const reader = await openReader(context, { onConnection: (socket) => socket.write('who is there?\n') });
    await fails(await send(context, reader.port, { ca }), /it does not speak TLS there/);
  });

  test('is given up where the reader never answers', async (context) => {
    const reader = await openReader(context);
    const tls = await readTls(
      { ca, cert: undefined, key: undefined, servername: undefined, verifies: true },
      '--to',
    );
    const target = { kind: 'tcp', host: '127.0.0.1', port: reader.port, tls } as const;
    await fails(openStreamRig(context, { target, waits: { connectMs: 100 } }), /it does not answer/);
  });

  test('sends again what a reader had not read when it reset the connection', async (context) => {
    const reader = await openTlsReader(context, certificates.good);
    const { sink } = await send(context, reader.port, { ca });
    await until('it is connected', () => reader.sockets.length === 1);
    reader.sockets[0]!.destroy();
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    assert.ok(sink.counts.duplicatesPossible <= 10);
    assert.ok(reader.text().endsWith(numberedLines(0, 10).join('')));
  });
});
