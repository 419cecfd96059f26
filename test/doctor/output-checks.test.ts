/** Outputs by a connection, as the doctor finds them: with servers that are well and ill. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { collectors } from '../../src/doctor/checks/collectors.js';
import type { Finding } from '../../src/doctor/finding.js';
import { freePort } from '../support/ports.js';
import { type Certificate, makeCertificates } from '../support/readers/certificates.js';
import { type ReaderScript, startHttpReader } from '../support/readers/http-reader.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { outputSubjects, outputSubjectsWith, subject } from './subject.js';

const look = async (...targets: readonly string[]): Promise<readonly Finding[]> =>
  collectors.run(subject({ outputs: await outputSubjects(...targets) }));

async function listen(context: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('outputs by TCP', () => {
  test('can be connected to or not, by address and by name', async (context) => {
    const port = await listen(context, createTcpServer());
    const free = await freePort();
    const targets = [`tcp://127.0.0.1:${port}`, `syslog+tcp://localhost:${port}`, `tcp://127.0.0.1:${free}`];
    assert.deepEqual(await look(...targets), [
      { level: 'ok', found: `tcp://127.0.0.1:${port}: a connection can be made` },
      { level: 'ok', found: `syslog+tcp://localhost:${port} (127.0.0.1): a connection can be made` },
      {
        level: 'fail',
        found: `tcp://127.0.0.1:${free}: the connection was refused; check that it runs, and the port`,
        command: `ss -ltnp sport = :${free}`,
      },
    ]);
  });

  test('have a name that is known, and a port', async () => {
    const [unknown, portless] = await look('tcp://reader.invalid:5170', 'tcp://127.0.0.1');
    assert.equal(unknown?.level, 'fail');
    assert.match(unknown.found, /^tcp:\/\/reader\.invalid:5170: the name has no address \(E/);
    assert.equal(unknown.command, 'getent ahosts reader.invalid');
    assert.equal(portless?.level, 'fail');
    assert.match(portless.found, /^tcp:\/\/127\.0\.0\.1: there is no port; write tcp:/);
  });
});

describe('outputs by TLS', () => {
  const folder = temporaryFolder();
  const certificates = makeCertificates(join(folder.path, 'certificates'));
  const serve = (context: TestContext, { cert, key }: Certificate, options: TlsOptions = {}) => {
    const server = createTlsServer({ ...options, cert: readFileSync(cert), key: readFileSync(key) });
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket) => socket.on('error', () => undefined));
    return listen(context, server);
  };
  const ca = `ca=${certificates.ca}`;

  test('are told with who signed their certificate and how long it is valid', async (context) => {
    const good = await serve(context, certificates.good);
    const expiring = await serve(context, certificates.expiring);
    const [connected, valid, , soon] = await look(
      `tls://127.0.0.1:${good}?${ca}`,
      `tls://localhost:${expiring}?${ca}`,
    );
    assert.deepEqual(connected, {
      level: 'ok',
      found: `tls://127.0.0.1:${good}: a connection with TLS can be made`,
    });
    const signed = 'its certificate, signed by test authority, expires in';
    assert.deepEqual(valid, { level: 'ok', found: `tls://127.0.0.1:${good}: ${signed} 364 days` });
    assert.deepEqual(soon, {
      level: 'warn',
      found: `tls://localhost:${expiring}: ${signed} 4 days; give the reader a new one`,
      command: `openssl s_client -connect localhost:${expiring} -servername localhost </dev/null | openssl x509 -noout -enddate`,
    });
  });

  test('fail where the certificate is no good', async (context) => {
    const [expired, named, selfSigned, good] = await Promise.all([
      serve(context, certificates.expired),
      serve(context, certificates.wrongName),
      serve(context, certificates.selfSigned),
      serve(context, certificates.good),
    ]);
    const targets = [
      `tls://127.0.0.1:${expired}?${ca}`,
      `tls://127.0.0.1:${named}?${ca}`,
      `tls://127.0.0.1:${selfSigned}?${ca}`,
      // The authority is none of the system's.
      `tls://127.0.0.1:${good}`,
    ];
    const findings = await look(...targets);
    const found = findings.map(({ level, found }) => `${level} ${found.replace(/^.*?\d: /, '')}`);
    const unknown =
      'fail its certificate is signed by an authority that is not known here; add ca=FILE with the certificate of that authority';
    assert.deepEqual(found, [
      'fail its certificate has expired; give it a new one, and check the clock of this host',
      'fail its certificate is for another name (DNS:other.example); write that name, or add servername=NAME',
      unknown,
      unknown,
    ]);
    assert.match(
      findings[1]!.command!,
      /^openssl s_client -connect 127\.0\.0\.1:\d+ -showcerts <\/dev\/null$/,
    );
  });

  test('that ask for a certificate are shown one', async (context) => {
    const port = await serve(context, certificates.good, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: readFileSync(certificates.ca),
    });
    const { cert, key } = certificates.client;
    const [shown] = await look(`tls://127.0.0.1:${port}?${ca}&cert=${cert}&key=${key}`);
    assert.equal(shown?.level, 'ok', shown?.found);
    const [bare] = await look(`tls://127.0.0.1:${port}?${ca}`);
    assert.equal(bare?.level, 'fail');
    assert.match(
      bare.found,
      /: it does not take this certificate, or wants one; add cert=FILE and key=FILE$/,
    );
  });

  test('warn of verify=off, and fail where no TLS is spoken', async (context) => {
    const off = await serve(context, certificates.selfSigned);
    const plain = await listen(
      context,
      createTcpServer((socket) => socket.on('error', () => undefined).end('220 hello\r\n')),
    );
    const [, unverified, noTls] = await look(`tls://127.0.0.1:${off}?verify=off`, `tls://127.0.0.1:${plain}`);
    assert.equal(unverified?.level, 'warn');
    assert.match(unverified.found, /: verify=off takes anybody for the reader; /);
    assert.equal(noTls?.level, 'fail');
    assert.match(noTls.found, /: it does not speak TLS there; check the port, /);
  });

  test('need the files that they name', async () => {
    const [missing] = await look('tls://127.0.0.1:1?ca=/nowhere.pem');
    assert.deepEqual(missing, {
      level: 'fail',
      found: '--to tls://127.0.0.1:1: ca=/nowhere.pem: there is no such file; name a file that can be read',
    });
  });
});

describe('outputs to HTTP readers', () => {
  const key = 'abcdef0123456789abcdef0123456789';
  const serve = async (context: TestContext, script: ReaderScript) => {
    const reader = await startHttpReader(script);
    context.after(() => reader.close());
    return reader;
  };
  const lookWith = async (environment: Readonly<Record<string, string>>, ...targets: readonly string[]) =>
    collectors.run(subject({ outputs: await outputSubjectsWith(environment, ...targets) }));

  test('are asked an empty request with the key', async (context) => {
    const reader = await serve(context, ({ headers }) => ({
      status: headers['dd-api-key'] === key ? 202 : 403,
    }));
    const target = `datadog+http://127.0.0.1:${reader.port}`;
    assert.deepEqual(await lookWith({ DD_API_KEY: key }, target), [
      { level: 'ok', found: `${target}: a connection can be made` },
      { level: 'ok', found: `${target}: an empty request is answered as it should be` },
    ]);
    assert.deepEqual(
      reader.requests.map(({ method, path, text }) => [method, path, text]),
      [['POST', '/api/v2/logs', '[]']],
    );
    const [, refused] = await lookWith({ DD_API_KEY: 'other' }, target);
    assert.deepEqual(refused, {
      level: 'fail',
      found: `${target}: HTTP 403; the reader does not take the key: check DD_API_KEY`,
      command: `curl -i ${target.replace('datadog+', '')}/api/v2/logs`,
    });
    await until('nothing is left open', () => reader.open() === 0);
  });

  test('need their key', async () => {
    const [finding] = await lookWith({}, 'datadog+http://127.0.0.1:1');
    assert.equal(finding?.level, 'fail');
    assert.match(
      finding.found,
      /: there is no key; set DD_API_KEY \(sudo strips the environment: .*\), or add key-file=FILE$/,
    );
  });

  test('may have moved, or be ill', async (context) => {
    const moved = await serve(context, () => ({
      status: 301,
      headers: { location: 'https://elsewhere.example/' },
    }));
    const ill = await serve(context, () => ({ status: 500, body: 'out of \u001b[1mdisk' }));
    const findings = await look(`http://127.0.0.1:${moved.port}/in`, `http://127.0.0.1:${ill.port}`);
    const failures = findings.filter(({ level }) => level === 'fail').map(({ found }) => found);
    assert.equal(failures.length, 2);
    assert.match(failures[0]!, /: HTTP 301: the reader has moved to https:\/\/elsewhere\.example\/, /);
    assert.match(failures[1]!, /: HTTP 500/);
  });

  test('are not asked where there is no connection', async () => {
    const port = await freePort();
    const findings = await look(`http://127.0.0.1:${port}`);
    assert.equal(findings.length, 1);
    assert.match(findings[0]!.found, /: the connection was refused; /);
  });
});

test('outputs to sockets of this host have a reader of their kind', async (context) => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'reader.sock');
  const server = createTcpServer();
  server.listen(path);
  await once(server, 'listening');
  context.after(() => server.close());
  const file = folder.file('plain', '');
  const found = (await look(`unix-stream:${path}`, `unix:${path}`, `unix:${file}`, 'unix:/nowhere.sock')).map(
    ({ level, found }) => `${level} ${found}`,
  );
  assert.deepEqual(found, [
    `ok unix-stream:${path}: a reader listens`,
    `fail unix:${path}: its reader takes another kind of connection; write unix-stream:${path}`,
    `fail unix:${file}: it is no socket; name the one that the reader listens on`,
    'fail unix:/nowhere.sock: there is no such socket; start the reader',
  ]);
});
