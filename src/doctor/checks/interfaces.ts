/** The interfaces to capture on: whether each is there, up, and lets itself be opened with the filter. */
import { readFileSync } from 'node:fs';
import { defaultInterface } from '../../source/live/default-route.js';
import { type Interface, interfaceState, listInterfaces } from '../../source/live/interfaces.js';
import { mayCapture, rehearse } from '../../source/live/rehearsal.js';
import { asRoot } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const interfaces: Check = { name: 'interfaces', run };

async function run({ interfaces: names, live }: Subject): Promise<Finding[]> {
  const listed = await listInterfaces().catch(() => []);
  return names.map((name) => findingOn(name, live, listed));
}

function findingOn(given: string, live: Subject['live'], listed: readonly Interface[]): Finding {
  const name = given === 'auto' ? defaultInterface() : given;
  const names = listed.map((one) => one.name).join(', ');
  if (name === undefined) return fail(`no default route chooses one; name one of ${names} with -i`);
  const state = interfaceState(name);
  if (state === undefined) return fail(`there is no ${name}; name one of ${names} with -i`);
  if (!state.up) return fail(`${name} is down`, asRoot(`ip link set ${name} up`));
  const problem = openingProblem(name, live);
  if (problem !== undefined) return fail(problem);
  const addresses = listed.find((one) => one.name === name)?.addresses ?? [];
  const chosen = given === 'auto' ? ['the default route leads there'] : [];
  const found = [`${name} is up`, ...chosen, ...addresses].join(', ');
  if (hasCarrier(name)) return ok(found);
  return warn(`${found}, but nothing is connected to it`, `ip -statistics link show ${name}`);
}

/** What opening it comes to; undefined for nothing, and without the right to try. */
function openingProblem(name: string, live: Subject['live']): string | undefined {
  if (!mayCapture()) return undefined;
  try {
    rehearse({ ...live, interface: name });
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
