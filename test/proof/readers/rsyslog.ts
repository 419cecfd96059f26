/** rsyslogd, writing each message as it came into a file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening, linesOf, type ReaderProcess, readerProcess } from '../../support/readers/process.js';
import type { Ground } from '../ground.js';
import { type Received, received } from '../received.js';

export interface Rsyslog extends ReaderProcess {
  readonly port: number;
  got(): Received;
}

export type Input = 'imtcp' | 'imptcp' | 'imudp' | 'tls';

export interface RsyslogOptions {
  readonly input: Input;
  readonly port?: number;
  /** Words before the command: a namespace. */
  readonly prefix?: readonly string[];
  readonly address?: string;
}

export async function rsyslog(ground: Ground, options: RsyslogOptions): Promise<Rsyslog> {
  const { input, prefix = [], address = '127.0.0.1', port = await ground.port() } = options;
  const file = join(ground.folder, 'rsyslog.out');
  const own = join(ground.folder, 'rsyslog.own');
  const settings = join(ground.folder, 'rsyslog.conf');
  writeFileSync(settings, settingsOf(ground, input, `address="${address}" port="${port}"`, { file, own }));
  const words = [...prefix, 'rsyslogd', '-n', '-f', settings, '-i', join(ground.folder, 'rsyslog.pid')];
  const reader = readerProcess(ground, {
    words: words as [string, ...string[]],
    isReady: () => (input === 'imudp' || prefix.length > 0 ? isUp(own) : isListening(port, address)),
  });
  return {
    port,
    start: reader.start,
    stop: reader.stop,
    get child() {
      return reader.child;
    },
    got: () => received(linesOf(file)),
  };
}

/** rsyslogd's own line at its start; its sockets are open by then. */
const startMark = 'origin software="rsyslogd"';
const isUp = (own: string) => linesOf(own).at(-2)?.includes(startMark) === true;

function settingsOf(
  ground: Ground,
  input: Input,
  place: string,
  files: { readonly file: string; readonly own: string },
): string {
  const module = input === 'tls' ? 'imtcp' : input;
  const tls = ' StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"';
  return [
    `global(workDirectory="${ground.folder}" maxMessageSize="64k" processInternalMessages="on"${input === 'tls' ? driver(ground) : ''})`,
    `module(load="${module}"${input === 'tls' ? tls : ''})`,
    'template(name="raw" type="string" string="%rawmsg%\\n")',
    `input(type="${module}" ${place} ruleset="flows")`,
    `ruleset(name="flows") { action(type="omfile" file="${files.file}" template="raw") }`,
    `action(type="omfile" file="${files.own}" template="raw")`,
    '',
  ].join('\n');
}

function driver(ground: Ground): string {
  const { ca, good } = ground.certificates();
  return ` defaultNetstreamDriverCAFile="${ca}" defaultNetstreamDriverCertFile="${good.cert}" defaultNetstreamDriverKeyFile="${good.key}"`;
}
