/** What the program may do once everything is open: nothing. And that it does its work all the same. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { named } from '../enrich/names/dns-rig.js';
import { startDnsServer } from '../enrich/names/scripted-dns-server.js';
import { assertCollected } from '../support/accounting.js';
import { openCollector } from '../support/collector.js';
import { fixturesFolder } from '../support/fixtures.js';
import { installProgram } from '../support/installed-program.js';
import { offline, type RunningProgram, type StartOptions, startProgram } from '../support/program.js';
import { harmless, nobody, noOtherUsers, rightsOf, withNetRaw, withoutRights } from '../support/rights.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { openCaptureRig, targetPort } from './capture-rig.js';

const netRaw = '2000';
const engines = ['cap', 'batch'] as const;

/** Starts the program, and kills what is left of it when the test has ended. */
function start(context: TestContext, args: readonly string[], options: StartOptions = {}): RunningProgram {
  const program = startProgram(args, options);
  context.after(() => program.child.kill('SIGKILL'));
  return program;
}

/** Serves ranges in which the addresses of all tests' networks are. */
async function serveRanges(context: TestContext): Promise<string> {
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ here: { prefixes_ipv4: ['198.18.0.0/15'], prefixes_ipv6: [] } })),
  ).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Who opened the UDP socket with this port: proc(5), net/udp. */
function ownerOf(port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/udp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return Number(rows.find(([, local]) => local?.endsWith(end))?.[7]);
}

