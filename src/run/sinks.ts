/** Opens the places that records go to. */
import { OwnDatagrams } from '../flow/own-datagrams.js';
import type { Log } from '../host/log.js';
import type { Config, OutputConfig } from '../settings/config.js';
import type { Sink } from '../sink/sink.js';
import { openStdoutSink } from '../sink/stdout.js';
import type { UdpTarget } from '../sink/target.js';
import type { UdpSinkOptions } from '../sink/udp/udp-options.js';

export interface SinkEdges {
  readonly log: Log;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
}

export interface OpenedSink {
  readonly sink: Sink;
  /** What it was opened for. */
  readonly output: OutputConfig;
}

export interface OpenedSinks {
  readonly opened: readonly OpenedSink[];
  /** UDP ports that records are sent to: what a capture leaves out. */
  readonly ports: readonly number[];
  /** What it leaves out of the packets that its filter lets through; undefined where nothing is sent by UDP. */
  readonly own: OwnDatagrams | undefined;
}

const stdoutDescriptor = 1;
/** Records go out over this first part of the next window, so that a collector's socket buffer is not overrun. */
const spreadPart = 0.25;
const longestSpreadMs = 5_000;

export async function openSinks({ outputs, intervalMs }: Config, edges: SinkEdges): Promise<OpenedSinks> {
  const stdout = outputs.find(({ target }) => target === '-');
  const udp = await udpOutputs(outputs.filter((output) => output !== stdout));
  const own = udp.length === 0 ? undefined : new OwnDatagrams();
  const opened = own === undefined ? [] : await openUdp(udp, intervalMs, own, edges);
  if (stdout !== undefined) {
    const { queueBytes } = stdout;
    opened.push({
      output: stdout,
      sink: openStdoutSink({ descriptor: stdoutDescriptor, queueBytes, log: edges.log, nowMs: edges.nowMs }),
    });
  }
  return { opened, ports: udp.map(({ target }) => target.port), own };
}

interface UdpOutput {
  readonly output: OutputConfig;
  readonly target: UdpTarget;
}

async function udpOutputs(outputs: readonly OutputConfig[]): Promise<UdpOutput[]> {
  if (outputs.length === 0) return [];
  const { parseUdpTarget } = await import('../sink/target.js');
  return outputs.map((output) => ({ output, target: parseUdpTarget(output.target, output.option) }));
}

async function openUdp(
  outputs: readonly UdpOutput[],
  intervalMs: number,
  own: OwnDatagrams,
  edges: SinkEdges,
): Promise<OpenedSink[]> {
  const { UdpSink } = await import('../sink/udp/udp.js');
  const { native: calls } = (await import('../host/native.js')).loadNative();
  const spreadMs = Math.min(longestSpreadMs, intervalMs * spreadPart);
  const { log, nowMs } = edges;
  return outputs.map(({ output, target }) => {
    const sends: UdpSinkOptions['sends'] = (ends, inFragments) => own.add(target.name, ends, inFragments);
    return { output, sink: new UdpSink({ ...output, target, spreadMs, log, nowMs, calls, sends }) };
  });
}
