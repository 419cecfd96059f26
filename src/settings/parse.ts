/** Command line and environment to a command with its configuration. */
import { UsageError } from '../host/failure.js';
import { type CommandLine, readCommandLine } from './command-line.js';
import type { Config, LiveInputConfig, StdinKind } from './config.js';
import { type Environment, environmentPlace } from './environment.js';
import { isFile, subcommands } from './first-word.js';
import { epilogue, subcommandHelp, usage } from './help.js';
import { inputOf } from './inputs.js';
import { namesOf } from './names.js';
import { rows } from './options.js';
import { outputsOf } from './outputs/outputs.js';
import { noOwners, ownersOf } from './owners.js';
import { Settings } from './settings.js';

export type Command =
  | { readonly kind: 'run'; readonly config: Config }
  | { readonly kind: 'doctor'; readonly config: Config; readonly input: LiveInputConfig }
  /** Where to listen, as it was written; undefined reads stdin. */
  | { readonly kind: 'verify'; readonly listen: string | undefined }
  /** Those that the patterns name, or all where there are none. */
  | { readonly kind: 'list-interfaces'; readonly patterns: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' };

/** What a command is read from. */
export interface Surroundings {
  readonly environment: Environment;
  readonly stdin: StdinKind;
  /** The width that --help is wrapped to. */
  readonly columns: number;
}

/** Throws a UsageError. */
export async function parseCommand(args: readonly string[], surroundings: Surroundings): Promise<Command> {
  const { environment, stdin, columns } = surroundings;
  const subcommand = subcommands.find((name) => name === args[0]);
  const line = await readCommandLine(subcommand === undefined ? args : args.slice(1), columns);
  const settings = new Settings([line.place, environmentPlace(environment)]);
  const { words } = line;
  if (settings.flag(rows.help)) return { kind: 'help', text: await helpText(subcommand, line) };
  if (settings.flag(rows.version)) return { kind: 'version' };
  if (subcommand === 'verify') return verifyOf(line);
  if (subcommand === 'doctor') return doctorOf(settings, words);
  if (settings.flag(rows.listInterfaces))
    return { kind: 'list-interfaces', patterns: line.place(rows.interface).map(({ text }) => text) };
  return { kind: 'run', config: configOf(settings, words, stdin) };
}

async function helpText(
  subcommand: (typeof subcommands)[number] | undefined,
  { help }: CommandLine,
): Promise<string> {
  if (subcommand !== undefined) return subcommandHelp[subcommand];
  return [usage, await help(), epilogue].join('\n\n');
}

function verifyOf({ given, words }: CommandLine): Command {
  const [option] = given;
  if (option !== undefined) throw new UsageError(`verify --${option}: verify takes no options; leave it out`);
  const [listen, surplus] = words;
  if (surplus !== undefined)
    throw new UsageError(`verify ${listen} ${surplus}: give it one HOST:PORT, or none`);
  return { kind: 'verify', listen };
}

/** Its own refusals come first: the remedies of a run's would only lead to these. */
function doctorOf(settings: Settings, words: readonly string[]): Command {
  const [word = ''] = words.join(' ').split(' ');
  if (isFile(word)) throw forFilesOnly(word);
  if (settings.one(rows.interval) === 0) throw forFilesOnly(settings.place(rows.interval));
  const config = configOf(settings, words, 'nothing');
  if (config.input.kind === 'live') return { kind: 'doctor', config, input: config.input };
  throw forFilesOnly('-r');
}

function forFilesOnly(given: string): UsageError {
  return new UsageError(`doctor ${given}: doctor checks captures on interfaces only; leave ${given} out`);
}

function configOf(settings: Settings, words: readonly string[], stdin: StdinKind): Config {
  const input = inputOf(settings, words.join(' '), stdin);
  const intervalMs = settings.one(rows.interval);
  if (intervalMs === 0 && input.kind !== 'files') {
    const remedy = `add -r ${input.kind === 'stdin' ? '-' : 'FILE'}`;
    throw new UsageError(
      `${settings.place(rows.interval)}: one window for the whole input needs an input that ends; ${remedy}`,
    );
  }
  return frozen({
    input,
    tunnels: settings.one(rows.tunnels),
    intervalMs,
    maxFlows: settings.one(rows.maxFlows),
    outputs: outputsOf(settings, noOwners(settings, input)),
    tableOnTerminal: [rows.to, rows.schema].every((row) => settings.written(row).length === 0),
    numbered: settings.flag(rows.seq),
    names: namesOf(settings, input),
    owners: ownersOf(settings, input),
    networks: settings.written(rows.network),
    tags: tagsOf(settings),
    service: settings.maybe(rows.service),
    ranges: { source: settings.maybe(rows.datadogRanges), site: settings.one(rows.datadogSite) },
    user: settings.maybe(rows.user),
  });
}

/** All tags together, so that they leave room for the rest of a record. */
const longestTags = 1_000;

function tagsOf(settings: Settings): readonly string[] {
  const tags = settings.all(rows.tag);
  const characters = tags.join(',').length;
  if (characters <= longestTags) return tags;
  const { option } = settings.written(rows.tag)[0]!;
  throw new UsageError(
    `${option}: ${tags.length} tags of ${characters} characters; leave some out, together they may have ${longestTags}`,
  );
}

/** Freezes the value and everything in it. */
function frozen<T>(value: T): Readonly<T> {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
