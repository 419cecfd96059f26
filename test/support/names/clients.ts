/** The clients' side of a names network: dig, curl and openssl, each run to its end. */
import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { type Addresses, clients, type NamesNetwork, type Prefix, resolver } from './network.js';

/** Why tests that need them are skipped, or false. */
export const noClients: string | false = ['dig', 'curl', 'openssl', 'nginx'].every(
  (command) => spawnSync(command, ['-v'], { env: withSystemFolders() }).error === undefined,
)
  ? false
  : 'dig, curl, openssl or nginx is not installed (Debian: apt-get install bind9-dnsutils curl openssl nginx-light)';

const patienceMs = 30_000;

/** Runs a command to its end and returns what it wrote. Rejects where it fails. */
export async function runThere(prefix: Prefix, ...words: readonly string[]): Promise<string> {
  const [command, ...rest] = [...prefix, ...words];
  const options = { timeout: patienceMs, maxBuffer: 1 << 26, env: withSystemFolders() };
  return (await promisify(execFile)(command!, rest, options)).stdout;
}

function withSystemFolders() {
  return { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
}

export type Family = keyof Addresses;

export interface LookUpOptions {
  readonly client?: Addresses;
  /** Of the way to the resolver. */
  readonly family?: Family;
  readonly type?: 'A' | 'AAAA' | 'HTTPS';
  readonly tcp?: boolean;
  /** Where the question is asked from, which tells it from all others; UDP only. */
  readonly sourcePort?: number;
}

/** Asks for a name's addresses; returns them. */
export async function lookUp(
  { onClients }: NamesNetwork,
  name: string,
  options: LookUpOptions = {},
): Promise<readonly string[]> {
  const { client = clients[0], family = 'ipv4', type = 'A', tcp = false, sourcePort } = options;
  const from = sourcePort === undefined ? client[family] : `${client[family]}#${sourcePort}`;
  const how = ['+short', '+tries=1', ...(tcp ? ['+tcp'] : [])];
  const said = await runThere(onClients, 'dig', `@${resolver[family]}`, '-b', from, ...how, name, type);
  return said.split('\n').filter((line) => /^[\d.]+$|:/.test(line));
}

export interface FetchOptions {
  readonly client?: Addresses;
  readonly family?: Family;
  /** Where to go to, whatever the resolver says. */
  readonly server?: Addresses;
  readonly path?: string;
  /** The scheme's where absent. */
  readonly port?: number;
  readonly scheme?: 'http' | 'https';
}

/** Reads a page of `host`, which may be an address; returns it. The resolver is the system's. */
export function fetchPage(
  { onClients }: NamesNetwork,
  host: string,
  options: FetchOptions = {},
): Promise<string> {
  const { client = clients[0], family = 'ipv4', server, path = '/', port, scheme = 'https' } = options;
  const where = server === undefined ? [] : ['--connect-to', `${host}::${bracketed(server[family])}:`];
  const how = ['-sS', '-k', '-g', family === 'ipv4' ? '-4' : '-6', '--interface', client[family]];
  return runThere(
    onClients,
    'curl',
    ...how,
    ...where,
    `${scheme}://${bracketed(host)}${port === undefined ? '' : `:${port}`}${path}`,
  );
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);

export interface SessionOptions {
  readonly client?: Addresses;
  readonly family?: Family;
  readonly server: Addresses;
  /** Asked for; null asks for none. */
  readonly name: string | null;
  readonly version?: 'tls1_2' | 'tls1_3';
}

export interface Session {
  readonly child: ChildProcessWithoutNullStreams;
  /** Asks for a page; resolves when all of it has come. */
  ask(): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** A connection by openssl s_client(1) that stays open until it is closed. */
export function openSession({ onClients }: NamesNetwork, options: SessionOptions): Session {
  const { client = clients[0], family = 'ipv4', server, name, version = 'tls1_3' } = options;
  const asked = name === null ? ['-noservername'] : ['-servername', name];
  const ends = ['-connect', `${bracketed(server[family])}:443`, '-bind', bracketed(client[family])];
  const [command, ...words] = [
    ...onClients,
    'openssl',
    's_client',
    '-quiet',
    `-${version}`,
    ...ends,
    ...asked,
  ];
  const child = spawn(command!, words);
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let said = '';
  let complaint = '';
  let heard = () => {};
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  return {
    child,
    async ask() {
      const before = said.length;
      const isThere = () => said.slice(before).endsWith('hello');
      child.stdin.write(`GET / HTTP/1.1\r\nHost: ${name ?? 'none'}\r\n\r\n`);
      await new Promise<void>((resolve, reject) => {
        heard = () => isThere() && resolve();
        void ended.then(() => reject(new Error(`openssl s_client ended: ${complaint}`)));
      });
    },
    async close() {
      child.kill();
      await ended;
    },
  };
}