describe('started as root, the program', { skip: noOtherUsers, concurrency: 2 }, () => {
  // Whatever it loads after it gave up root, it cannot load from here.
  const program = installProgram({ mode: 0o700, withAddon: true });
  const folder = temporaryFolder();
  execFileSync('chmod', ['a+x', folder.path]);

  for (const engine of engines) {
    test(`gives it up with ${engine}, and captures, sends, asks and keeps what it learns`, async (context) => {
      const { veth, collector, send } = await openCaptureRig(context);
      const dns = await startDnsServer(named(() => 'named.example'));
      context.after(() => dns.close());
      const cache = join(folder.path, engine);
      const running = start(
        context,
        [
          ...[
            '-i',
            veth.host,
            '--engine',
            engine,
            '--interval',
            '200ms',
            '--to',
            `127.0.0.1:${collector.port}`,
          ],
          ...['--dns', dns.address, '--datadog-ranges', await serveRanges(context), `udp port ${targetPort}`],
        ],
        { program, env: { ...process.env, CACHE_DIRECTORY: cache } },
      );
      await until('it captures', () => running.stderr().includes('capturing on'));
      assert.deepEqual(rightsOf(running.child.pid), harmless(nobody));

      // A name comes in the window after the one that asked.
      const isNamed = () => collector.records.at(-1)?.['source_HOST'] === 'named.example';
      for (let windows = 0; windows < 20 && !isNamed(); windows++) await send(20);
      await until('the ranges are kept', () => readdirSync(cache).some((name) => name.endsWith('.json')));
      assert.equal(statSync(cache).uid, nobody);

      veth.remove();
      await until('the loss is reported', () => running.stderr().includes('waiting for it to come back'));
      veth.recreate();
      await until('the ledger, asked for by a signal, has the gap', () => {
        running.child.kill('SIGUSR1');
        return running.stderr().includes(' 1 gap');
      });
      await send(10);
      assert.deepEqual(rightsOf(running.child.pid), harmless(nobody), 'of threads that were made later, too');
      const { source_HOST, target_HOST, datadog_service } = collector.records.at(-1) ?? {};
      assert.deepEqual(
        [source_HOST, target_HOST, datadog_service],
        ['named.example', 'named.example', 'here'],
      );

      running.child.kill('SIGTERM');
      await assertCollected(await running.finished, collector);
    });
  }

  test('looks up the sockets of SYNs in a thread that has no right, either', async (context) => {
    const server = createServer().listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const collector = await openCollector();
    context.after(() => collector.close());
    const words = ['-i', 'lo', '--schema', 'full', '--owners', 'syn', '--interval', '200ms', ...offline];
    const to = ['--to', `127.0.0.1:${collector.port}`];
    const running = start(context, [...words, ...to, `tcp port ${port}`], { program });
    await until('it captures', () => running.stderr().includes('capturing on'));
    const client = connect(port, '127.0.0.1');
    context.after(() => client.destroy());
    await once(client, 'connect');
    await until('the socket is told', () =>
      collector.records.some((record) => record['client_owner_from'] === 'socket'),
    );
    const told = collector.records.find((record) => record['client_owner_from'] === 'socket');
    assert.equal(told?.['client_owner_user_id'], 0);
    assert.deepEqual(rightsOf(running.child.pid), harmless(nobody));
    running.child.kill('SIGTERM');
    const { exitCode, stderr } = await running.finished;
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: owners: .*; [1-9]\d* found by their SYN, of \d+ SYNs looked up, /m);
  });

  test("asks for the collector's name as who it has become", async (context) => {
    const askers: number[] = [];
    const dns = await startDnsServer({
      host: '127.83.0.1',
      port: 53,
      udp: ({ sender }) => askers.push(ownerOf(sender.port)),
    });
    context.after(() => dns.close());
    const asks = ['sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"'];
    const resolvConf = folder.file('resolv.conf', 'nameserver 127.83.0.1\n');
    start(context, ['-i', 'lo', '--to', 'collector.example:9', ...offline], {
      program,
      prefix: ['unshare', '--mount', ...asks, resolvConf],
    });
    await until('it asks', () => askers.length > 0);
    assert.deepEqual([dns.asked[0], askers[0]], ['collector.example', nobody]);
  });

  test('says why, where it would need it again', async (context) => {
    const { veth, collector, capture: _, send } = await openCaptureRig(context);
    // Without the addon, cap has to be opened anew.
    const running = start(
      context,
      [
        ...['-i', veth.host, '--interval', '200ms', ...offline],
        ...['--to', `127.0.0.1:${collector.port}`, `udp port ${targetPort}`],
      ],
      { program: installProgram({ mode: 0o700, withAddon: false }) },
    );
    await until('it captures', () => running.stderr().includes('capturing on'));
    assert.deepEqual(
      rightsOf(running.child.pid).map(({ users, capabilities }) => [users, capabilities]),
      [[String(nobody), '0']],
    );
    await send(10);
    veth.remove();
    await until('the loss is reported', () => running.stderr().includes('waiting for it to come back'));
    veth.recreate();
    const { exitCode, stderr } = await running.finished;
    assert.equal(exitCode, 77, stderr);
    const reason =
      'the interface is back, but opening it anew takes the right to capture, which was given up after the start; ' +
      'restart pcap-agg, or let it keep the right with "-Z root"';
    assert.ok(stderr.includes(`pcap-agg: -i ${veth.host}: ${reason}\n`), stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  test('gives it up before it reads one of several files', async (context) => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = openSync(pipe, constants.O_RDWR);
    const capture = join(fixturesFolder, 'tcp-session.pcap');
    const running = start(context, ['-r', pipe, '-r', capture, '--interval', '1h', '--to', '-', ...offline], {
      program,
    });
    await until('its threads have given up root', () =>
      rightsOf(running.child.pid).every(({ users }) => users === String(nobody)),
    );
    const rights = rightsOf(running.child.pid).map(({ noNewPrivileges: _, ...rest }) => rest);
    assert.deepEqual(rights, [
      { users: String(nobody), groups: String(nobody), supplementaryGroups: '', capabilities: '0' },
    ]);
    writeSync(writer, readFileSync(capture));
    closeSync(writer);
    const { exitCode, stdout, stderr } = await running.finished;
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).count),
      [8, 6],
    );
  });

  test('becomes nobody by its number where there are no accounts, as in a container from scratch', async (context) => {
    const hide = 'mount --bind /dev/null /etc/passwd && exec "$0" "$@"';
    const running = start(context, [...offline, '--to', '-', '-i', 'lo'], {
      program,
      prefix: ['unshare', '--mount', 'sh', '-c', hide],
    });
    await until('it captures', () => running.stderr().includes('capturing on'));
    assert.deepEqual(rightsOf(running.child.pid), harmless(nobody));
  });

  test('becomes the user who called sudo, and whom -Z names before that', async (context) => {
    const sudo = { SUDO_UID: '4321', SUDO_GID: '4322', SUDO_USER: 'somebody' };
    const rightsWith = async (...args: readonly string[]) => {
      const running = start(context, [...offline, '--to', '-', '-i', 'lo', ...args], {
        program,
        env: { ...process.env, ...sudo },
      });
      await until('it captures', () => running.stderr().includes('capturing on'));
      return rightsOf(running.child.pid);
    };
    assert.deepEqual(await rightsWith(), harmless(4321, 4322));
    assert.deepEqual(await rightsWith('-Z', 'nobody'), harmless(nobody));
    assert.deepEqual(await rightsWith('-Z', '4323:4324'), harmless(4323, 4324));
    assert.deepEqual(await rightsWith('-Z', '4325'), harmless(4325));
    const [root, ...others] = await rightsWith('-Z', 'root');
    assert.deepEqual([root?.users, root?.noNewPrivileges, others], ['0', false, []]);
    assert.notEqual(root?.capabilities, '0');
  });

  test('does not start where it cannot give it up', async (context) => {
    const refusal = async (args: readonly string[], prefix: readonly string[] = []) => {
      const { exitCode, stdout, stderr } = await start(context, [...offline, '-i', 'lo', ...args], {
        program,
        prefix,
      }).finished;
      return { exitCode, stdout, stderr };
    };
    // The second would be an option of the program that looks it up.
    for (const user of ['no-such-user', '-1']) {
      assert.deepEqual(await refusal(['-Z', user]), {
        exitCode: 2,
        stdout: '',
        stderr: `pcap-agg: -Z ${user}: there is no such user; name one that exists, write numbers (UID or UID:GID), or root to stay root\n`,
      });
    }
    const { exitCode, stdout, stderr } = await refusal([], ['setpriv', '--bounding-set=-setuid,-setgid']);
    assert.deepEqual({ exitCode, stdout }, { exitCode: 77, stdout: '' });
    assert.match(
      stderr,
      /^pcap-agg: -Z nobody: this process may not become nobody \(EPERM.*\); give it CAP_SETUID and CAP_SETGID, or stay root with "-Z root"\n$/,
    );
  });
});

