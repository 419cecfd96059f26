/** The set-ups of readers that docs/outputs.md has, with the readers themselves: only ports and paths are others. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { socketLine } from '../../sink/udp/socket-table.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { freePort } from '../../support/ports.js';
import { offline, runProgram } from '../../support/program.js';
import { readProjectFile } from '../../support/project.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

const page = readProjectFile('docs/outputs.md');
const replay = ['-r', join(fixturesFolder, 'tcp-session.pcap'), '--interval', '1s', ...offline];

/** The first block behind a heading, with these texts in place of others. */
function setUp(heading: string, changes: Readonly<Record<string, string>>): string {
  const [, block] = /```text\n(.*?)```/s.exec(page.slice(page.indexOf(`\n## ${heading}\n`)))!;
  return Object.entries(changes).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `${heading} has ${from}`);
    return text.replaceAll(from, to);
  }, block!);
}

/** Daemons are in /usr/sbin, which is not on every user's path. */
const path = `${process.env['PATH']}:/usr/sbin:/sbin`;

async function startReader(
  context: TestContext,
  [command, ...args]: readonly [string, ...string[]],
  port: number,
): Promise<void> {
  const reader = spawn(command, args, { env: { ...process.env, PATH: path }, stdio: 'ignore' });
  context.after(async () => {
    const ended = once(reader, 'exit');
    reader.kill('SIGTERM');
    await ended;
  });
  await until(`${command} listens`, () => isListening(port));
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

describe('a set-up that docs/outputs.md has', { skip: noNetwork }, () => {
  const folder = temporaryFolder();

  /** What a reader that writes lines of records has in the end is what stdout gets. */
  async function assertTaken(target: string, file: string): Promise<void> {
    const { stdout: expected } = await runProgram([...replay, '--to', '-']);
    const { exitCode, stderr } = await runProgram([...replay, '--to', target]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
    const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
    // nginx writes a newline behind a body, which ends in one.
    const taken = () =>
      lines()
        .filter((line) => line !== '')
        .map((line) => `${line}\n`)
        .join('');
    await until('all is written', () => taken().length >= expected.length, taken);
    assert.equal(taken(), expected);
    assert.ok(expected.split('\n').length > 2);
  }

  for (const [scheme, template] of [
    ['tcp', '%rawmsg%'],
    ['syslog+tcp', '%msg%'],
  ] as const) {
    test(`of rsyslog takes records by ${scheme}`, async (context) => {
      const port = await freePort();
      const file = join(folder.path, `${scheme}.jsonl`);
      const changes = { '"5170"': `"${port}"`, '/var/log/flows.jsonl': file, '%rawmsg%': template };
      const settings = folder.file(`${scheme}.conf`, setUp('rsyslog', changes));
      const pid = join(folder.path, `${scheme}.pid`);
      await startReader(context, ['rsyslogd', '-n', '-f', settings, '-i', pid], port);
      await assertTaken(`${scheme}://127.0.0.1:${port}`, file);
    });
  }

  test('of nginx takes records by HTTP', async (context) => {
    const [port, inner] = [await freePort(), await freePort()];
    const file = join(folder.path, 'nginx.jsonl');
    const servers = setUp('nginx, or any other HTTP reader', {
      '8080': String(port),
      '8081': String(inner),
      '/var/log/nginx/flows.jsonl': file,
    });
    const settings = folder.file('nginx.conf', `user root; events {} http { ${servers} }`);
    const own = `daemon off; pid ${join(folder.path, 'nginx.pid')};`;
    const errors = join(folder.path, 'nginx.errors');
    await startReader(context, ['nginx', '-c', settings, '-e', errors, '-g', own], port);
    await assertTaken(`http://127.0.0.1:${port}/flows?compress=none`, file);
  });

  test('of nfdump takes flows by IPFIX', async (context) => {
    const port = await freePort();
    const files = join(folder.path, 'nfdump');
    const changes = { '/var/cache/nfdump/pcap-agg': files, '9995': String(port), '0.0.0.0': '127.0.0.1' };
    const [make, receive, show] = setUp('nfdump and pmacct, by IPFIX', changes).split('\n');
    const shell = (line: string) =>
      execFileSync('sh', ['-c', line], { encoding: 'utf8', env: { ...process.env, PATH: path } });
    shell(make!);
    const reader = spawn('sh', ['-c', `exec ${receive}`], { env: { ...process.env, PATH: path } });
    context.after(() => reader.kill('SIGKILL'));
    let said = '';
    for (const stream of [reader.stdout, reader.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    await until(
      'nfcapd listens',
      () => said.includes('Startup nfcapd'),
      () => said,
    );
    const { exitCode, stderr } = await runProgram([...replay, '--to', `ipfix://127.0.0.1:${port}`]);
    assert.equal(exitCode, 0, stderr);
    await until('nfcapd has read all', () => socketLine(port).usedBytes === 0);
    const ended = once(reader, 'exit');
    reader.kill('SIGTERM');
    await ended;
    const shown = shell(show!);
    assert.match(shown, /172\.17\.0\.1/);
    assert.match(shown, /Summary: total flows: [1-9]/);
  });
});
