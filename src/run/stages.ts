/** Opens the stages that a configuration asks for. What a replay of a file does without is imported only when it is used. */
import { hostname } from 'node:os';
import type { Enricher } from '../enrich/enricher.js';
import { OwnDatagrams } from '../flow/own-datagrams.js';
import type { FigureName } from '../flow/tally.js';
import { RowWalk } from '../flow/walk.js';
import { UsageError } from '../host/failure.js';
import type { Log } from '../host/log.js';
import { randomWords } from '../host/random.js';
import { giveFolder, type Identity } from '../host/rights/privileges.js';
import type { HandOn } from '../record/encoder.js';
import { createJsonFormat } from '../record/json.js';
import type { Config, LiveInputConfig, OutputConfig } from '../settings/config.js';
import { isPattern } from '../settings/interface-words.js';
import type { Sink } from '../sink/sink.js';
import { openStdoutSink } from '../sink/stdout.js';
import type { UdpSinkOptions } from '../sink/udp-options.js';
import type { UdpTarget } from '../sink/udp-target.js';
import { type CaptureEdges, openCapture } from '../source/capture-source.js';
import type { LiveClocks, LiveEngine, LiveOptions } from '../source/live/live.js';
import type { Source } from '../source/source.js';
import { type Channel, encodingOutlet, type Outlet } from './channel.js';
import { type Intake, type IntakeOptions, LiveIntake } from './intake.js';

/** The terminal that stdout is. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
}

export interface StageEdges {
  readonly log: Log;
  /** The wall clock, microseconds since the epoch. */
  readonly nowUs: () => number;
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  readonly terminal: Terminal | undefined;
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

export async function openOutput(config: Config, edges: StageEdges): Promise<Output> {
  const stdout = config.outputs.find(({ target }) => target === '-');
  const outputs = await udpOutputs(config.outputs.filter((output) => output !== stdout));
  const own = outputs.length === 0 ? undefined : new OwnDatagrams();
  const sinks: Sink[] = own === undefined ? [] : await udpSinks(outputs, config.intervalMs, own, edges);
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
        walk: (window) => new RowWalk(window.table),
        outlets: await outletsOf(sinks, table, config.numbered),
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
  edges: StageEdges,
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
): Promise<Outlet[]> {
  if (terminal !== undefined) return Promise.all(sinks.map((sink) => tableOutlet(terminal, sink)));
  if (!numbered) return [encodingOutlet(createJsonFormat(), sinks)];
  const agent = agentName();
  return sinks.map((sink) => encodingOutlet(createJsonFormat({ agent }), [sink]));
}

async function tableOutlet(terminal: Terminal, sink: Sink): Promise<Outlet> {
  const { allowsColour, TableView } = await import('../view/terminal/table.js');
  const handOn: HandOn = (records, done) => sink.write(records, done);
  return { consumer: new TableView({ terminal, colour: allowsColour(process.env), handOn }), sinks: [sink] };
}

/** The longest host name in characters (RFC 1035, 2.3.4, without the root's dot). */
const longestAgentName = 253;

/**
 * A stable name of this process: numbers start anew with each start, so each start has a name of its own. Linux lets a host
 * be called anything; what no host's name may have (RFC 1123, 2.1) becomes '-', for verify and others print the name.
 */
export function agentName(host: string = hostname()): string {
  const ending = `-${process.pid}-${randomWords(1)[0]!.toString(16)}`;
  const name = host.replace(/[^A-Za-z0-9.-]/gu, '-');
  return name.slice(0, longestAgentName - ending.length) + ending;
}

/**
 * Loads what is asked for, reads files, and returns the function that does the rest: that is when the network is asked,
 * as `identity`, whom the process has become by then.
 */
export async function prepareEnrichers(
  config: Config,
  { log, nowUs, nowMs }: Omit<StageEdges, 'terminal'>,
  identity: Identity | undefined,
): Promise<() => Promise<Enricher[]>> {
  const openers: (() => Enricher | Promise<Enricher>)[] = [];
  if (config.names.enabled) {
    const { openReverseDns } = await import('../enrich/names/reverse-dns.js');
    const { resolvers: servers, namesFor } = config.names;
    const limits = { minTtlMs: shortestNameLifeMs(config.intervalMs) };
    openers.push(() => openReverseDns({ servers, namesFor, nowMs, log, limits }));
  }
  if (config.ranges.source !== 'off') {
    const { openIpRanges, rangesSource } = await import('../enrich/labels/ip-ranges.js');
    const { defaultCacheDirectory } = await import('../enrich/labels/ranges-cache.js');
    const cacheDirectory = defaultCacheDirectory(process.env, process.getuid?.() === 0);
    if (identity !== undefined && cacheDirectory !== undefined) giveFolder(cacheDirectory, identity);
    const wallMs = () => Math.floor(nowUs() / 1000);
    const open = () => openIpRanges({ ...config.ranges, cacheDirectory, nowMs, wallMs, log });
    const fromFile = rangesSource(config.ranges) instanceof URL ? undefined : await open();
    openers.push(() => fromFile ?? open());
  }
  return () => Promise.all(openers.map((open) => open()));
}

