/** `pcap-agg verify`: reads numbered records from stdin or a UDP port, and says what the network lost. */
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { type AgentReport, SequenceCheck } from './sequence.js';

export interface VerifyOptions {
  /** Where to listen; undefined reads stdin to its end. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly stdin: NodeJS.ReadableStream;
  readonly print: (line: string) => void;
  /** Ends listening. */
  readonly stop: AbortSignal;
}

/** How long the socket is given to hand over what arrived before the end. */
const receiveBufferBytes = 8 * 1024 * 1024;

/** Resolves to the exit code: 0 when every number arrived exactly once, else 1. Rejects when it cannot listen. */
export async function verify(options: VerifyOptions): Promise<number> {
  const check = new SequenceCheck();
  if (options.listen === undefined) await readLines(options.stdin, check);
  else await receive(options.listen, check, options);
  const agents = check.report();
  for (const agent of agents) options.print(agentLine(agent));
  if (check.refused > 0)
    options.print(`${check.refused} lines are no numbered records: send them with --seq`);
  if (agents.length === 0) options.print('no numbered records arrived');
  const whole = agents.every(({ missing, duplicates, tooLate }) => missing + duplicates + tooLate === 0);
  return whole && agents.length > 0 && check.refused === 0 ? 0 : 1;
}

async function readLines(stdin: NodeJS.ReadableStream, check: SequenceCheck): Promise<void> {
  for await (const line of createInterface({ input: stdin })) {
    if (line !== '') check.addLine(line);
  }
}

function receive(
  { host, port }: NonNullable<VerifyOptions['listen']>,
  check: SequenceCheck,
  { print, stop }: VerifyOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: host.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: receiveBufferBytes,
    });
    socket.on('message', (message) => {
      for (const line of message.toString().split('\n')) if (line !== '') check.addLine(line);
    });
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.bind(port, host, () => print(`listening on ${host}:${socket.address().port}; Ctrl-C ends it`));
    stop.addEventListener('abort', () => socket.close());
  });
}

function agentLine(report: AgentReport): string {
  const { agent, records, packets, bytes, lowestSeq, highestSeq, missing, duplicates, reordered, tooLate } =
    report;
  return (
    `${agent}: ${records} records ${lowestSeq} to ${highestSeq}, ${packets} packets, ${bytes} bytes; ` +
    `${missing} missing, ${duplicates} duplicates, ${reordered} reordered, ${tooLate} too late to tell`
  );
}
