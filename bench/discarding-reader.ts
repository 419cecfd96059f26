/**
 * A reader of records that takes and forgets them, in a process of its own:
 *
 *     node discarding-reader.js tcp|tls|http|https PORT-OR-PATH [CERT KEY]
 *
 * Prints {"port":N} when it listens on 127.0.0.1 or the path, which anybody may connect to, and at SIGTERM, with which it
 * ends, {"bytes":N,"start":"HEX"}: what it was sent, without TLS and HTTP's headers, and the first bytes of that.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const [kind, place = '0', cert, key] = process.argv.slice(2);

let bytes = 0;
let start = '';
const count = (chunk: Buffer): void => {
  if (bytes === 0) start = chunk.toString('hex', 0, 16);
  bytes += chunk.length;
};

const discard = (socket: Socket): void => {
  socket.on('error', () => {}).on('data', count);
};
/** Every dialect takes this for success that says how many it took, or does not have to. */
const answer: RequestListener = (request, response) => {
  request.on('data', count).on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
};

function listener() {
  if (kind === 'tcp') return createTcpServer(discard);
  if (kind === 'http') return createHttpServer(answer);
  const tls = { cert: readFileSync(cert!), key: readFileSync(key!) };
  return kind === 'tls' ? createTlsServer(tls, discard) : createHttpsServer(tls, answer);
}

process.umask(0);
const server = listener();
const said = () => {
  const address = server.address() as AddressInfo | string;
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'string' ? 0 : address.port })}\n`);
};
if (place.startsWith('/')) server.listen(place, said);
else server.listen(Number(place), '127.0.0.1', said);
process.on('SIGTERM', () =>
  process.stdout.write(`${JSON.stringify({ bytes, start })}\n`, () => process.exit()),
);
