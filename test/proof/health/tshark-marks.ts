/** What tshark's own analysis says of the segments of a capture, and of the handshakes. */
import { execFileSync } from 'node:child_process';

export interface TsharkMarks {
  /** By the number of the frame, from 0 on. */
  readonly retransmitted: ReadonlySet<number>;
  readonly late: ReadonlySet<number>;
  /** By the client's port, in microseconds: from the SYN to the ACK that answers the SYN with ACK. */
  readonly initialRttUs: ReadonlyMap<number, number>;
}

export const noMarks: TsharkMarks = {
  retransmitted: new Set(),
  late: new Set(),
  initialRttUs: new Map(),
};

const columns = [
  'frame.number',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.analysis.retransmission',
  'tcp.analysis.fast_retransmission',
  'tcp.analysis.spurious_retransmission',
  'tcp.analysis.out_of_order',
  'tcp.analysis.initial_rtt',
] as const;

export function readTsharkMarks(file: string, serverPort: number): TsharkMarks {
  const fields = columns.flatMap((column) => ['-e', column]);
  const form = ['-T', 'fields', '-E', 'occurrence=f', '-E', 'separator=;'];
  const which = ['-n', '-r', file, '-Y', 'tcp', '-o', 'tcp.desegment_tcp_streams:FALSE'];
  const text = execFileSync('tshark', [...which, ...form, ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const retransmitted = new Set<number>();
  const late = new Set<number>();
  const initialRttUs = new Map<number, number>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [number, source, target, again, fast, spurious, outOfOrder, rtt] = line.split(';');
    const frame = Number(number) - 1;
    if (again !== '' || fast !== '' || spurious !== '') retransmitted.add(frame);
    if (outOfOrder !== '') late.add(frame);
    const client = Number(source) === serverPort ? Number(target) : Number(source);
    if (rtt !== '') initialRttUs.set(client, Math.round(Number(rtt) * 1e6));
  }
  return { retransmitted, late, initialRttUs };
}
