/** Names from the traffic while something is missing, is cut, goes away or is set back. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { buildTool } from '../../../bench/tools.js';
import { assertCollected } from '../../support/accounting.js';
import { pcapFile } from '../../support/captures.js';
import { type Collector, openCollector } from '../../support/collector.js';
import { addressRecord, dnsMessage, dnsName } from '../../support/dns-messages.js';
import { createWallClock, noFaketime } from '../../support/faketime.js';
import { frame } from '../../support/frames.js';
import { installProgram } from '../../support/installed-program.js';
import { nameCounts, unaccounted } from '../../support/name-counts.js';
import { type RunningProgram, runProgram, type StartOptions, startProgram } from '../../support/program.js';
import { cryptoFrame, quicInitial } from '../../support/quic-initials.js';
import { sendFrames } from '../../support/send-frames.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { clientHello, padding, randomBytes, tlsRecords } from '../../support/tls-hellos.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../support/veth.js';

const kinds = ['dns', 'hello', 'split', 'quic'] as const;
type Kind = (typeof kinds)[number];

const nameOf = (kind: Kind, round: number): string => `${kind}${round}.fault.example`;
const segmentBytes = 900;

/** What tells a name of that kind, and a packet of whom it is the name. */
function framesOf(kind: Kind, round: number): Uint8Array[] {
  const name = nameOf(kind, round);
  const server = `192.0.2.${1 + kinds.indexOf(kind)}`;
  const toServer = frame()
    .ethernet()
    .ipv4({ source: `10.9.${round}.1`, target: server });
  switch (kind) {
    case 'dns': {
      const message = dnsMessage({ name: dnsName(name), answers: [addressRecord(server)] });
      const answer = frame()
        .ethernet()
        .ipv4({ source: '192.0.2.53', target: `10.9.${round}.1` });
      return [
        answer.udp({ sourcePort: 53, targetPort: 30_000 }).payload(message).bytes(),
        toServer.udp({ targetPort: 9 }).payload(10).bytes(),
      ];
    }
    case 'hello':
      return [
        toServer
          .tcp()
          .payload(tlsRecords(clientHello({ serverName: name })))
          .bytes(),
      ];
    case 'split': {
      const bytes = tlsRecords(clientHello({ serverName: name, before: [padding(segmentBytes)] }));
      return [0, segmentBytes].map((at) =>
        toServer
          .tcp({ sequence: 1 + at, flags: at === 0 ? 0x10 : 0x18 })
          .payload(bytes.subarray(at, at + segmentBytes))
          .bytes(),
      );
    }
    case 'quic': {
      const hello = clientHello({ serverName: name });
      const initial = quicInitial({ id: randomBytes(round, 8), frames: cryptoFrame(0, hello) });
      return [toServer.udp().payload(initial).bytes()];
    }
  }
}

const allFrames = (round: number): Uint8Array[] => kinds.flatMap((kind) => framesOf(kind, round));

const replayOf = (file: string): string[] => [
  ...['-r', file, '--names', 'traffic', '--schema', 'full', '--datadog-ranges', 'off', '--to', '-'],
];

interface Rig {
  readonly veth: Veth;
  readonly collector: Collector;
  readonly program: RunningProgram;
  send(round: number): void;
  /** Resolves when records show that round's names of these kinds. */
  shows(round: number, of?: readonly Kind[]): Promise<void>;
  /** Ends it; everything adds up. Returns what it has written. */
  end(): Promise<string>;
}

async function openRig(
  context: TestContext,
  words: readonly string[],
  options: StartOptions = {},
): Promise<Rig> {
  const veth = openVeth();
  context.after(() => veth.close());
  const collector = await openCollector();
  context.after(() => collector.close());
  const program = startProgram(
    [
      ...['-i', veth.host, '--to', `127.0.0.1:${collector.port}`, '--interval', '200ms'],
      ...['--datadog-ranges', 'off', '--names', 'traffic', ...words, 'ether src 02:00:00:00:00:01'],
    ],
    options,
  );
  context.after(() => program.child.kill('SIGKILL'));
  await until('it captures', () => program.stderr().includes('capturing on'), program.stderr);
  return {
    veth,
    collector,
    program,
    send: (round) => sendFrames(veth.peer, allFrames(round), veth.namespace),
    async shows(round, of = kinds) {
      for (const kind of of)
        await until(
          `a record shows ${nameOf(kind, round)}`,
          () => namesIn(collector.records).has(nameOf(kind, round)),
          () => `${[...namesIn(collector.records)]}\n${program.stderr()}`,
        );
    },
    async end() {
      program.child.kill('SIGTERM');
      const finished = await program.finished;
      await assertCollected(finished, collector);
      assert.equal(unaccounted(nameCounts(finished.stderr)), 0, finished.stderr);
      return finished.stderr;
    },
  };
}

function namesIn(records: Collector['records']): Set<unknown> {
  return new Set(records.map((record) => record['target_HOST']));
}

