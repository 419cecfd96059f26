/** Command line to Config, by yargs and the table of options. */
import yargs from 'yargs';
import { complaint, missingValue } from './complaints.js';
import { type Config, type InputConfig, type LiveInputConfig, type StdinKind, UsageError } from './config.js';
import { refuseMisread, subcommands } from './first-word.js';
import { epilogue, subcommandHelp, usage } from './help.js';
import { type OptionName, type OptionRow, options } from './options.js';
import { choice, count, durationMs, mebibytes } from './values.js';

declare module 'yargs' {
  // Missing from @types/yargs, which describes version 17.
  interface Argv<T> {
    usageConfiguration(configuration: { 'hide-types': boolean }): Argv<T>;
  }
}

export type Command =
  | { readonly kind: 'run'; readonly config: Config }
  | { readonly kind: 'doctor'; readonly config: Config; readonly input: LiveInputConfig }
  /** Where to listen, as it was written; undefined reads stdin. */
  | { readonly kind: 'verify'; readonly listen: string | undefined }
  | { readonly kind: 'list-interfaces' }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' };

/** Throws a UsageError. `columns` is the width that --help is wrapped to. */
export async function parseCommandLine(
  args: readonly string[],
  stdin: StdinKind,
  columns: number,
): Promise<Command> {
  const parser = optionParser(columns);
  const subcommand = subcommands.find((name) => name === args[0]);
  const optionArgs = subcommand === undefined ? args : args.slice(1);
  const values = new Values((await parser.parse(separateValues(optionArgs))) as Record<string, unknown>);
  if (values.flag('help')) {
    const general = async () => [usage, await parser.getHelp(), epilogue].join('\n\n');
    return { kind: 'help', text: subcommand === undefined ? await general() : subcommandHelp[subcommand] };
  }
  if (values.flag('version')) return { kind: 'version' };
  if (subcommand === 'verify') return verifyOf(values);
  if (subcommand === 'doctor') return doctorOf(values);
  if (values.flag('list-interfaces')) return { kind: 'list-interfaces' };
  return { kind: 'run', config: configOf(values, stdin) };
}

function verifyOf(values: Values): Command {
  const [option] = values.options;
  if (option !== undefined) throw new UsageError(`verify --${option}: verify takes no options; leave it out`);
  const [listen, surplus] = values.words;
  if (surplus !== undefined)
    throw new UsageError(`verify ${listen} ${surplus}: give it one HOST:PORT, or none`);
  return { kind: 'verify', listen };
}

function doctorOf(values: Values): Command {
  const config = configOf(values, 'nothing');
  if (config.input.kind === 'live') return { kind: 'doctor', config, input: config.input };
  throw new UsageError(
    'doctor -r: files need nothing that could be missing; leave -r out, doctor looks at captures on interfaces',
  );
}

function optionParser(columns: number) {
  const parser = yargs([])
    .scriptName('pcap-agg')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'greedy-arrays': false,
    })
    .detectLocale(false)
    .exitProcess(false)
    .help(false)
    .version(false)
    .strictOptions()
    .wrap(columns)
    .usageConfiguration({ 'hide-types': true })
    .fail((message, error) => {
      throw complaint(message ?? error.message);
    });
  for (const row of options) {
    parser.option(row.name, {
      type: row.type === 'flag' ? 'boolean' : 'string',
      describe: description(row),
      group: `${row.group}:`,
      ...(row.short === undefined ? {} : { alias: row.short }),
      ...(row.type === 'flag' ? {} : { requiresArg: true }),
    });
  }
  return parser;
}

/** yargs shows defaults only together with types, which say nothing here. */
function description({ argument, repeatable, help, default: standard }: OptionRow): string {
  return [
    argument === undefined ? '' : `${argument}: `,
    help,
    repeatable ? ' (repeatable)' : '',
    standard === undefined ? '' : ` [default: ${standard}]`,
  ].join('');
}

/** "-ieth0", which users of tcpdump write, and "-i=eth0" as "-i eth0": yargs knows neither "-ieth0" nor "-i=". */
function separateValues(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return args.flatMap((arg, index) => {
    const isLong = index < end && options.some(({ name }) => arg === `-${name}`);
    if (isLong) throw new UsageError(`${arg}: a long option has two dashes; write -${arg}`);
    const letters = index < end ? (/^-([A-Za-z]+)/.exec(arg)?.[1] ?? '') : '';
    const taking = [...letters].findIndex((letter) => byLetter(letter)?.type !== 'flag');
    const value = arg.slice(taking + 2);
    const isAttached = taking >= 0 && byLetter(letters[taking]!) && value !== '';
    return isAttached ? [arg.slice(0, taking + 2), value.replace(/^=/, '')] : [arg];
  });
}

function byLetter(letter: string): OptionRow | undefined {
  return options.find(({ short }) => short === letter);
}

