/** A real DNS server for tests: dnsmasq, in the foreground, knowing only what it is told. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { until } from './until.js';

/** Debian's package dnsmasq-base puts it into /usr/sbin, which is not on every user's path. */
const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };

/** Why tests that need it are skipped, or false. */
export const noDnsmasq: string | false =
  spawnSync('dnsmasq', ['--version'], { env: environment, stdio: 'ignore' }).status === 0
    ? false
    : 'dnsmasq is not installed (Debian: apt-get install dnsmasq-base)';

const mostTries = 10;

/**
 * Listens on `addresses` and resolves when it does. `records` are dnsmasq's options without their dashes:
 * "host-record=name,address", "ptr-record=…", "local=/2.0.192.in-addr.arpa/". `prefix` goes before it:
 * ['ip', 'netns', 'exec', name].
 */
export async function startDnsmasq(
  addresses: readonly string[],
  port: number,
  records: readonly string[],
  prefix: readonly string[] = [],
): Promise<ChildProcess> {
  const options = [
    ...['no-daemon', 'no-resolv', 'no-hosts', 'conf-file=', 'pid-file', 'bind-interfaces', `port=${port}`],
    ...addresses.map((address) => `listen-address=${address}`),
    `user=${userInfo().username}`,
    ...records,
  ].map((option) => `--${option}`);
  for (let tries = 1; ; tries++) {
    const [command, ...words] = [...prefix, 'dnsmasq', ...options];
    const child = spawn(command!, words, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const seen = () => {
      child.kill();
      return said;
    };
    await until('dnsmasq has started', () => hasEnded(child) || said.includes('started'), seen);
    if (!hasEnded(child)) return child;
    // Other tests delete interfaces while it goes through the list of them.
    if (tries === mostTries || !said.includes('failed to find list of interfaces'))
      throw new Error(`dnsmasq ended: ${said}`);
  }
}

/** Resolves when it has ended. Safe to call again. */
export async function stopDnsmasq(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return;
  server.kill();
  await once(server, 'exit');
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
