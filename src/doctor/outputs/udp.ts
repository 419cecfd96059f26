/** An output by UDP: whether its name has an address, and whether anybody listens there, as far as UDP can tell. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolveBySystem } from '../../sink/addresses.js';
import { parseTarget, type Target } from '../../sink/target.js';
import { asRoot } from '../commands.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { isOwnAddress } from '../own-addresses.js';
import { codeOf } from './connect.js';
import type { OutputSubject } from './output.js';

export async function findingOnDatagrams(output: OutputSubject): Promise<Finding> {
  let target: Target;
  try {
    target = parseTarget(output.target, undefined, output.scheme);
  } catch (error) {
    return fail((error as Error).message);
  }
  const { name, host, port } = target;
  let addresses: readonly string[];
  try {
    addresses = isIP(host) === 0 ? await resolveBySystem(host) : [host];
  } catch (error) {
    return fail(`${name}: the name has no address (${codeOf(error)})`, `getent ahosts ${host}`);
  }
  let problem = '';
  // In the order in which the sink would go on from one to the next.
  for (const address of addresses) {
    problem = (await problemAt(address, port)) ?? '';
    if (problem === '') return reachable(target, address);
  }
  if (problem === 'ECONNREFUSED') {
    const what = `${name}: nobody listens there; start the collector, or name another with --to`;
    return fail(what, addresses.some(isOwnAddress) ? `ss -lunp sport = :${port}` : undefined);
  }
  return fail(`${name}: cannot be reached (${problem})`, `ip route get ${addresses.at(-1)}`);
}

function reachable({ name, host, port }: Target, address: string): Finding {
  const where = host === address ? name : `${name} (${address})`;
  if (!isOwnAddress(address)) return ok(`${where}: nothing came back, which is all that UDP can tell`);
  const drops = dropsAt(port);
  if (drops === 0) return ok(`${where}: a collector listens`);
  return warn(
    `${where}: a collector listens, and has lost ${drops} datagrams since it started, its receive buffer being full`,
    asRoot('sysctl -w net.core.rmem_default=8388608 net.core.rmem_max=8388608'),
  );
}

/** A refusal comes back from this host at once, and from any other within a round trip. */
const patienceMs = 1_000;

/** Sends an empty datagram, which no collector takes for a record. Resolves to the error's code, undefined for silence. */
function problemAt(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const finish = (error?: Error | null) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      resolve(error ? codeOf(error) : undefined);
    };
    const timer = setTimeout(finish, patienceMs);
    socket.on('error', finish);
    socket.connect(port, address, (error?: Error) => {
      if (error) finish(error);
      else socket.send(new Uint8Array(), (failure) => failure && finish(failure));
    });
  });
}

/** Columns of /proc/net/udp (proc(5)); the last one is how many datagrams the socket had no room for. */
const localAddressColumn = 1;
const inodeColumn = 9;

/** What the sockets at this port had no room for. */
function dropsAt(port: number): number {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = ['/proc/net/udp', '/proc/net/udp6'].flatMap((path) => rowsOf(path));
  const here = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[localAddressColumn]?.endsWith(`:${hexadecimal}`));
  // A socket that is opened anywhere between two reads of the table shifts its rows, and one comes twice.
  const drops = new Map(here.map((columns) => [columns[inodeColumn], Number(columns.at(-1))]));
  return [...drops.values()].reduce((sum, dropped) => sum + dropped, 0);
}

function rowsOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(1);
  } catch {
    return [];
  }
}