describe('started by an ordinary user with CAP_NET_RAW alone, the program', { skip: noOtherUsers }, () => {
  const program = installProgram({ mode: 0o755, withAddon: true });
  const bare = installProgram({ mode: 0o755, withAddon: false });

  for (const engine of engines) {
    test(`captures with ${engine}, and gives up that too`, async (context) => {
      const { veth, collector, send } = await openCaptureRig(context);
      const running = start(
        context,
        [
          ...['-i', veth.host, '--engine', engine, '--interval', '200ms', ...offline],
          ...['--to', `127.0.0.1:${collector.port}`, `udp port ${targetPort}`],
        ],
        { program, prefix: withNetRaw },
      );
      await until('it captures', () => running.stderr().includes('capturing on'));
      assert.deepEqual(rightsOf(running.child.pid), harmless(nobody));
      await send(20);
      running.child.kill('SIGTERM');
      const { frames } = await assertCollected(await running.finished, collector);
      assert.equal(frames, 20);
    });
  }

  test('keeps it with -Z root; without the addon it has to, and says so', async (context) => {
    const capabilitiesOf = async (copy: string, ...args: readonly string[]) => {
      const running = start(context, [...offline, '--to', '-', '-i', 'lo', ...args], {
        program: copy,
        prefix: withNetRaw,
      });
      await until('it captures', () => running.stderr().includes('capturing on'));
      running.child.kill('SIGTERM');
      const rights = rightsOf(running.child.pid);
      const { stderr } = await running.finished;
      return [rights.map(({ capabilities }) => capabilities), /keeps its capabilities.*$/m.exec(stderr)?.[0]];
    };
    assert.deepEqual(await capabilitiesOf(program, '-Z', 'root'), [[netRaw], undefined]);
    assert.deepEqual(await capabilitiesOf(bare), [
      [netRaw],
      'keeps its capabilities while it runs, for only the addon can give them up: ' +
        'native/build/Release/capture.node is not there; build it with "npm run bindings"',
    ]);
  });

  test('lists interfaces and reads files without any right, and is told what a capture takes', async (context) => {
    const run = (...args: readonly string[]) =>
      start(context, [...args], { program, prefix: withoutRights }).finished;
    assert.match((await run('-D')).stdout, /^lo +.*127\.0\.0\.1/m);
    const capture = join(fixturesFolder, 'tcp-session.pcap');
    assert.equal((await run('-r', capture, '--to', '-', ...offline)).exitCode, 0);
    const { exitCode, stderr } = await run('-i', 'lo', ...offline);
    assert.equal(exitCode, 77);
    assert.equal(
      stderr,
      'pcap-agg: -i lo: no right to capture packets (CAP_NET_RAW); run it with sudo, or give the right to a service or ' +
        'to a copy of node, as docs/permissions.md shows\n',
    );
  });
});
