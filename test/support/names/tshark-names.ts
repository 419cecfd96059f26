/** The names that tshark sees asked for in a capture, connection by connection: a reading that shares no code with ours. */
import { execFileSync } from 'node:child_process';
import { unusualPort } from './servers.js';

const columns = [
  ...['ip.src', 'ipv6.src', 'ip.dst', 'ipv6.dst'],
  ...['tcp.srcport', 'udp.srcport', 'tcp.dstport', 'udp.dstport', 'tcp.len', 'udp.length'],
  'tls.handshake.extensions_server_name',
] as const;

const udpHeaderBytes = 8;

/** "198.18.0.10 40000 > 198.18.0.2 443 TCP", from the client to its server. */
export type Connection = string;

export const connectionOf = (
  client: string,
  clientPort: number,
  server: string,
  serverPort: number,
  transport: 'TCP' | 'UDP',
): Connection => `${client} ${clientPort} > ${server} ${serverPort} ${transport}`;

export interface Hello {
  readonly name: string;
  /** So much payload had the client sent when all of its hello was there. */
  readonly payloadBytes: number;
}

/** What each connection asked for first. */
export function tsharkHellos(file: string): Map<Connection, Hello> {
  const fields = columns.flatMap((column) => ['-e', column]);
  const which = ['-n', '-r', file, '-d', `tcp.port==${unusualPort},tls`, '-Y', 'tcp or udp'];
  const form = ['-T', 'fields', '-E', 'occurrence=f', '-E', 'separator=;'];
  const text = execFileSync('tshark', [...which, ...form, ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const sent = new Map<Connection, number>();
  const hellos = new Map<Connection, Hello>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [ip, ipv6, ipTo, ipv6To, tcp, udp, tcpTo, udpTo, tcpBytes, udpBytes, name] = line.split(';');
    const transport = tcp === '' ? 'UDP' : 'TCP';
    const ends = [ip || ipv6!, Number(tcp || udp), ipTo || ipv6To!, Number(tcpTo || udpTo)] as const;
    const connection = connectionOf(...ends, transport);
    const bytes = tcp === '' ? Number(udpBytes) - udpHeaderBytes : Number(tcpBytes);
    const payloadBytes = (sent.get(connection) ?? 0) + bytes;
    sent.set(connection, payloadBytes);
    if (name && !hellos.has(connection)) hellos.set(connection, { name, payloadBytes });
  }
  return hellos;
}
