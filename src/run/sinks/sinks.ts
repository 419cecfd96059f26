/** Opens the places that records go to. */
import { OwnTraffic } from '../../flow/own-traffic.js';
import type { Log } from '../../host/log.js';
import type { Identity } from '../../host/rights/privileges.js';
import type { Config, OutputConfig } from '../../settings/config.js';
import type { RecordQueue } from '../../sink/record-queue.js';
import type { Sink } from '../../sink/sink.js';
import { openStdoutSink } from '../../sink/stdout.js';
import type { Target } from '../../sink/target.js';
import type { UdpSinkOptions } from '../../sink/udp/udp-options.js';
import type { Self } from '../facts.js';
import { isQueued, type OpeningEdges, openTransport, type QueuedOutput } from './transports.js';

export interface SinkEdges {
  readonly log: Log;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  /** The wall clock, milliseconds since the epoch. */
  readonly wallMs: () => number;
  readonly self: Self;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whom the process becomes before anything is sent; undefined where it stays who it is. */
  readonly identity: Identity | undefined;
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
  /** What it leaves out of the packets that its filter lets through; undefined where nothing is sent over a network. */
  readonly own: OwnTraffic | undefined;
  /** To be called once rights are given up: throws a UsageError where what is left is not enough. */
  readonly checkRights: () => void;
}

const stdoutDescriptor = 1;
/** Records go out over this first part of the next window, so that a collector's socket buffer is not overrun. */
const spreadPart = 0.25;
const longestSpreadMs = 5_000;

const localSchemes: readonly string[] = ['-', 'unix', 'unix-stream', 'file'];
const isDatagrams = ({ scheme }: OutputConfig): boolean => scheme === 'udp' || scheme === 'ipfix';

export async function openSinks({ outputs, intervalMs }: Config, edges: SinkEdges): Promise<OpenedSinks> {
  const remote = outputs.filter(({ scheme }) => !localSchemes.includes(scheme));
  const datagrams = await withTargets(remote.filter(isDatagrams));
  const own =
    remote.length === 0
      ? undefined
      : new OwnTraffic({
          datagrams: datagrams.length > 0,
          connections: datagrams.length < remote.length,
        });
  const checks: (() => void)[] = [];
  const opened = await Promise.all(
    outputs.map(async (output): Promise<OpenedSink> => {
      if (isQueued(output)) return { output, sink: await openQueued(output, own, edges, checks) };
      const datagram = datagrams.find((other) => other.output === output);
      if (datagram !== undefined) return { output, sink: await openUdp(datagram, intervalMs, own!, edges) };
      return { output, sink: openStdout(output, edges) };
    }),
  );
  return {
    opened,
    ports: datagrams.map(({ target }) => target.port),
    own,
    checkRights: () => {
      for (const check of checks) check();
    },
  };
}

function openStdout({ queueBytes }: OutputConfig, { log, nowMs }: SinkEdges): Sink {
  return openStdoutSink({ descriptor: stdoutDescriptor, queueBytes, log, nowMs });
}

interface UdpOutput {
  readonly output: OutputConfig;
  readonly target: Target;
}

async function withTargets(outputs: readonly OutputConfig[]): Promise<UdpOutput[]> {
  if (outputs.length === 0) return [];
  const { parseTarget } = await import('../../sink/target.js');
  return outputs.map((output) => {
    const { target, option, scheme } = output;
    return { output, target: parseTarget(target, option, scheme) };
  });
}

async function openUdp(
  { output, target }: UdpOutput,
  intervalMs: number,
  own: OwnTraffic,
  { log, nowMs, wallMs, self }: SinkEdges,
): Promise<Sink> {
  const { UdpSink } = await import('../../sink/udp/udp.js');
  const { native: calls } = (await import('../../host/native.js')).loadNative();
  const spreadMs = Math.min(longestSpreadMs, intervalMs * spreadPart);
  const sends: UdpSinkOptions['sends'] = (ends, inFragments) => own.add(target.name, ends, inFragments);
  const packing = await packingOf(output, self.host);
  return new UdpSink({ ...output, ...packing, target, spreadMs, log, nowMs, wallMs, calls, sends });
}

/** How many bytes of records go into a datagram, and what stands around them. */
async function packingOf(
  output: OutputConfig,
  host: string,
): Promise<Required<Pick<UdpSinkOptions, 'framing' | 'packBytes'>>> {
  if (output.format === 'json') return { framing: undefined, packBytes: output.packBytes };
  const { createIpfixFraming, ipfixDatagramBytes } = await import('./ipfix.js');
  return { framing: createIpfixFraming(output, host), packBytes: ipfixDatagramBytes };
}

/** A transport behind a queue. */
async function openQueued(
  output: QueuedOutput,
  own: OwnTraffic | undefined,
  edges: SinkEdges,
  checks: (() => void)[],
): Promise<Sink> {
  const { target: name, queueBytes } = output;
  const { QueuedSink } = await import('../../sink/queued-sink.js');
  const { Outbox } = await import('../../sink/outbox.js');
  const { log, nowMs, identity, environment, self } = edges;
  const opening: OpeningEdges = {
    name,
    nowMs,
    identity,
    environment,
    log,
    host: self.host,
    version: self.version,
    connects: (ends) => own?.addConnection(name, ends),
    checkLater: (check) => checks.push(check),
  };
  const transport = await openTransport(output, opening);
  const isDurable = output.spool !== undefined;
  // Half of it may wait before the others have to wait for this one.
  const queue = (await openSpoolOf(output, edges, opening)) ?? new Outbox(queueBytes, queueBytes / 2);
  return new QueuedSink({ name, transport, queue, isDurable, log, nowMs });
}

/** The queue on disk; undefined where the output has none. */
async function openSpoolOf(
  { target: name, spool: parent, spoolBytes: mostBytes, queueBytes: memoryBytes, option }: OutputConfig,
  { log }: SinkEdges,
  { identity, checkLater }: OpeningEdges,
): Promise<RecordQueue | undefined> {
  if (parent === undefined) return undefined;
  const { openSpool } = await import('../../sink/spool/open-spool.js');
  const place = `${option} ${name}`;
  return openSpool({ name, place, parent, mostBytes, memoryBytes, identity, checkLater, log });
}
