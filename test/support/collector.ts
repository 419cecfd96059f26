/** A log collector for tests: a UDP socket that keeps every record. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { freePort } from './ports.js';

/** A record as it arrives: the output's fields by name. */
export type ReceivedRecord = Readonly<Record<string, string | number>>;

export interface Collector {
  readonly port: number;
  /** Everything that arrived so far, in order. */
  readonly records: readonly ReceivedRecord[];
  /** Safe to call again. */
  close(): void;
}

/** Listens on `port` of an IPv4 address, or on a free one that is still free after `close`. */
export async function openCollector(port?: number, address = '127.0.0.1'): Promise<Collector> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  const records: ReceivedRecord[] = [];
  socket.on('message', (message) => {
    for (const line of message.toString().split('\n')) if (line !== '') records.push(JSON.parse(line));
  });
  socket.bind(port ?? (await freePort()), address);
  await once(socket, 'listening');
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  return { port: socket.address().port, records, close };
}

/** Packets and bytes by flow, over all windows. */
export function sumsByFlow(
  records: readonly ReceivedRecord[],
): Map<string, { count: number; length: number }> {
  const sums = new Map<string, { count: number; length: number }>();
  for (const record of records) {
    const { source_IP, source_PORT, target_IP, target_PORT, type, count, length } = record;
    const key = `${source_IP} ${source_PORT} > ${target_IP} ${target_PORT} ${type}`;
    const sum = sums.get(key) ?? { count: 0, length: 0 };
    sums.set(key, { count: sum.count + Number(count), length: sum.length + Number(length) });
  }
  return sums;
}
