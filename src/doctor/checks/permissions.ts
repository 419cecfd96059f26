/** The right to capture: CAP_NET_RAW, which root has, unless somebody took it away. */
import { readFileSync } from 'node:fs';
import { identityToAssume, type PrivilegeFacts } from '../../host/rights/privileges.js';
import { shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject } from '../finding.js';

export const permissions: Check = { name: 'permissions', run };

/** The number of CAP_NET_RAW in capabilities(7). */
const netRaw = 13n;

async function run({ user, privileges, command }: Subject): Promise<Finding[]> {
  if (process.platform !== 'linux')
    return [ok('whoever may read /dev/bpf* may capture; anybody may read files and text')];
  const status = readFileSync('/proc/self/status', 'utf8');
  const isRoot = privileges.uid === 0;
  if (!hasNetRaw(status, 'CapBnd')) {
    const remedy =
      'start it with docker run --cap-add=NET_RAW, or with CapabilityBoundingSet=CAP_NET_RAW in its unit';
    return [
      fail(`the container or service keeps CAP_NET_RAW, the right to capture, from everybody; ${remedy}`),
    ];
  }
  if (!hasNetRaw(status, 'CapEff')) {
    const remedy = isRoot ? 'setpriv --inh-caps=+net_raw --ambient-caps=+net_raw' : 'sudo';
    return [
      fail(
        `${nameOf(privileges)} has no CAP_NET_RAW, the right to capture`,
        `${remedy} ${shellWords(command)}`,
      ),
    ];
  }
  if (!isRoot) return [ok(`${nameOf(privileges)} has CAP_NET_RAW, until everything is open`)];
  return [ok(`root, ${successor(user, privileges)}`)];
}

/** An unknown user is reported where root is given up. */
function successor(user: string | undefined, privileges: PrivilegeFacts): string {
  try {
    const identity = identityToAssume(user, privileges);
    return identity === undefined ? 'and stays root' : `until everything is open; then ${identity.name}`;
  } catch {
    return `until everything is open; then ${user}`;
  }
}

/** `set` is a name of proc(5)'s. */
function hasNetRaw(status: string, set: string): boolean {
  const capabilities = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${capabilities}`) >> netRaw) & 1n) === 1n;
}

function nameOf({ uid }: PrivilegeFacts): string {
  return uid === 0 ? 'root' : `user ${uid}`;
}
