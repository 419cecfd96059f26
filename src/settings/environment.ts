/**
 * Settings in environment variables: --no-names is PCAP_AGG_NO_NAMES. A variable that is empty is not set; values of an option
 * that may be repeated stand in one variable, separated by white space.
 */
import { nearest } from './nearest.js';
import type { OptionRow } from './option-row.js';
import { options } from './options.js';
import type { Place } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'PCAP_AGG_';

/**
 * Variables under the same prefix that are no options: an HTTP reader's key, the systemd unit's line of options, an image's
 * version, and what Kubernetes sets in every container for a service that is called pcap-agg.
 */
const foreign = /^PCAP_AGG_(HTTP_KEY|OPTIONS|VERSION|SERVICE_.*|PORT|PORT_.*)$/;

/** The options that a variable may set. */
const settings = options.filter(({ commandLineOnly }) => !commandLineOnly);

export function environmentPlace(environment: Environment): Place {
  return (row) => {
    const option = variableOf(row);
    const value = environment[option]?.trim() ?? '';
    if (row.commandLineOnly || value === '') return [];
    const texts = row.repeatable ? value.split(/\s+/) : [value];
    return texts.map((text) => ({ text, option, place: `${option}=${text}` }));
  };
}

/** All settings that the environment has, as "NAME=value": for a command that is to repeat a run. */
export function assignments(environment: Environment): readonly string[] {
  const names = settings.map(variableOf).filter((name) => environment[name]?.trim());
  return names.map((name) => `${name}=${environment[name]}`);
}

/** A line for each variable that looks like a setting and is none, with the one that was meant. */
export function unknownVariables(environment: Environment): readonly string[] {
  const known = settings.map(variableOf);
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name) && !foreign.test(name))
    .map((name) => `${name}: there is no such setting, and it is ignored; ${remedyFor(name)}`);
}

function remedyFor(variable: string): string {
  const names = settings.map(({ name }) => name);
  const meant = nearest(variable.slice(prefix.length).replaceAll('_', '-'), names);
  return meant === undefined ? 'unset it' : `did you mean ${variableOf({ name: meant })}?`;
}

function variableOf({ name }: Pick<OptionRow, 'name'>): string {
  return prefix + name.replaceAll('-', '_').toUpperCase();
}
