/** A DNS server on loopback, UDP and TCP on one port, that answers as a test tells it to. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode } from 'dns-packet';
import { freePort } from '../../support/ports.js';

export interface Question {
  readonly id: number;
  /** As it was asked, letter for letter. */
  readonly name: string;
  readonly sender: RemoteInfo;
}

export interface DnsScript {
  /** Called for each datagram; `reply` may be called any number of times. */
  readonly udp?: (question: Question, reply: (message: Buffer) => void) => void;
  /** Called for each question over TCP. */
  readonly tcp?: (question: Omit<Question, 'sender'>, socket: Socket) => void;
  readonly host?: string;
  readonly port?: number;
}

export interface ScriptedDnsServer {
  /** "127.0.0.1:PORT", as an option names it. */
  readonly address: string;
  readonly port: number;
  /** Names asked over UDP, in lower case. */
  readonly asked: string[];
  close(): Promise<void>;
}

export const refused = 5;
export const nameError = 3;
export const serverFailure = 2;

export async function startDnsServer(script: DnsScript): Promise<ScriptedDnsServer> {
  const host = script.host ?? '127.0.0.1';
  const asked: string[] = [];
  let closed = false;
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    socket.once('data', (bytes) => script.tcp?.(questionOf(decode(bytes.subarray(2))), socket));
  });
  const port = script.port ?? (await freePort());
  tcp.listen(port, host);
  await once(tcp, 'listening');
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(port, host);
  await once(udp, 'listening');
  udp.on('message', (bytes, sender) => {
    const question = { ...questionOf(decode(bytes)), sender };
    asked.push(question.name.toLowerCase());
    script.udp?.(question, (message) => udp.send(message, sender.port, sender.address));
  });
  return {
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    port,
    asked,
    async close() {
      if (closed) return;
      closed = true;
      for (const socket of connections) socket.destroy();
      tcp.close();
      udp.close();
      await once(udp, 'close');
    },
  };
}

function questionOf(packet: DecodedPacket): { id: number; name: string } {
  return { id: packet.id!, name: packet.questions![0]!.name };
}

export interface Reply {
  readonly answers?: Answer[];
  readonly authorities?: Answer[];
  readonly responseCode?: number;
  readonly truncated?: boolean;
}

/** An answer to a question as an honest server sends it. */
export function replyTo({ id, name }: { id: number; name: string }, reply: Reply): Buffer {
  return encode({
    type: 'response',
    id,
    flags: (reply.responseCode ?? 0) | (reply.truncated ? 0x0200 : 0),
    questions: [{ type: 'PTR', name }],
    answers: reply.answers ?? [],
    authorities: reply.authorities ?? [],
  });
}

export function pointer(owner: string, data: string, ttl = 300): Answer {
  return { type: 'PTR', class: 'IN', name: owner, ttl, data };
}

export function startOfAuthority(name: string, ttl: number, minimum: number): Answer {
  const data = {
    mname: 'ns.example',
    rname: 'admin.example',
    serial: 1,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum,
  };
  return { type: 'SOA', class: 'IN', name, ttl, data };
}

/** A message with its length before it, as it goes over TCP. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
