/** Opens the sources that a configuration names. What a replay of a file does without is imported only when it is used. */
import { UsageError } from '../host/failure.js';
import type { Log } from '../host/log.js';
import type { Config, LiveInputConfig } from '../settings/config.js';
import { isPattern } from '../settings/interface-words.js';
import { type CaptureEdges, openCapture } from '../source/capture-source.js';
import type { LiveClocks, LiveEngine, LiveOptions } from '../source/live/live.js';
import type { Source } from '../source/source.js';
import { type Intake, type IntakeOptions, LiveIntake } from './intake.js';
import type { Output } from './outputs.js';

/** Opens the sources and says how they go together; the intake itself is made when delivery stands. */
export async function prepareIntake(
  config: Config,
  {
    ports,
    own,
    interfaces,
    figures,
    payloads,
    newFlows,
  }: Pick<Output, 'ports' | 'own' | 'figures'> & Pick<IntakeOptions, 'interfaces' | 'payloads' | 'newFlows'>,
  edges: CaptureEdges & LiveClocks & { readonly log: Log },
): Promise<(options: IntakeOptions) => Intake> {
  const { input, tunnels } = config;
  const { log } = edges;
  const wishes = { tunnels, namesToo: payloads !== undefined, healthToo: figures.has('health') };
  if (input.kind === 'live') {
    const sources = await openInterfaces(
      { ...input, ...wishes, filter: captureFilter(ports, input.filter) },
      input,
      edges,
    );
    const asking = { own, interfaces, payloads, newFlows };
    return (options) => new LiveIntake(sources, 'stamps', { ...options, ...asking });
  }
  if (input.kind === 'stdin') {
    const source = openCapture('-', edges, { clock: 'live', ...wishes });
    return (options) => new LiveIntake([source], 'arrival', { ...options, interfaces, payloads });
  }
  const { FileIntake, openFiles } = await import('./file-intake.js');
  const files = openFiles(input.files, edges, wishes);
  return (options) => new FileIntake(files, log, { ...options, interfaces, payloads });
}

/**
 * netfilter hands over many packets at once, and libpcap reads no more of them than a packet may have. It has no filters for
 * them either: own datagrams among them are left out after decoding.
 */
const netfilterReadBytes = 262_144;

async function openInterfaces(
  options: Omit<LiveOptions, 'interface'>,
  input: LiveInputConfig,
  edges: LiveClocks & { readonly log: Log },
): Promise<Source[]> {
  const { openLive } = await import('../source/live/live-source.js');
  const { isNetfilter } = await import('../source/live/interfaces/interfaces.js');
  const { doubledAdvice } = await import('../source/live/interfaces/stacked-interfaces.js');
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