/** Opens the sources and says how they go together; the intake itself is made when delivery stands. */
export async function prepareIntake(
  config: Config,
  { ports, own }: Pick<Output, 'ports' | 'own'>,
  edges: CaptureEdges & LiveClocks & { readonly log: Log },
): Promise<(options: IntakeOptions) => Intake> {
  const { input, tunnels } = config;
  const { log } = edges;
  if (input.kind === 'live') {
    const sources = await openInterfaces(config, input, ports, edges);
    return (options) => new LiveIntake(sources, 'stamps', { ...options, own });
  }
  if (input.kind === 'stdin') {
    const source = openCapture('-', edges, 'live', tunnels);
    return (options) => new LiveIntake([source], 'arrival', options);
  }
  const { FileIntake, openFiles } = await import('./file-intake.js');
  const files = openFiles(input.files, edges, tunnels);
  return (options) => new FileIntake(files, log, options);
}

/**
 * netfilter hands over many packets at once, and libpcap reads no more of them than a packet may have. It has no filters for
 * them either: own datagrams among them are left out after decoding.
 */
const netfilterReadBytes = 262_144;

async function openInterfaces(
  { tunnels }: Config,
  input: LiveInputConfig,
  ports: readonly number[],
  edges: LiveClocks & { readonly log: Log },
): Promise<Source[]> {
  const { openLive } = await import('../source/live/live-source.js');
  const { isNetfilter } = await import('../source/live/interfaces/interfaces.js');
  const { doubledAdvice } = await import('../source/live/interfaces/stacked-interfaces.js');
  const options = { ...input, tunnels, filter: captureFilter(ports, input.filter) };
  const open = async (
    named: Pick<LiveOptions, 'interface' | 'patterns'>,
    leads?: () => string | undefined,
  ) => {
    const netfilter = isNetfilter(named.interface);
    const engine = netfilter && input.engine === 'auto' ? 'batch' : input.engine;
    const special = netfilter ? { filter: input.filter, snapshotBytes: netfilterReadBytes } : {};
    return openLive(await engineNamed(engine), { ...options, ...special, ...named }, edges.log, edges, leads);
  };
  const byPattern = input.interfaces.some(isPattern);
  const names = byPattern ? input.interfaces : await Promise.all(input.interfaces.map(interfaceNamed));
  const advice = doubledAdvice(names, byPattern);
  if (advice !== undefined) edges.log.line(`-i ${input.interfaces.join(',')}: ${advice}`);
  if (byPattern) return [await open({ interface: 'any', patterns: names })];
  const fixed = new Set(input.interfaces.filter((name) => name !== 'auto'));
  const sources: Source[] = [];
  for (const name of new Set(names))
    sources.push(await open({ interface: name }, fixed.has(name) ? undefined : await routeBeside(fixed)));
  return sources;
}

/** Where the default route leads; undefined where that is captured on anyway. */
async function routeBeside(fixed: ReadonlySet<string>): Promise<() => string | undefined> {
  const { defaultInterface } = await import('../source/live/interfaces/default-route.js');
  return () => {
    const name = defaultInterface();
    return name === undefined || fixed.has(name) ? undefined : name;
  };
}

/** A new one for each interface. */
async function engineNamed(name: LiveInputConfig['engine']): Promise<LiveEngine> {
  switch (name) {
    case 'auto':
      return new (await import('../source/live/auto.js')).AutoEngine();
    case 'cap':
      return (await import('../source/live/cap.js')).capEngine;
    case 'batch':
      return (await import('../source/live/batch.js')).batchEngine;
  }
}

async function interfaceNamed(name: string): Promise<string> {
  if (name !== 'auto') return name;
  const { defaultInterface } = await import('../source/live/interfaces/default-route.js');
  const found = defaultInterface();
  if (found !== undefined) return found;
  throw new UsageError('-i auto: this host has no default route; name an interface, -D lists them');
}

/** Leaves out what this program sends, and adds the user's own filter. */
function captureFilter(ports: readonly number[], userFilter: string): string {
  const own = [...new Set(ports)].map((port) => `not port ${port}`);
  if (userFilter === '') return own.join(' and ');
  return own.length === 0 ? userFilter : [...own, `(${userFilter})`].join(' and ');
}

/**
 * An answer lives at least until the window after the one that asked has been written, whatever its TTL: else names
 * with a TTL of 0, as hosts files get, would never be seen.
 */
function shortestNameLifeMs(intervalMs: number): number {
  return intervalMs * 1.5 + 5_000;
}
