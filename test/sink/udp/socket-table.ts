/** What the kernel says of UDP sockets in /proc/net/udp and udp6 (proc(5)). */
import { readFileSync } from 'node:fs';

export interface SocketLine {
  /** Bytes of memory of the datagrams that wait to be read. */
  readonly usedBytes: number;
  readonly inode: number;
  /** Datagrams that the socket did not get, nearly always because its receive buffer was full. */
  readonly dropped: number;
}

/** The one socket of this network namespace that is bound to `port`. */
export function socketLine(port: number): SocketLine {
  // A socket that is opened anywhere between two reads of the table shifts its rows: one may come twice, or not at all.
  for (let tries = 0; tries < 10; tries++) {
    const sockets = new Map(socketsAt(port).map((socket) => [socket.inode, socket]));
    if (sockets.size > 1) throw new Error(`${sockets.size} sockets are bound to port ${port}`);
    for (const socket of sockets.values()) return socket;
  }
  throw new Error(`no socket is bound to port ${port}`);
}

function socketsAt(port: number): SocketLine[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['udp', 'udp6'].flatMap((name) => readFileSync(`/proc/self/net/${name}`, 'utf8').split('\n'));
  const found = lines.map((line) => line.trim().split(/\s+/)).filter((words) => words[1]?.endsWith(suffix));
  return found.map((words) => ({
    usedBytes: Number.parseInt(words[4]!.split(':')[1]!, 16),
    inode: Number(words[9]),
    dropped: Number(words.at(-1)),
  }));
}
