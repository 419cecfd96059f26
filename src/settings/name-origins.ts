/** Where names of hosts may come from. */
import { UsageError } from '../host/failure.js';
import type { Reader } from './values.js';

export const nameOrigins = ['ptr', 'dns', 'sni', 'quic'] as const;
export type NameOrigin = (typeof nameOrigins)[number];

/** What passes by: no question is asked for it. */
export const trafficOrigins = ['dns', 'sni', 'quic'] as const satisfies readonly NameOrigin[];

const words: Readonly<Record<string, readonly NameOrigin[]>> = {
  ...Object.fromEntries(nameOrigins.map((name) => [name, [name]])),
  traffic: trafficOrigins,
  off: [],
};

/** A list of them, in the order of `nameOrigins`; "off" is none. */
const read: Reader<readonly NameOrigin[]> = (text, place) => {
  const listed = text.split(',');
  const unknown = listed.find((word) => !Object.hasOwn(words, word));
  if (unknown !== undefined)
    throw new UsageError(`${place}: ${unknown || '""'}: unknown; choose of ${Object.keys(words).join(', ')}`);
  if (listed.includes('off') && listed.length > 1)
    throw new UsageError(`${place}: off goes with no other; leave it or them out`);
  const chosen = new Set(listed.flatMap((word) => words[word]!));
  return nameOrigins.filter((name) => chosen.has(name));
};

export const nameList = { argument: Object.keys(words).join('|'), read };
