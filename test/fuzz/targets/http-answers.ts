/** What comes back on an HTTP connection in place of an answer, byte by byte, up to what becomes of the records. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ndjson } from '../../../src/sink/http/dialects/ndjson.js';
import { HttpTransport } from '../../../src/sink/http/http-transport.js';
import { runOf, wallMs } from '../../sink/http/http-rig.js';
import { bytesOf, type Target, textOf } from './target.js';

const longestLine = 400;
const records = runOf(['{"n":1}\n', '{"n":2}\n']);

/** What the next connection gets. */
let answer: Uint8Array = new Uint8Array();
let url: Promise<URL> | undefined;

/** Answers each request with `answer`, and ends the connection. It does not keep the process alive. */
async function listen(): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function run(input: Uint8Array): Promise<void> {
  url ??= listen();
  answer = input;
  const transport = new HttpTransport({
    name: 'fuzz',
    dialect: ndjson({ url: await url, host: 'here', version: '1.2.3', schema: 'legacy' }),
    keyHeaders: {},
    keyPlace: 'THE_KEY',
    tls: undefined,
    compress: 'none',
    version: '1.2.3',
    connects: () => undefined,
    nowMs: () => performance.now(),
    wallMs: () => wallMs,
  });
  const { kind, ...said } = await transport.send(records);
  await transport.close(0);
  assert.ok(['sent', 'retry', 'drop', 'split'].includes(kind), kind);
  if (kind === 'sent') assert.match(textOf(input), /HTTP\/\d\.\d\s+2\d\d/);
  if ('why' in said) {
    assert.ok(said.why.length <= longestLine, said.why);
    assert.match(said.why, /^[\x20-\x7e…]+$/, 'a line for the operator');
  }
  if ('afterMs' in said) assert.ok(said.afterMs! > 0 && said.afterMs! <= 3_600_000, String(said.afterMs));
  if ('mayHaveArrived' in said) assert.ok(said.mayHaveArrived, 'there was a connection');
}

const whole = (head: string, body = ''): Uint8Array =>
  bytesOf(`HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

export const httpAnswers: Target = {
  name: 'http-answers',
  seeds: () => [
    whole('200 OK', 'thanks'),
    whole('202 Accepted\r\nConnection: close', '{}'),
    bytesOf('HTTP/1.1 204 No Content\r\n\r\n'),
    bytesOf('HTTP/1.0 200 OK\r\n\r\nuntil the end'),
    bytesOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n'),
    bytesOf('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    bytesOf('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    whole('307 Elsewhere\r\nLocation: https://u:p@b.example:8443/in?key=k#x'),
    whole('302 Elsewhere\r\nLocation: //\u001b[2J/..'),
    whole('429 Slow\r\nRetry-After: 120', 'slow down'),
    whole('503 Slow\r\nRetry-After: Fri, 31 Dec 2027 23:59:59 GMT'),
    whole('413 Large', '\u001b[2Jtoo\r\nmuch'),
    whole('400 Bad', '{"error":"no"}'),
    whole('401 Who'),
    bytesOf('SSH-2.0-OpenSSH_9.2\r\n'),
  ],
  words: [
    'HTTP/1.1 ',
    '\r\n',
    '\r\n\r\n',
    '200',
    '307',
    '429',
    '503',
    'Content-Length: ',
    'Location: ',
    'Retry-After: ',
  ]
    .concat([
      'Transfer-Encoding: chunked',
      'https://',
      '0\r\n',
      'Connection: ',
      'Upgrade: ',
      'GMT',
      '99999999999999',
    ])
    .map(bytesOf),
  maxBytes: 1_024,
  run,
};