describe('names from the traffic', { skip: noNetwork, concurrency: true }, () => {
  const folder = temporaryFolder();

  test('need no addon', async (context) => {
    const program = installProgram({ mode: 0o755, withAddon: false });
    const rig = await openRig(context, ['--engine', 'cap'], { program });
    rig.send(1);
    await rig.shows(1);
    await rig.end();
  });

  test('are whole with batch however little is captured of frames', async (context) => {
    const rig = await openRig(context, ['--engine', 'batch', '-s', '96']);
    rig.send(1);
    await rig.shows(1);
    await rig.end();
  });

  test('go on when the interface has been away, and are remembered', async (context) => {
    const rig = await openRig(context, ['--engine', 'batch']);
    rig.send(1);
    await rig.shows(1);
    rig.veth.remove();
    await until('the loss is reported', () => rig.program.stderr().includes('waiting for it to come back'));
    rig.veth.recreate();
    await until('it captures again', () => rig.program.stderr().includes('capturing again'));
    const before = rig.collector.records.length;
    const more = frame().ethernet().ipv4({ source: '10.9.1.1', target: '192.0.2.2' }).tcp().payload(5);
    sendFrames(rig.veth.peer, [more.bytes(), ...allFrames(2)], rig.veth.namespace);
    await rig.shows(2);
    await until('a later record of the connection has its name', () =>
      namesIn(rig.collector.records.slice(before)).has(nameOf('hello', 1)),
    );
    rig.program.child.kill('SIGTERM');
    const { exitCode, stderr } = await rig.program.finished;
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  // It stamps the frames of cap.
  test('go on when the clock is set back', { skip: noFaketime }, async (context) => {
    const clock = createWallClock(join(folder.path, 'clock'));
    const rig = await openRig(context, ['--engine', 'cap'], {
      env: { ...process.env, TZ: 'UTC', ...clock.environment },
    });
    for (const [round, offset] of [0, -3_600, 3_600, 0].entries()) {
      clock.set(offset);
      rig.send(round);
      await rig.shows(round);
    }
    await rig.end();
  });

  test('of QUIC are left out where OpenSSL does not do its part', async () => {
    const file = folder.file('initials.pcap', pcapFile({}, allFrames(1)));
    const preload = folder.file('without-ciphers.cjs', withoutCiphers);
    const { child, finished } = startProgram(replayOf(file), {
      env: { ...process.env, TZ: 'UTC', NODE_OPTIONS: `--require=${preload}` },
    });
    child.stdin.end();
    const { exitCode, stdout, stderr } = await finished;
    assert.equal(exitCode, 0, stderr);
    const { parsed, refused } = nameCounts(stderr);
    assert.deepEqual(refused, { 'not-opened': 1 });
    assert.equal(parsed, 4);
    assert.ok(!stdout.includes(nameOf('quic', 1)) && stdout.includes(nameOf('split', 1)), stdout);
  });

  test('in a file are cut where its frames are, and all packets count', async () => {
    const frames = allFrames(1).map((bytes) => ({ bytes: bytes.subarray(0, 96), wireBytes: bytes.length }));
    const file = folder.file('cut.pcap', pcapFile({ snapshotBytes: 96 }, frames));
    const { exitCode, stderr } = await runProgram(replayOf(file));
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, new RegExp(`^pcap-agg: ${frames.length} packets aggregated`, 'm'));
    const counts = nameCounts(stderr);
    assert.ok((counts.refused['cut'] ?? 0) > 0 && unaccounted(counts) === 0, stderr);
  });
});

/** As an OpenSSL without AES, or one that is told to use none of it: Node itself would not start without any provider. */
const withoutCiphers = `require('node:crypto').createCipheriv = () => {
  throw new Error('error:0308010C:digital envelope routines::unsupported');
};
`;

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';

describe('names from the traffic under load', { skip: noNetwork || noCompiler }, () => {
  const folder = temporaryFolder();

  test('are in records before and after cap has handed over to batch', async (context) => {
    const rig = await openRig(context, []);
    rig.send(1);
    await rig.shows(1);
    const sender = buildTool('sender', folder.path);
    const packet = frame().ethernet().ipv4({ source: '10.9.0.2', target: '192.0.2.1' }).udp().payload(10);
    const file = folder.file('one.pcap', pcapFile({}, [packet.bytes()]));
    const words = [
      'netns',
      'exec',
      rig.veth.namespace,
      sender,
      '-p',
      '100000',
      '-t',
      '4',
      file,
      rig.veth.peer,
    ];
    const sending = promisify(execFile)('ip', words);
    let round = 2;
    await until('it is handed over', () => {
      if (round < 200) rig.send(round++);
      return rig.program.stderr().includes(' batch captures from now on');
    });
    rig.send(250);
    await rig.shows(250);
    await sending;
    await rig.end();
  });
});
