/** Debian's rsyslogd: each of its inputs writes what it takes, as it came, into a file of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.js';
import type { Certificate } from './certificates.js';

export type RsyslogInput =
  | { readonly module: 'imtcp' | 'imptcp' | 'imudp'; readonly port: number }
  | { readonly module: 'imuxsock'; readonly path: string }
  /** imtcp, by the driver on OpenSSL. */
  | { readonly module: 'tls'; readonly port: number };

export interface RsyslogOptions {
  /** Is made; only this process's user may write there. */
  readonly folder: string;
  readonly inputs: readonly RsyslogInput[];
  readonly tls?: { readonly ca: string; readonly certificate: Certificate };
  /** Goes before it: ['ip', 'netns', 'exec', name]. */
  readonly prefix?: readonly string[];
  readonly address?: string;
}

export interface Rsyslog {
  /** What the input at this position has taken so far, by lines. */
  lines(input: number): string[];
  start(): Promise<void>;
  /** By SIGTERM it writes what it has taken, and ends. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  readonly process: () => ChildProcess;
}

/** Starts it, and resolves when it listens. */
export async function startRsyslog(options: RsyslogOptions): Promise<Rsyslog> {
  const { folder, prefix = [] } = options;
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, 'rsyslog.conf');
  writeFileSync(settings, settingsFor(options));
  let running: ChildProcess | undefined;
  let said = '';
  const rsyslog: Rsyslog = {
    lines(input) {
      const file = join(folder, `${input}.log`);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    },
    async start() {
      const [command, ...words] = [
        ...prefix,
        ...['rsyslogd', '-n', '-f', settings, '-i', join(folder, 'rsyslog.pid')],
      ];
      const child = spawn(command!, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      running = child;
      const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
      await until(
        'rsyslogd listens',
        async () => hasEnded() || (await listens(options)),
        () => said,
      );
      if (hasEnded()) throw new Error(`rsyslogd ended: ${said}`);
    },
    async stop(signal = 'SIGTERM') {
      const child = running;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
    process: () => running!,
  };
  await rsyslog.start();
  return rsyslog;
}

function settingsFor({ folder, inputs, tls, address = '127.0.0.1' }: RsyslogOptions): string {
  const has = (module: string) => inputs.some((input) => input.module === module);
  const driver = 'StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"';
  const files = tls && [
    `defaultNetstreamDriverCAFile="${tls.ca}"`,
    `defaultNetstreamDriverCertFile="${tls.certificate.cert}"`,
    `defaultNetstreamDriverKeyFile="${tls.certificate.key}"`,
  ];
  return [
    `global(workDirectory="${folder}" maxMessageSize="64k" ${files?.join(' ') ?? ''})`,
    'template(name="raw" type="string" string="%rawmsg%\\n")',
    ...(has('imtcp') || has('tls') ? ['module(load="imtcp")'] : []),
    ...(has('imptcp') ? ['module(load="imptcp")'] : []),
    ...(has('imudp') ? ['module(load="imudp")'] : []),
    ...(has('imuxsock') ? ['module(load="imuxsock" SysSock.Use="off")'] : []),
    ...inputs.flatMap((input, position) => {
      const rules = `ruleset="rules${position}"`;
      const place =
        input.module === 'imuxsock' ? `Socket="${input.path}"` : `port="${input.port}" address="${address}"`;
      const [module, more] = input.module === 'tls' ? ['imtcp', driver] : [input.module, ''];
      return [
        `ruleset(name="rules${position}") { action(type="omfile" file="${join(folder, `${position}.log`)}" template="raw") }`,
        `input(type="${module}" ${place} ${rules} ${more})`,
      ];
    }),
    '',
  ].join('\n');
}

/** Its stream inputs take connections, and the others have their sockets. */
async function listens({ inputs, address = '127.0.0.1' }: RsyslogOptions): Promise<boolean> {
  const all = await Promise.all(
    inputs.map((input) => {
      if (input.module === 'imuxsock') return existsSync(input.path);
      return input.module === 'imudp' ? isBoundByUdp(input.port) : accepts(input.port, address);
    }),
  );
  return all.every((is) => is);
}

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** By /proc/net/udp, which shows ports in hexadecimal digits. */
function isBoundByUdp(port: number): boolean {
  const shown = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return readFileSync('/proc/net/udp', 'latin1').includes(shown);
}
