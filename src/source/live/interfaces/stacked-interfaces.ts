/**
 * Interfaces above others, which show the same packets again: a bridge and its ports, a bond and its members, a VLAN or a
 * macvlan and the interface it is on. Who captures on both counts each packet twice.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { matchPatterns } from './interface-patterns.js';

export interface Stack {
  readonly upper: string;
  /** Never empty. */
  readonly lowers: readonly string[];
  /** Which side to do without: the other shows all that either has. */
  readonly spare: 'upper' | 'lowers';
}

/** Of the network namespace that it was mounted in. */
const usualFolder = '/sys/class/net';
const lowerPrefix = 'lower_';

/** From what the kernel links in its folder of interfaces, one folder each; empty where there is none. */
export function stackedInterfaces(folder = usualFolder): Stack[] {
  return entries(folder)
    .filter((name) => !isTunnel(`${folder}/${name}`))
    .map((name) => ({
      upper: name,
      lowers: entries(`${folder}/${name}`)
        .filter((entry) => entry.startsWith(lowerPrefix))
        .map((entry) => entry.slice(lowerPrefix.length)),
      spare: joinsOthers(`${folder}/${name}`) ? ('lowers' as const) : ('upper' as const),
    }))
    .filter(({ lowers }) => lowers.length > 0);
}

/** A bridge shows what passes between its ports, too, while it is in promiscuous mode. */
const joinsOthers = (folder: string): boolean =>
  existsSync(`${folder}/bridge`) || existsSync(`${folder}/bonding`);

/** What it carries is packed into other packets below it. */
function isTunnel(folder: string): boolean {
  try {
    return /^DEVTYPE=vxlan$/m.test(readFileSync(`${folder}/uevent`, 'utf8'));
  } catch {
    return false;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/**
 * What counts twice where these interfaces are captured on, and the remedy, in a line; undefined where nothing does.
 * `interfaces` are as -i has them, names or patterns, but for "auto", in whose place stands the name.
 */
export function doubledAdvice(
  interfaces: readonly string[],
  byPattern: boolean,
  folder = usualFolder,
): string | undefined {
  const stacks = stackedInterfaces(folder);
  const doubled = doubledStacks(stacks, captures(interfaces, byPattern));
  if (doubled.length === 0) return undefined;
  return `${doubledText(doubled)}; ${remedy(interfaces, byPattern, doubled, entries(folder))}`;
}

function captures(interfaces: readonly string[], byPattern: boolean): (name: string) => boolean {
  if (byPattern) return matchPatterns(interfaces);
  return (name) => interfaces.includes(name) || interfaces.includes('any');
}

/** What of `stacks` is captured on both sides. */
function doubledStacks(stacks: readonly Stack[], isCaptured: (name: string) => boolean): Stack[] {
  return stacks
    .filter(({ upper }) => isCaptured(upper))
    .map((stack) => ({ ...stack, lowers: stack.lowers.filter(isCaptured) }))
    .filter(({ lowers }) => lowers.length > 0);
}

const mostTold = 4;

/** "br0 and p1, p2 below it show the same packets, which count twice". */
function doubledText(doubled: readonly Stack[]): string {
  const stacks = doubled.map(({ upper, lowers }) => `${upper} and ${listed(lowers, ', ')} below it`);
  return `${listed(stacks, '; ')} show the same packets, which count twice`;
}

function listed(words: readonly string[], separator: string): string {
  const more = words.length > mostTold ? ` and ${words.length - mostTold} more` : '';
  return words.slice(0, mostTold).join(separator) + more;
}

function remedy(
  interfaces: readonly string[],
  byPattern: boolean,
  doubled: readonly Stack[],
  all: readonly string[],
): string {
  const spare = doubled.map((stack) => (stack.spare === 'upper' ? [stack.upper] : stack.lowers));
  const asOptions = (words: readonly string[]) => [...new Set(words)].map((word) => `-i ${word}`).join(' ');
  if (!byPattern && !interfaces.includes('any')) return `leave ${asOptions(spare.flat())} out`;
  const patterns = asOptions(spare.flatMap((names) => leavingOut(names, all)).map((text) => `'${text}'`));
  return byPattern ? `add ${patterns}` : `write ${patterns} in place of -i any`;
}

/** Patterns that leave `names` out and no other of `all`: "!veth*" for several that begin alike, else each by itself. */
export function leavingOut(names: readonly string[], all: readonly string[]): string[] {
  const start = commonStart(names).replace(/\d+$/, '');
  const takesOthers = all.some((name) => name.startsWith(start) && !names.includes(name));
  if (names.length > 1 && start !== '' && !takesOthers) return [`!${start}*`];
  return names.map((name) => `!${name}`);
}

function commonStart(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  while (!others.every((name) => name.startsWith(first.slice(0, length)))) length--;
  return first.slice(0, length);
}
