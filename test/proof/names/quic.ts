/** QUIC by ngtcp2's example server and client, which are packages of Debian. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runThere } from '../../support/names/clients.js';
import type { NamesNetwork } from '../../support/names/network.js';
import { listens } from '../../support/names/servers.js';
import type { Certificate } from '../../support/readers/certificates.js';
import { readerProcess } from '../../support/readers/process.js';
import type { Ground } from '../ground.js';

/** Debian's server is in /usr/sbin, which is not on every user's path. */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const isThere = (command: string) => spawnSync(command, ['--help'], { env, stdio: 'ignore' }).status === 0;

/** Why a case is skipped, or false. */
export const noQuicServer: string | false = isThere('gtlsserver')
  ? false
  : 'gtlsserver is not installed (Debian: apt-get install ngtcp2-server)';
export const noQuicClient: string | false = isThere('gtlsclient')
  ? false
  : 'gtlsclient is not installed (Debian: apt-get install ngtcp2-client)';

/** On port 443 of all addresses; resolves when it listens. */
export async function startQuicServer(
  ground: Ground,
  { onServers, servers }: NamesNetwork,
  { cert, key }: Certificate,
): Promise<void> {
  const folder = join(ground.folder, 'gtlsserver');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.html'), 'hello');
  await readerProcess(ground, {
    words: [...onServers, 'gtlsserver', '-q', '-d', folder, '*', '443', key, cert],
    isReady: () => listens(servers, 'udp', 443),
  }).start();
}

/** Reads a page of `host`; resolves when it is there. */
export async function fetchByQuic({ onClients }: NamesNetwork, host: string): Promise<void> {
  const words = ['-q', '--exit-on-all-streams-close', host, '443', `https://${host}/`];
  await runThere(onClients, 'gtlsclient', ...words);
}
