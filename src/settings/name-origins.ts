/** Where names of hosts may come from. */
import { type Reader, unknownWord, wrong } from './values.js';

export const nameOrigins = ['ptr', 'dns', 'sni', 'quic'] as const;
export type NameOrigin = (typeof nameOrigins)[number];

/** What passes by: no question is asked for it. */
export const trafficOrigins = ['dns', 'sni', 'quic'] as const satisfies readonly NameOrigin[];

const meanings: Readonly<Record<string, readonly NameOrigin[]>> = {
  ...Object.fromEntries(nameOrigins.map((name) => [name, [name]])),
  traffic: trafficOrigins,
  off: [],
};
const words = Object.keys(meanings);

/** A list of them, in the order of `nameOrigins`; "off" is none. Spaces separate too, as between values of one variable. */
const read: Reader<readonly NameOrigin[]> = (text, place) => {
  const listed = text.trim().split(/\s*,\s*|\s+/);
  const unknown = listed.find((word) => !Object.hasOwn(meanings, word));
  if (unknown !== undefined) throw unknownWord(place, unknown, words);
  if (listed.includes('off') && listed.length > 1)
    throw wrong(place, 'off stands alone; leave it out, or all others');
  const chosen = new Set(listed.flatMap((word) => meanings[word]!));
  return nameOrigins.filter((name) => chosen.has(name));
};

export const nameList = { argument: words.join('|'), read };
