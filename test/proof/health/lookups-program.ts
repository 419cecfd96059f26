/**
 * A process of its own, in a network namespace of its own: a DNS server that is slow, and clients that ask it, while tcpdump writes down
 * what goes over the loopback interface.
 *
 *     unshare --net node lookups-program.js FILE
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../support/random.js';

const clients = 2_200;
/** Of each so many, one asks again from the same port, and one is not answered. */
const everyWhich = 20;
const longestDelayMs = 40;
/** At once; then a pause. */
const batch = 20;
const pauseMs = 50;

const random = seededRandom(53);
const header = Buffer.from('0000010000010000000000000161076578616d706c650000010001', 'hex');

const question = (id: number): Buffer => {
  const bytes = Buffer.from(header);
  bytes.writeUInt16BE(id);
  return bytes;
};

async function serve(): Promise<Socket> {
  const server = createSocket('udp4');
  let asked = 0;
  server.on('message', (bytes, { port, address }) => {
    if (asked++ % everyWhich === 7) return;
    const answer = Buffer.from(bytes);
    answer.writeUInt16BE(0x8180, 2);
    setTimeout(() => server.send(answer, port, address), random() % longestDelayMs);
  });
  server.bind(53, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function ask(sockets: Socket[]): Promise<void> {
  for (let client = 0; client < clients; client++) {
    const socket = createSocket('udp4');
    sockets.push(socket);
    const times = client % everyWhich === 3 ? 2 : 1;
    for (let time = 0; time < times; time++) socket.send(question(random() & 0xffff), 53, '127.0.0.1');
    if (client % batch === 0) await pause(pauseMs);
  }
  await pause(10 * longestDelayMs);
}

async function run(file: string): Promise<void> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const tcpdump = spawn('tcpdump', ['-Z', 'root', '-i', 'lo', '-U', '-w', file, 'udp port 53'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  const server = await serve();
  const sockets: Socket[] = [];
  await ask(sockets);
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'close');
  for (const socket of [server, ...sockets]) socket.close();
}

await run(process.argv[2]!);