function configOf(values: Values, stdin: StdinKind): Config {
  const input = inputOf(values, stdin);
  const intervalMs = values.read('interval', durationMs);
  if (intervalMs === 0 && input.kind !== 'files') {
    const remedy = `add -r ${input.kind === 'stdin' ? '-' : 'FILE'}`;
    throw new UsageError(`--interval 0: one window for the whole input needs an input that ends; ${remedy}`);
  }
  const targets = values.texts('to');
  const withoutScheme = targets.map((target) => target.replace(/^udp:\/\//i, ''));
  refuseTwice('--to', targets, withoutScheme);
  return Object.freeze({
    input,
    intervalMs,
    maxFlows: values.read('max-flows', count),
    targets,
    ratePerSecond: values.read('rate', count),
    queueBytes: values.read('queue', mebibytes),
    packBytes: values.read('pack', count),
    numbered: values.flag('seq'),
    names: Object.freeze({
      enabled: !values.flag('no-names') && (input.kind !== 'files' || values.texts('dns').length > 0),
      resolvers: values.texts('dns'),
      namesFor: values.choice('names-for', ['all', 'public']),
    }),
    user: values.text('user'),
    ranges: Object.freeze({ source: values.text('datadog-ranges'), site: values.text('datadog-site')! }),
  });
}

function inputOf(values: Values, stdin: StdinKind): InputConfig {
  const interfaces = values.texts('interface');
  const files = values.texts('read');
  const filter = values.words.join(' ');
  refuseMisread(filter, interfaces.length > 0);
  refuseTwice('-i', interfaces);
  refuseBesideAny(interfaces);
  if (interfaces.length > 0 && files.length > 0) {
    throw new UsageError('-i and -r: a capture and files cannot be read together; leave one of them out');
  }
  const engine = values.choice('engine', ['cap', 'batch']);
  const direction = values.choice('direction', ['in', 'out', 'inout']);
  const bufferBytes = values.read('buffer', mebibytes);
  const snapshotBytes = values.read('snapshot-length', count);
  if (interfaces.length === 0 && (files.length > 0 || stdin === 'data')) {
    if (filter !== '') {
      throw new UsageError(`'${filter}': a filter works on interfaces only; ${filterRemedy(files)}`);
    }
    if (direction !== 'inout') {
      throw new UsageError(
        `--direction ${direction}: only the kernel knows which way a packet goes; leave it out, or add -i NAME`,
      );
    }
    if (files.length === 0) return Object.freeze({ kind: 'stdin' });
    if (files.filter((name) => name === '-').length > 1) {
      throw new UsageError('-r -: stdin can be read only once; name it once');
    }
    return Object.freeze({ kind: 'files', files });
  }
  // The engine refuses what else it cannot do, but cannot tell a default from what was asked for.
  if (engine === 'cap' && values.texts('snapshot-length').length > 0) {
    throw new UsageError(`-s ${snapshotBytes}: --engine cap cannot do that; add --engine batch`);
  }
  return Object.freeze({
    kind: 'live',
    interfaces: interfaces.length > 0 ? interfaces : ['auto'],
    engine,
    filter,
    bufferBytes,
    snapshotBytes,
    promiscuous: !values.flag('no-promiscuous'),
    direction,
    exitOnInterfaceLoss: values.flag('exit-on-interface-loss'),
  });
}

/** How the packets of files or, where there are none, of stdin are filtered. */
function filterRemedy([file]: readonly string[]): string {
  if (file === undefined) return 'add -i NAME, or give it to the program that writes to stdin';
  const read = /\.gz$/i.test(file) ? `zcat ${file} | tcpdump -r -` : `tcpdump -r ${file}`;
  return `let tcpdump do it: ${read} -w - FILTER | pcap-agg -r -`;
}

/** The parsed arguments, read by the names of the table. */
class Values {
  readonly #parsed: Record<string, unknown>;

  constructor(parsed: Record<string, unknown>) {
    this.#parsed = parsed;
    for (const row of options) for (const value of this.#all(row.name)) checkGiven(row, value);
  }

  /** Everything that is not an option. */
  get words(): readonly string[] {
    return (this.#parsed['_'] as unknown[]).map(String);
  }

  /** The names of all options that were given. */
  get options(): readonly OptionName[] {
    return options.map(({ name }) => name).filter((name) => this.#all(name).length > 0);
  }

  flag(name: OptionName): boolean {
    return this.#all(name).some((value) => value === true);
  }

  texts(name: OptionName): readonly string[] {
    return Object.freeze(this.#all(name).map(String));
  }

  /** The option's only value, or its default. */
  text(name: OptionName): string | undefined {
    const given = this.texts(name);
    if (given.length > 1) throw new UsageError(`--${name} ${given.join(' and ')}: given twice; give it once`);
    return given[0] ?? row(name).default;
  }

  read<T>(name: OptionName, reader: (row: OptionRow, text: string) => T): T {
    return reader(row(name), this.text(name)!);
  }

  choice<T extends string>(name: OptionName, choices: readonly T[]): T {
    return choice(row(name), choices, this.text(name)!);
  }

  #all(name: OptionName): unknown[] {
    const value = this.#parsed[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  }
}

/** yargs reads -n=maybe as false, and takes "" for a value. */
function checkGiven(row: OptionRow, value: unknown): void {
  if (value === '') throw missingValue(row);
  if (value === false)
    throw new UsageError(`--${row.name}: it takes no value; give it alone, or leave it out`);
}

function row(name: OptionName): OptionRow {
  return options.find((candidate) => candidate.name === name)!;
}

/** What would count each packet of an interface twice, or send each record to a collector twice. */
function refuseTwice(option: string, values: readonly string[], meant = values): void {
  const twice = values.find((_, position) => meant.indexOf(meant[position]!) !== position);
  if (twice !== undefined) throw new UsageError(`${option} ${twice}: given twice; give it once`);
}

function refuseBesideAny(interfaces: readonly string[]): void {
  if (interfaces.length > 1 && interfaces.includes('any')) {
    throw new UsageError('-i any: has the packets of every interface; leave the others out');
  }
}
