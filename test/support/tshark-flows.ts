/** What tshark says of a capture, flow by flow: a reading that shares no code with ours. */
import { execFileSync } from 'node:child_process';

const columns = [
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ip.len',
  'ip.hdr_len',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.nxt',
  'ipv6.plen',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
] as const;
type Column = (typeof columns)[number];

/** For TCP, UDP, ICMP and ICMPv6 without extension headers; keys as in collector.ts. */
export function tsharkFlows(file: string): Map<string, { count: number; length: number }> {
  const fields = columns.flatMap((column) => ['-e', column]);
  const words = ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f', '-E', 'separator=;', ...fields];
  // Streams must be counted as they are, not put together; checksums are often left to the interface.
  const preferences = ['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'ip.defragment:FALSE'];
  const text = execFileSync('tshark', [...preferences, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const sums = new Map<string, { count: number; length: number }>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const cells = line.split(';');
    const flow = flowOf((column) => cells[columns.indexOf(column)]!);
    if (flow === undefined) continue;
    const sum = sums.get(flow.key) ?? { count: 0, length: 0 };
    sums.set(flow.key, { count: sum.count + 1, length: sum.length + flow.length });
  }
  return sums;
}

function flowOf(cell: (column: Column) => string): { key: string; length: number } | undefined {
  const version = cell('ip.src') === '' ? 'ipv6' : 'ip';
  if (cell(`${version}.src`) === '') return undefined;
  const protocol = version === 'ip' ? cell('ip.proto') : cell('ipv6.nxt');
  const key = (sourcePort: string, targetPort: string, type: string) =>
    `${cell(`${version}.src`)} ${sourcePort} > ${cell(`${version}.dst`)} ${targetPort} ${type}`;
  const ipPayload =
    version === 'ip' ? Number(cell('ip.len')) - Number(cell('ip.hdr_len')) : Number(cell('ipv6.plen'));
  switch (protocol) {
    case '6':
      return { key: key(cell('tcp.srcport'), cell('tcp.dstport'), 'TCP'), length: Number(cell('tcp.len')) };
    case '17':
      return {
        key: key(cell('udp.srcport'), cell('udp.dstport'), 'UDP'),
        length: Number(cell('udp.length')) - 8,
      };
    case '1':
      return { key: key('', '', 'ICMP'), length: ipPayload };
    case '58':
      return { key: key('', '', 'IPv6-ICMP'), length: ipPayload };
    default:
      return undefined;
  }
}
