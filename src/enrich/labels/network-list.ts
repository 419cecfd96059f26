/**
 * Names of networks, as a user gives them: `office=10.1.0.0/16,2001:db8::/48`, or a file of them, each line a network, white
 * space, and its name, which may have spaces in it:
 *
 *     # the offices
 *     10.1.0.0/16      office
 *     2001:db8::/48    office
 *     192.0.2.7        head office's printer
 */
import { EnrichError } from '../enricher.js';
import { type Prefix, parsePrefix } from '../prefix-table.js';

export interface NamedPrefix {
  readonly prefix: Prefix;
  readonly name: string;
}

/** In characters. */
export const longestNetworkName = 64;
/** Of all lists together. */
export const mostNetworks = 65_536;

/** Reads `NAME=NET[,NET…]`. `place` says in errors where it stands. */
export function parseNetwork(text: string, place: string): NamedPrefix[] {
  const equals = text.indexOf('=');
  const name = checkedName(text.slice(0, equals).trim(), place);
  return text
    .slice(equals + 1)
    .split(',')
    .map((net) => ({ name, prefix: checkedPrefix(net.trim(), place) }));
}

/** Reads the text of a file. `place` says in errors which file it is. */
export function parseNetworkFile(text: string, place: string): NamedPrefix[] {
  const networks: NamedPrefix[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/(^|\s)#.*/su, '').trim();
    if (words === '') continue;
    const linePlace = `${place}, line ${index + 1}`;
    if (networks.length === mostNetworks) throw tooMany(linePlace);
    const [net = ''] = words.split(/\s/u, 1);
    const prefix = checkedPrefix(net, linePlace);
    networks.push({ prefix, name: checkedName(words.slice(net.length).trim(), linePlace) });
  }
  if (networks.length === 0)
    throw new EnrichError(`${place}: no network is in it; write a line like "10.1.0.0/16 office"`);
  return networks;
}

export function tooMany(place: string): EnrichError {
  return new EnrichError(`${place}: more than ${mostNetworks} networks; join some of them`);
}

function checkedName(name: string, place: string): string {
  if (name === '') throw new EnrichError(`${place}: the network has no name; write office=10.1.0.0/16`);
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(name))
    throw new EnrichError(`${place}: the name has a character that cannot be shown; leave it out`);
  if (name === '*') throw new EnrichError(`${place}: "*" stands for all other flows; choose another name`);
  if ([...name].length > longestNetworkName)
    throw new EnrichError(`${place}: the name is too long; it takes up to ${longestNetworkName} characters`);
  return name;
}

/** An address without a length is a network of one. */
function checkedPrefix(net: string, place: string): Prefix {
  const whole = net.includes('/') ? net : `${net}/${net.includes(':') ? 128 : 32}`;
  const prefix = parsePrefix(whole);
  if (prefix !== undefined) return prefix;
  throw new EnrichError(
    `${place}: ${shown(net)} is not a network; write one like 10.1.0.0/16, 2001:db8::/48 or 192.0.2.7`,
  );
}

/** Short and printable. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60)).replace(/[^\x20-\x7e]/g, '?');
}
