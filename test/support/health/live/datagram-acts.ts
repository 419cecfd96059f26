/** What a client does with datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { dnsMessage, dnsName } from '../../dns-messages.js';
import type { Acting, Measured } from './act.js';

/** Resolves when there is an answer. */
export async function askDatagram(what: Acting): Promise<Measured> {
  const socket = await open(what);
  const fromUs = nowUs();
  socket.send('ask');
  await once(socket, 'message');
  const responseUs = nowUs() - fromUs;
  socket.close();
  return { responseUs };
}

/** One datagram for which there is no answer, or an ICMP error. */
export async function sendDatagram(what: Acting): Promise<Measured> {
  const socket = await open(what);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.send('ask', resolve));
  return {};
}

/** Two questions of DNS: only the second is answered. */
export async function askTwice(what: Acting): Promise<Measured> {
  const socket = await open(what);
  socket.send(question('lost.example', 1));
  socket.send(question('known.example', 2));
  await once(socket, 'message');
  socket.close();
  return {};
}

const question = (name: string, id: number) => dnsMessage({ name: dnsName(name), id, flags: 0x0100 });

async function open({ host, port, localPort, ttl }: Acting): Promise<Socket> {
  const socket = createSocket(host!.includes(':') ? 'udp6' : 'udp4');
  socket.bind(localPort!);
  await once(socket, 'listening');
  if (ttl !== undefined) socket.setTTL(ttl);
  socket.connect(port!, host!);
  await once(socket, 'connect');
  return socket;
}

const nowUs = () => performance.now() * 1_000;
