/** Joins outputs to what makes their records: a channel for each way of telling flows, an encoder for each format. */
import type { ConversationKnowledge } from '../flow/conversations/conversation-knowledge.js';
import type { FigureName } from '../flow/tally.js';
import type { WalkSettings } from '../flow/walk-settings.js';
import type { HandOn } from '../record/encoder.js';
import type { Knowledge, RunFacts } from '../record/values/value.js';
import type { Config, RecordsConfig } from '../settings/config.js';
import type { Sink } from '../sink/sink.js';
import { type Channel, encodingOutlet, type Outlet } from './channel.js';
import { runFacts } from './facts.js';
import { formatOf, type OutputFormat } from './sinks/formats.js';
import { type OpenedSinks, openSinks, type SinkEdges } from './sinks/sinks.js';
import { openWalks, type WalkEdges } from './walks.js';

/** The terminal that stdout is. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
}

export interface OutputEdges extends SinkEdges, WalkEdges {
  readonly terminal: Terminal | undefined;
}

export interface Output extends Pick<OpenedSinks, 'ports' | 'own' | 'checkRights'> {
  readonly channels: readonly Channel[];
  /** What they tell of a flow beside packets and payload bytes. */
  readonly figures: ReadonlySet<FigureName>;
  /** What they tell beside figures. */
  readonly knowledge: ReadonlySet<Knowledge>;
  /** Undefined where none of them tells conversations. */
  readonly conversations: ConversationKnowledge | undefined;
}

/** A sink, and what its records are; for a table there is no format. */
interface Reader {
  readonly sink: Sink;
  readonly format: OutputFormat | undefined;
  readonly records: RecordsConfig;
}

/** Readers that want the same records, and what these take. */
interface Plan {
  readonly readers: readonly Reader[];
  readonly records: RecordsConfig;
  readonly settings: WalkSettings;
  readonly figures: readonly FigureName[];
  readonly knowledge: readonly Knowledge[];
}

export async function openOutput(config: Config, edges: OutputEdges): Promise<Output> {
  const { opened, ...sinks } = await openSinks(config, edges);
  const terminal = config.tableOnTerminal ? edges.terminal : undefined;
  const readers = opened.map(async ({ sink, output }): Promise<Reader> => {
    const format = terminal === undefined ? await formatOf(output, config) : undefined;
    return { sink, records: output.records, format };
  });
  const plans = [...groupsBy(await Promise.all(readers), ({ records }) => JSON.stringify(records))].map(
    planFor,
  );
  const walks = await openWalks(
    config.input,
    plans.map(({ settings }) => settings),
    edges,
  );
  const channels = plans.map(async (plan): Promise<Channel> => {
    const facts = runFacts(config, plan.records, edges.self);
    return {
      walk: walks.walkFor(plan.settings),
      outlets:
        terminal === undefined
          ? encodingOutlets(plan, facts, config.numbered, edges.self.agent)
          : await tableOutlets(plan, terminal),
      counts: { flows: 0, records: 0 },
    };
  });
  return {
    channels: await Promise.all(channels),
    figures: new Set([...walks.figures, ...plans.flatMap(({ figures }) => figures)]),
    knowledge: new Set(plans.flatMap((plan) => plan.knowledge)),
    conversations: walks.conversations,
    ...sinks,
  };
}

/** What the table on a terminal shows. */
export const tableKnowledge: readonly Knowledge[] = ['sni', 'dns', 'ptr', 'labels'];

function planFor(readers: readonly Reader[]): Plan {
  const { records } = readers[0]!;
  const needs = readers.map(({ format }) => format?.needs ?? { figures: [], knowledge: tableKnowledge });
  const figures = needs.flatMap((need) => [...need.figures]);
  const knowledge = needs.flatMap((need) => [...need.knowledge]);
  if (records.groups.includes('owner')) knowledge.push('owners');
  const settings = { ...records, roles: knowledge.includes('roles') || knowledge.includes('ids') };
  return { readers, records, settings, knowledge, figures };
}

/** Each record is written once for all readers of a format; but each numbers its own. */
function encodingOutlets({ readers }: Plan, facts: RunFacts, numbered: boolean, agent: string): Outlet[] {
  const sharing = groupsBy(readers, (reader) => (numbered ? reader : reader.format!.name));
  return [...sharing].map((same) => {
    return encodingOutlet(
      same[0]!.format!.create(facts),
      same.map(({ sink }) => sink),
      agent,
    );
  });
}

async function tableOutlets({ readers }: Plan, terminal: Terminal): Promise<Outlet[]> {
  const { allowsColour, TableView } = await import('../view/terminal/table.js');
  return readers.map(({ sink }) => {
    const handOn: HandOn = (records, done) => sink.write(records, done);
    return {
      consumer: new TableView({ terminal, colour: allowsColour(process.env), handOn }),
      sinks: [sink],
    };
  });
}

/** In the order of their first ones. */
function groupsBy<T>(all: readonly T[], keyOf: (one: T) => unknown): Iterable<readonly T[]> {
  const groups = new Map<unknown, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups.values();
}
