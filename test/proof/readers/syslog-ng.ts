/**
 * syslog-ng, which as a Debian package cannot be installed beside rsyslog: its packages are fetched and unpacked into the
 * case's folder, and it runs from there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListening, linesOf, type ReaderProcess, readerProcess } from '../../support/readers/process.js';
import type { Ground } from '../ground.js';
import { type Received, received } from '../received.js';

/** What Debian's bookworm needs beside what every system has. */
const packages = ['syslog-ng-core', 'libivykis0', 'libnet1', 'libpcre3'];

/** Why it cannot be had here, or false. */
export const noSyslogNg: string | false = isKnownToApt() ? false : 'no apt that has syslog-ng';

function isKnownToApt(): boolean {
  const { status, stdout } = spawnSync('apt-cache', ['policy', ...packages], { encoding: 'utf8' });
  return status === 0 && stdout.match(/Candidate: \d/g)?.length === packages.length;
}

export interface SyslogNg extends Pick<ReaderProcess, 'start' | 'stop'> {
  readonly port: number;
  got(): Received;
}

export type SyslogNgInput = 'network' | 'syslog' | 'tls';

export async function syslogNg(ground: Ground, input: SyslogNgInput): Promise<SyslogNg> {
  const port = await ground.port();
  const root = unpack(ground);
  const own = join(ground.folder, 'syslog-ng');
  mkdirSync(own);
  const [file, settings] = [join(own, 'out'), join(own, 'settings')];
  writeFileSync(settings, settingsOf(ground, input, port, file));
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const places = [
    `--module-path=${join(root, 'usr/lib/syslog-ng/3.38')}`,
    ...['-f', settings, '-R', join(own, 'state'), '-p', join(own, 'pid'), '-c', join(own, 'control')],
  ];
  const reader = readerProcess(ground, {
    words: [join(root, 'usr/sbin/syslog-ng'), '-F', '--no-caps', ...places],
    environment: {
      LD_LIBRARY_PATH: `${libraries}:${join(root, 'lib/x86_64-linux-gnu')}:${join(root, 'usr/lib/syslog-ng')}`,
    },
    isReady: () => isListening(port),
  });
  return { port, start: reader.start, stop: reader.stop, got: () => received(linesOf(file)) };
}

function unpack(ground: Ground): string {
  const root = join(ground.folder, 'root');
  mkdirSync(root);
  execFileSync('apt-get', ['download', '-q', ...packages], { cwd: ground.folder, stdio: 'ignore' });
  for (const archive of readdirSync(ground.folder).filter((name) => name.endsWith('.deb')))
    execFileSync('dpkg', ['-x', join(ground.folder, archive), root]);
  return root;
}

function settingsOf(ground: Ground, input: SyslogNgInput, port: number, file: string): string {
  const place = `ip("127.0.0.1") port(${port}) log-iw-size(10000)`;
  const { ca, good } = input === 'tls' ? ground.certificates() : { ca: '', good: { key: '', cert: '' } };
  const tls = `tls(key-file("${good.key}") cert-file("${good.cert}") ca-file("${ca}") peer-verify(optional-untrusted))`;
  const source = {
    network: `network(${place} transport("tcp") flags(no-parse))`,
    syslog: `syslog(${place} transport("tcp"))`,
    tls: `syslog(${place} transport("tls") ${tls})`,
  }[input];
  return [
    '@version: 3.38',
    'options { keep-hostname(yes); log-msg-size(65536); };',
    `source flows { ${source}; };`,
    `destination file { file("${file}" template("$MSG\\n")); };`,
    'log { source(flows); destination(file); flags(flow-control); };',
    '',
  ].join('\n');
}
