/** The names that tshark sees asked for in a capture, connection by connection: a reading that shares no code with ours. */
import { execFileSync } from 'node:child_process';

const columns = [
  ...['ip.src', 'ipv6.src', 'ip.dst', 'ipv6.dst'],
  ...['tcp.srcport', 'udp.srcport', 'tcp.dstport', 'udp.dstport'],
] as const;
const nameColumn = 'tls.handshake.extensions_server_name';

/** "198.18.0.10 40000 > 198.18.0.2 443 TCP", from the client to its server. */
export type Connection = string;

export const connectionOf = (
  client: string,
  clientPort: number,
  server: string,
  serverPort: number,
  transport: 'TCP' | 'UDP',
): Connection => `${client} ${clientPort} > ${server} ${serverPort} ${transport}`;

/** What each connection asked for. */
export function tsharkServerNames(file: string): Map<Connection, string> {
  return new Map(
    connections(file, nameColumn, [nameColumn]).map(([connection, name]) => [connection, name!]),
  );
}

/** All connections to a port, whether they asked for a name or not: those that a SYN opened, and those by UDP. */
export function tsharkConnections(file: string, port: number): Set<Connection> {
  const opened = `(tcp.flags.syn == 1 and tcp.flags.ack == 0 and tcp.dstport == ${port}) or udp.dstport == ${port}`;
  return new Set(connections(file, opened, []).map(([connection]) => connection));
}

function connections(
  file: string,
  filter: string,
  more: readonly string[],
): (readonly [Connection, string | undefined])[] {
  const fields = [...columns, ...more].flatMap((column) => ['-e', column]);
  const words = ['-n', '-r', file, '-Y', filter, '-T', 'fields', '-E', 'occurrence=f', '-E', 'separator=;'];
  const text = execFileSync('tshark', [...words, ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [ip, ipv6, ipTo, ipv6To, tcp = '', udp, tcpTo, udpTo, name] = line.split(';');
      const transport = tcp === '' ? 'UDP' : 'TCP';
      const ends = [ip || ipv6!, Number(tcp || udp), ipTo || ipv6To!, Number(tcpTo || udpTo)] as const;
      return [connectionOf(...ends, transport), name] as const;
    });
}
