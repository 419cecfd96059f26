/** Opens a stream: its certificates are read before rights are given up. */
import type { Log } from '../../host/log.js';
import { loadNative } from '../../host/native.js';
import { type Framing, newlineFraming } from '../framing.js';
import { readTls, type TlsOptions } from '../secrets.js';
import { parseTarget } from '../target.js';
import type { TransportEdges } from '../transport.js';
import { socketPath } from '../unix/socket-path.js';
import { bytesUnderWayFor, type StreamTarget } from './stream-options.js';
import { StreamTransport } from './stream-transport.js';
import { syslogFraming } from './syslog-framing.js';

/** What an output is told of itself. */
export interface StreamOutput {
  readonly scheme: string;
  /** HOST:PORT, or a path. */
  readonly address: string;
  readonly target: string;
  readonly option: string;
  readonly framing: 'newline' | 'octet-counted';
  readonly tls: TlsOptions;
  readonly queueBytes: number;
}

export interface StreamEdges extends TransportEdges {
  readonly host: string;
  readonly log: Pick<Log, 'line'>;
}

/** Throws a UsageError. */
export async function openStream(output: StreamOutput, edges: StreamEdges): Promise<StreamTransport> {
  const target = await targetOf(output, edges);
  const isSyslog = output.framing === 'octet-counted';
  const framing = isSyslog ? syslogFraming(edges.host, process.pid) : newlineFraming;
  return openStreamTo(target, framing, output, edges);
}

/** The same for records of another framing, in runs of at most `runBytes`; what is no TLS scheme goes in clear text. */
export async function openFramedStream(
  framing: Framing,
  output: StreamOutput,
  edges: StreamEdges,
  runBytes: number,
): Promise<StreamTransport> {
  return openStreamTo(await targetOf(output, edges), framing, output, edges, runBytes);
}

function openStreamTo(
  target: StreamTarget,
  framing: Framing,
  { queueBytes }: StreamOutput,
  edges: TransportEdges,
  runBytes?: number,
): StreamTransport {
  return new StreamTransport({
    ...{ target, framing, edges },
    calls: loadNative().native,
    bytesUnderWay: bytesUnderWayFor(queueBytes),
    ...(runBytes === undefined ? {} : { runBytes }),
  });
}

async function targetOf(output: StreamOutput, { log }: StreamEdges): Promise<StreamTarget> {
  const { scheme, address, option, target } = output;
  const place = `${option} ${target}`;
  if (scheme === 'unix-stream') return { kind: 'unix', path: socketPath(address, place) };
  const { host, port } = parseTarget(target, option, scheme);
  if (scheme !== 'tls' && scheme !== 'syslog+tls') return { kind: 'tcp', host, port };
  const tls = await readTls(output.tls, place);
  if (!tls.rejectUnauthorized)
    log.line(
      `${target}: WARNING: verify=off: anybody on the way can pass for the reader, and read the records; for a test only`,
    );
  return { kind: 'tcp', host, port, tls };
}
