/** What the words of a command line say: options by yargs and the table of options, and all other words. */
import yargs from 'yargs';
import { UsageError } from '../host/failure.js';
import { complaint, missingValue } from './complaints.js';
import type { OptionRow } from './option-row.js';
import { options } from './options.js';
import type { Place } from './settings.js';

declare module 'yargs' {
  // Missing from @types/yargs, which describes version 17.
  interface Argv<T> {
    usageConfiguration(configuration: { 'hide-types': boolean }): Argv<T>;
  }
}

export interface CommandLine {
  readonly place: Place;
  /** The names of all options that were given. */
  readonly given: readonly string[];
  /** Everything that is not an option. */
  readonly words: readonly string[];
  /** The table of options for people. */
  readonly help: () => Promise<string>;
}

/** Throws a UsageError. `columns` is the width that help is wrapped to. */
export async function readCommandLine(args: readonly string[], columns: number): Promise<CommandLine> {
  const parser = optionParser(columns);
  const { _: words = [], $0: _, ...parsed } = await parser.parse(separateValues(args));
  const valuesOf = ({ name }: OptionRow): unknown[] => [parsed[name] ?? []].flat();
  const given = options.filter((row) => valuesOf(row).length > 0);
  for (const row of given) for (const value of valuesOf(row)) checkGiven(row, value);
  return {
    place(row) {
      const option = `--${row.name}`;
      return valuesOf(row)
        .map(String)
        .map((text) => ({ text, option, place: row.argument === undefined ? option : `${option} ${text}` }));
    },
    given: given.map(({ name }) => name),
    words: words.map(String),
    help: () => parser.getHelp(),
  };
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
      type: row.argument === undefined ? 'boolean' : 'string',
      describe: description(row),
      group: `${row.group}:`,
      ...(row.short === undefined ? {} : { alias: row.short }),
      ...(row.argument === undefined ? {} : { requiresArg: true }),
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
    const taking = [...letters].findIndex((letter) => byLetter(letter)?.argument !== undefined);
    const value = arg.slice(taking + 2);
    return taking >= 0 && value !== '' ? [arg.slice(0, taking + 2), value.replace(/^=/, '')] : [arg];
  });
}

function byLetter(letter: string): OptionRow | undefined {
  return options.find(({ short }) => short === letter);
}

/** yargs reads -n=maybe as false, and takes "" for a value that is missing. */
function checkGiven(row: OptionRow, value: unknown): void {
  if (value === '') throw missingValue(row);
  if (value === false)
    throw new UsageError(`--${row.name}: it takes no value; give it alone, or leave it out`);
}
