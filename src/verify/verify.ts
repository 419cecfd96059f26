/** `pcap-agg verify`: reads numbered records from stdin or a UDP port, and says what the network lost. */
import { createSocket } from 'node:dgram';
import type { Readable } from 'node:stream';
import { Failure } from '../host/failure.js';
import {
  type AgentReport,
  longestAgentName,
  mostAgents,
  type Refusal,
  refusals,
  SequenceCheck,
} from './sequence.js';

export interface VerifyOptions {
  /** Where to listen; undefined reads stdin to its end. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly stdin: Readable;
  readonly print: (line: string) => void;
  /** Ends listening. */
  readonly stop: AbortSignal;
  /** Called once the port is had, before anything is read. What it throws ends everything. */
  readonly opened: () => void;
}

/** The port cannot be listened on: which, why, and the remedy. */
export class ListenError extends Failure {}

/** A sender that is faster than this process for a moment fills it: as large as Linux lets it be. */
const receiveBufferBytes = 8 * 1024 * 1024;
/** Time for what the kernel still has, once it is to end. */
const lastReadMs = 100;
/** No record is longer; the rest of a longer line is passed over. */
const longestLineCharacters = 65_536;

/** What is said of so many lines that are in no report. */
const refusalTexts: Readonly<Record<Refusal, string>> = {
  'not-numbered': 'lines are no numbered records: send them with --seq',
  'agent-name': `records have an agent that is not 1 to ${longestAgentName} printable characters of ASCII without a space: send them with a pcap-agg as new as this one`,
  'agent-count': `records are of further agents than the ${mostAgents} that are told apart: verify the records of fewer starts at a time`,
};

/** Resolves to the exit code: 0 when every number arrived exactly once, else 1. Rejects with a ListenError. */
export async function verify(options: VerifyOptions): Promise<number> {
  const check = new SequenceCheck();
  if (options.listen === undefined) await readLines(options, check);
  else await receive(options.listen, check, options);
  const agents = check.report();
  for (const agent of agents) options.print(agentLine(agent));
  const refused = refusals.filter((refusal) => check.refused[refusal] > 0);
  for (const refusal of refused) options.print(`${check.refused[refusal]} ${refusalTexts[refusal]}`);
  if (agents.length === 0) options.print('no numbered records arrived');
  const whole = agents.every(({ missing, duplicates, tooLate }) => missing + duplicates + tooLate === 0);
  return whole && agents.length > 0 && refused.length === 0 ? 0 : 1;
}

/** Resolves at the end of stdin, or when stopped. */
async function readLines({ stdin, stop, opened }: VerifyOptions, check: SequenceCheck): Promise<void> {
  opened();
  const text = stdin.setEncoding('utf8');
  stop.addEventListener('abort', () => text.destroy());
  let rest = '';
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!.slice(0, longestLineCharacters);
      addLines(lines, check);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  // Of a line that was cut short by the stop, nobody knows how it would have gone on.
  if (!stop.aborted) addLines([rest], check);
}

function addLines(lines: readonly string[], check: SequenceCheck): void {
  for (const line of lines) if (line !== '') check.addLine(line);
}

/** Resolves when stopped. */
function receive(
  { host, port }: NonNullable<VerifyOptions['listen']>,
  check: SequenceCheck,
  { print, stop, opened }: VerifyOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: host.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: receiveBufferBytes,
    });
    const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    socket.on('message', (message) => addLines(message.toString().split('\n'), check));
    socket.on('error', (error) =>
      reject(
        new ListenError('input', `verify ${name}: cannot listen (${error.message}); ${remedyFor(error)}`, {
          cause: error,
        }),
      ),
    );
    socket.on('close', resolve);
    socket.bind(port, host, () => {
      try {
        opened();
      } catch (error) {
        reject(error);
        return;
      }
      print(`listening on ${name}; Ctrl-C ends it`);
    });
    stop.addEventListener('abort', () => setTimeout(() => socket.close(), lastReadMs), { once: true });
  });
}

function agentLine(report: AgentReport): string {
  const {
    agent,
    records,
    packets,
    payloadBytes,
    lowestSeq,
    highestSeq,
    missing,
    duplicates,
    reordered,
    tooLate,
  } = report;
  const { beforeFirst } = report;
  const before = beforeFirst === 0 ? '' : `; ${beforeFirst} before the first, lost or sent before this began`;
  return (
    `${agent}: ${records} records ${lowestSeq} to ${highestSeq}, ${packets} packets, ${payloadBytes} bytes; ` +
    `${missing} missing, ${duplicates} duplicates, ${reordered} reordered, ${tooLate} too late to tell${before}`
  );
}

function remedyFor({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'stop what listens there, or choose another port';
    case 'EADDRNOTAVAIL':
      return 'choose an address of this host';
    case 'EACCES':
      return 'choose a port from 1024 on, or run it as root';
    default:
      return 'choose a port and an address of this host';
  }
}
