/** The examples of README and docs: every line of their shell blocks is run here, or has its reason not to be. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fixturesFolder } from '../support/fixtures.js';
import { programPath } from '../support/program.js';
import { projectFiles, readProjectFile } from '../support/project.js';
import { nobody } from '../support/rights.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { ip, noNetwork, untilItCarries } from '../support/veth.js';

/** How lines begin that are not run, and why. */
const notRun: readonly (readonly [start: string, reason: string])[] = [
  ['npm ', 'sets up a checkout or a whole host: this very run began with it'],
  ['CXXFLAGS=', "installs into the host's own folders"],
  ['cd ', 'goes where the package was installed'],
  ['sudo cp ', 'changes the host: systemd.test.ts tests the unit'],
  ['echo ', 'changes the host'],
  ['sudo systemctl ', 'takes systemd as the first process'],
  ['sudo groupadd ', "changes the host's groups"],
  ['sudo install ', 'changes the host'],
  ['sudo setcap ', 'changes a program of the host: privileges.test.ts tests what follows from it'],
  ['node-pcap ', 'runs what the lines before it have made'],
];

/** As a person reads them: without comments, and a line that ends in a backslash with the next one. */
function examples(): string[] {
  const pages = ['README.md', ...projectFiles('docs', '.md')];
  const blocks = pages.flatMap((page) => [...readProjectFile(page).matchAll(/^```sh\n(.*?)^```$/gms)]);
  const lines = blocks.flatMap(([, block]) => block!.replaceAll('\\\n', ' ').trim().split('\n'));
  return [...new Set(lines.map((line) => line.replace(/ +# .*/, '')))];
}

/** The table of fields that docs/schemas.md shows. */
function ownSchema(): string {
  return /^```json\n(\[.*?^\])/ms.exec(readProjectFile('docs/schemas.md'))![1]!;
}

const lines = examples();
const isRun = (line: string) => !notRun.some(([start]) => line.startsWith(start));

test('every reason not to run an example has one', () => {
  const idle = notRun.filter(([start]) => !lines.some((line) => line.startsWith(start)));
  assert.deepEqual(idle, []);
});

describe('examples', { skip: noNetwork }, () => {
  const folder = temporaryFolder();
  const namespaces = ['a', 'b'].map((end) => `pe${randomInt(0x1000000).toString(36)}${end}`);
  const [here, there] = namespaces as [string, string];
  const children: ChildProcessWithoutNullStreams[] = [];

  /** A shell of its own process group, in the namespace whose eth0 the examples capture on. */
  function start(line: string): { child: ChildProcessWithoutNullStreams; output: () => string } {
    const child = spawn('ip', ['netns', 'exec', here, 'sh', '-c', line], {
      cwd: folder.path,
      detached: true,
      env: { ...process.env, PATH: `${folder.path}${delimiter}${process.env['PATH']}` },
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    return { child, output: () => output };
  }

  before(async () => {
    const command = (name: string, text: string) => {
      writeFileSync(join(folder.path, name), `#!/bin/sh\n${text} "$@"\n`);
      chmodSync(join(folder.path, name), 0o755);
    };
    command('pcap-agg', `exec '${process.execPath}' '${programPath}'`);
    // The test is root already, and has the environment.
    command('sudo', '[ "$1" != -E ] || shift; exec');
    const capture = readFileSync(join(fixturesFolder, 'tcp-session.pcap'));
    for (const name of ['capture.pcap', 'monday.pcap']) writeFileSync(join(folder.path, name), capture);
    writeFileSync(join(folder.path, 'tuesday.pcap.gz'), gzipSync(capture));
    writeFileSync(join(folder.path, 'own.json'), ownSchema());
    // Whom root becomes rotates files in it.
    chownSync(folder.path, nobody, nobody);
    for (const name of namespaces) ip('netns', 'add', name);
    ip('-n', here, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', there);
    namespaces.forEach((name, index) => {
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'addr', 'add', `198.18.255.${index + 1}/30`, 'dev', 'eth0');
      ip('-n', name, 'link', 'set', 'eth0', 'up');
    });
    for (const name of namespaces) untilItCarries(['ip', '-n', name], 'eth0');
    ip('-n', here, 'route', 'add', 'default', 'via', '198.18.255.2');
    // A reader for outputs by TCP.
    start(`exec '${process.execPath}' -e 'net.createServer((socket) => socket.resume()).listen(5170)'`);
    // Traffic from the far end, for as long as the tests run.
    start(`exec ip netns exec ${there} ping -q -i 0.05 198.18.255.1`);
  });
  after(() => {
    for (const { pid } of children) {
      try {
        process.kill(-pid!, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    for (const name of namespaces) ip('netns', 'del', name);
  });

  for (const line of lines.filter(isRun)) {
    test(line, async () => {
      const { child, output } = start(line);
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      const isReady = () => /^(pcap-agg: (capturing on|reading stdin)|listening on \d)/m.test(output());
      await until('it runs, or has ended', () => isOver() || isReady(), output);
      const verifies = line.includes(' verify ');
      if (!isOver() && !verifies) {
        const hasPackets = () => {
          signal(child, 'USR1', 'node');
          return /^pcap-agg: [1-9]\d* packets aggregated/m.test(output());
        };
        await until('it has packets', hasPackets, output);
      }
      if (!isOver()) signal(child, 'INT', '(node|tcpdump)');
      const exitCode = await ended;
      // It prepares the ground for the next example.
      if (!line.includes('pcap-agg')) return assert.equal(exitCode, 0, output());
      if (line.includes(' doctor ')) assert.match(output(), /^(ok|note|warn|fail) +libpcap /m);
      // No numbered record came.
      else if (verifies) assert.equal(exitCode, 1, output());
      else {
        assert.match(output(), /^pcap-agg: balanced$/m);
        assert.equal(exitCode, 0, output());
      }
    });
  }
});

/** As Ctrl-C on a terminal does, but not to the shell, whose exit code is looked at. */
function signal({ pid }: ChildProcessWithoutNullStreams, name: string, programs: string): void {
  spawnSync('pkill', [`-${name}`, '-g', String(pid), '-f', `^[^ ]*${programs} `]);
}
