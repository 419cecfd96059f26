/**
 * Settings in environment variables: --no-names is PCAP_AGG_NO_NAMES. A variable that is empty is not set; values of an option
 * that may be repeated stand in one variable, separated by white space.
 */
import { nearest } from './nearest.js';
import { type OptionRow, options } from './options.js';
import type { Place } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'PCAP_AGG_';

/**
 * Variables of others under the same prefix: the systemd unit's line of options, an image's version, and what Kubernetes
 * sets in every container for a service that is called pcap-agg.
 */
const foreign = /^PCAP_AGG_(OPTIONS|VERSION|SERVICE_.*|PORT|PORT_.*)$/;

export function environmentPlace(environment: Environment): Place {
  return (row) => {
    if (row.commandLineOnly) return [];
    const option = variableOf(row);
    const value = environment[option]?.trim() ?? '';
    if (value === '') return [];
    const texts = row.repeatable ? value.split(/\s+/) : [value];
    return texts.map((text) => ({ text, option, place: `${option}=${text}` }));
  };
}

export function variableOf({ name }: OptionRow): string {
  return prefix + name.replaceAll('-', '_').toUpperCase();
}

/** A line for each variable that looks like a setting and is none, with the one that was meant. */
export function unknownVariables(environment: Environment): readonly string[] {
  const known = options.filter(({ commandLineOnly }) => !commandLineOnly);
  const variables = known.map(variableOf);
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !variables.includes(name) && !foreign.test(name))
    .map((name) => {
      const word = name.slice(prefix.length).replaceAll('_', '-');
      const meant = known.find(
        (row) =>
          row.name ===
          nearest(
            word,
            known.map(({ name }) => name),
          ),
      );
      const remedy = meant === undefined ? 'unset it' : `did you mean ${variableOf(meant)}?`;
      return `${name}: there is no such setting, and it is ignored; ${remedy}`;
    });
}
