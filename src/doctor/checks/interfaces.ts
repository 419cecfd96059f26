/** The interfaces to capture on: whether each is there, up, and lets itself be opened with the filter. */
import { readFileSync } from 'node:fs';
import { defaultInterface } from '../../source/live/interfaces/default-route.js';
import { matchPatterns } from '../../source/live/interfaces/interface-patterns.js';
import { type Interface, interfaceState, listInterfaces } from '../../source/live/interfaces/interfaces.js';
import { doubledAdvice } from '../../source/live/interfaces/stacked-interfaces.js';
import type { LiveOptions } from '../../source/live/live.js';
import { mayCapture, rehearse } from '../../source/live/rehearsal.js';
import { asRoot } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const interfaces: Check = { name: 'interfaces', run };

async function run({ interfaces: given, byPattern, live }: Subject): Promise<Finding[]> {
  const listed = await listInterfaces().catch(() => []);
  const found = byPattern
    ? [findingOnPatterns(given, live, listed)]
    : given.map((name) => findingOn(name, live, listed));
  const names = given.map((name) => (name === 'auto' ? (defaultInterface() ?? name) : name));
  const advice = doubledAdvice(names, byPattern);
  return advice === undefined ? found : [...found, warn(advice)];
}

function findingOnPatterns(
  patterns: readonly string[],
  live: Subject['live'],
  listed: readonly Interface[],
): Finding {
  const problem = openingProblem({ ...live, interface: 'any', patterns });
  if (problem !== undefined) return fail(problem);
  const names = listed
    .map(({ name }) => name)
    .filter((name) => name !== 'any')
    .sort();
  const named = names.filter(matchPatterns(patterns));
  if (named.length > 0) return ok(`${patterns.join(',')} names ${named.join(', ')}`);
  return warn(`${patterns.join(',')} names none of ${names.join(', ')}, and waits for one that it names`);
}

function findingOn(given: string, live: Subject['live'], listed: readonly Interface[]): Finding {
  const name = given === 'auto' ? defaultInterface() : given;
  const names = listed.map((one) => one.name).join(', ');
  if (name === undefined) return fail(`no default route chooses one; name one of ${names} with -i`);
  const state = interfaceState(name);
  if (state === undefined) return fail(`there is no ${name}; name one of ${names} with -i`);
  if (!state.up) return fail(`${name} is down`, asRoot(`ip link set ${name} up`));
  const problem = openingProblem({ ...live, interface: name });
  if (problem !== undefined) return fail(problem);
  const addresses = listed.find((one) => one.name === name)?.addresses ?? [];
  const chosen = given === 'auto' ? ['the default route leads there'] : [];
  const found = [`${name} is up`, ...chosen, ...addresses].join(', ');
  if (hasCarrier(name)) return ok(found);
  return warn(`${found}, but nothing is connected to it`, `ip -statistics link show ${name}`);
}

/** What opening it comes to; undefined for nothing, and without the right to try. */
function openingProblem(options: LiveOptions): string | undefined {
  if (!mayCapture()) return undefined;
  try {
    rehearse(options);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** True where the kernel does not say. */
function hasCarrier(name: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${name}/carrier`, 'utf8').trim() !== '0';
  } catch {
    return true;
  }
}
