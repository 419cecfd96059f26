/**
 * Datadog's address ranges as JSON (https://docs.datadoghq.com/api/latest/ip-ranges/):
 *
 *     { "version": 1, "modified": "…", "agents": { "prefixes_ipv4": ["192.0.2.0/24"], "prefixes_ipv6": [] }, … }
 *
 * Every top-level key whose value is an object with one of these two lists is a service. The text comes from the
 * network: sizes are bounded, and only what looks like a service's name becomes a label.
 */
import { type Prefix, parsePrefix } from '../prefix-table.js';

/** No label is longer; of a prefix under more services than fit, the first names in the file's order stay. */
export const maxLabelBytes = 512;

/** Datadog lists some thousands; far more is not a list of one company's ranges, and would take long to build. */
export const maxPrefixes = 65_536;

export interface Ranges {
  /** Each prefix once, with the names of its services in the file's order, joined by ','. */
  readonly entries: readonly { readonly prefix: Prefix; readonly value: string }[];
  readonly services: readonly string[];
  /** How many list entries are not prefixes of their list's family, or stand under a name that cannot be a label. */
  readonly skipped: number;
  /** The first of those, for a message. */
  readonly firstSkipped: string | undefined;
}

const lists = [
  ['prefixes_ipv4', 4],
  ['prefixes_ipv6', 6],
] as const;

const labelPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** Throws an Error that says what is wrong where the text is not a list of ranges with at least one prefix. */
export function parseRanges(text: string): Ranges {
  const labels = new Map<string, { prefix: Prefix; value: string }>();
  const services: string[] = [];
  let skipped = 0;
  let firstSkipped: string | undefined;
  let total = 0;
  for (const [service, value] of Object.entries(parseObject(text))) {
    if (!isObject(value) || !lists.some(([list]) => Array.isArray(value[list]))) continue;
    const fit = labelPattern.test(service);
    if (fit) services.push(service);
    for (const [list, family] of lists) {
      const prefixes: unknown = value[list];
      if (!Array.isArray(prefixes)) continue;
      total += prefixes.length;
      if (total > maxPrefixes) throw new Error(`it lists more than ${maxPrefixes} prefixes`);
      for (const prefixText of prefixes as unknown[]) {
        const prefix = typeof prefixText === 'string' ? parsePrefix(prefixText) : undefined;
        if (fit && prefix?.family === family) {
          addLabel(labels, prefix, service);
        } else {
          skipped++;
          firstSkipped ??= shown(fit ? prefixText : service);
        }
      }
    }
  }
  if (labels.size === 0) throw new Error('it lists no prefixes');
  return { entries: [...labels.values()], services, skipped, firstSkipped };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  if (!isObject(value)) throw new Error('it is not a JSON object of services');
  return value;
}

function addLabel(
  labels: Map<string, { prefix: Prefix; value: string }>,
  prefix: Prefix,
  service: string,
): void {
  const key = `${prefix.first.join()}/${prefix.length}`;
  const known = labels.get(key);
  if (!known) {
    labels.set(key, { prefix, value: service });
    return;
  }
  const joined = `${known.value},${service}`;
  if (joined.length <= maxLabelBytes && !known.value.split(',').includes(service)) known.value = joined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A short, printable form of text that is not trusted. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : `a ${typeof value}`;
  return text.replace(/[^\x20-\x7e]/g, '?');
}
