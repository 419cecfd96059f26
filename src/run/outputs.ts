/** Opens outputs, and joins them to what makes their records: a channel for each way of telling flows. */
import { OwnDatagrams } from '../flow/own-datagrams.js';
import type { FigureName } from '../flow/tally.js';
import { ReaderWalk, rowReader } from '../flow/walk.js';
import type { Log } from '../host/log.js';
import type { HandOn } from '../record/encoder.js';
import { createJsonFormat } from '../record/json.js';
import { legacy } from '../record/schemas/legacy.js';
import type { RunFacts } from '../record/values/value.js';
import type { Config, OutputConfig } from '../settings/config.js';
import type { Sink } from '../sink/sink.js';
import { openStdoutSink } from '../sink/stdout.js';
import type { UdpSinkOptions } from '../sink/udp-options.js';
import type { UdpTarget } from '../sink/udp-target.js';
import { agentName } from './agent-name.js';
import { type Channel, encodingOutlet, type Outlet } from './channel.js';
import { runFacts } from './facts.js';

/** The terminal that stdout is. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
}

export interface OutputEdges {
  readonly log: Log;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  readonly terminal: Terminal | undefined;
  readonly version: () => string;
}

export interface Output {
  readonly channels: readonly Channel[];
  /** What they tell of a flow beside packets and payload bytes. */
  readonly figures: ReadonlySet<FigureName>;
  /** UDP ports that records are sent to: what a capture leaves out. */
  readonly ports: readonly number[];
  /** What it leaves out of the packets that its filter lets through; undefined where nothing is sent by UDP. */
  readonly own: OwnDatagrams | undefined;
}

const stdoutDescriptor = 1;
/** Records go out over this first part of the next window, so that a collector's socket buffer is not overrun. */
const spreadPart = 0.25;
const longestSpreadMs = 5_000;

export async function openOutput(config: Config, edges: OutputEdges): Promise<Output> {
  const stdout = config.outputs.find(({ target }) => target === '-');
  const outputs = await udpOutputs(config.outputs.filter((output) => output !== stdout));
  const own = outputs.length === 0 ? undefined : new OwnDatagrams();
  const sinks: Sink[] = own === undefined ? [] : await udpSinks(outputs, config.intervalMs, own, edges);
  const facts = runFacts(config, config.outputs[0]!.records, agentName(), edges.version);
  const table = config.tableOnTerminal ? edges.terminal : undefined;
  if (stdout !== undefined) {
    const { queueBytes } = stdout;
    sinks.push(
      openStdoutSink({ descriptor: stdoutDescriptor, queueBytes, log: edges.log, nowMs: edges.nowMs }),
    );
  }
  return {
    channels: [
      {
        walk: (window) => new ReaderWalk(rowReader(window.table)),
        outlets: await outletsOf(sinks, table, config.numbered, facts),
        counts: { flows: 0, records: 0 },
      },
    ],
    figures: new Set(),
    ports: outputs.map(({ target }) => target.port),
    own,
  };
}

type UdpOutput = Omit<OutputConfig, 'target'> & { readonly target: UdpTarget };

async function udpOutputs(outputs: readonly OutputConfig[]): Promise<UdpOutput[]> {
  if (outputs.length === 0) return [];
  const { parseUdpTarget } = await import('../sink/udp-target.js');
  return outputs.map((output) => ({ ...output, target: parseUdpTarget(output.target, output.option) }));
}

async function udpSinks(
  outputs: readonly UdpOutput[],
  intervalMs: number,
  own: OwnDatagrams,
  edges: OutputEdges,
): Promise<Sink[]> {
  const { UdpSink } = await import('../sink/udp.js');
  const { native: calls } = (await import('../host/native.js')).loadNative();
  const spreadMs = Math.min(longestSpreadMs, intervalMs * spreadPart);
  const { log, nowMs } = edges;
  return outputs.map((output) => {
    const sends: UdpSinkOptions['sends'] = (ends, inFragments) =>
      own.add(output.target.name, ends, inFragments);
    return new UdpSink({ ...output, spreadMs, log, nowMs, calls, sends });
  });
}

/** One format for all sinks; but each numbers its own records, and a terminal shows a table. */
async function outletsOf(
  sinks: readonly Sink[],
  terminal: Terminal | undefined,
  numbered: boolean,
  facts: RunFacts,
): Promise<Outlet[]> {
  if (terminal !== undefined) return Promise.all(sinks.map((sink) => tableOutlet(terminal, sink)));
  const format = () => createJsonFormat({ schema: legacy, facts, numbered });
  return numbered ? sinks.map((sink) => encodingOutlet(format(), [sink])) : [encodingOutlet(format(), sinks)];
}

async function tableOutlet(terminal: Terminal, sink: Sink): Promise<Outlet> {
  const { allowsColour, TableView } = await import('../view/terminal/table.js');
  const handOn: HandOn = (records, done) => sink.write(records, done);
  return { consumer: new TableView({ terminal, colour: allowsColour(process.env), handOn }), sinks: [sink] };
}
