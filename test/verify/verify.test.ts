/** `pcap-agg verify` as a process: what it says of records that came, or did not, from stdin and over UDP. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { mostAgents } from '../../src/verify/sequence.js';
import { fixturesFolder } from '../support/fixtures.js';
import { installProgram } from '../support/installed-program.js';
import { freePort } from '../support/ports.js';
import { offline, runProgram, startProgram } from '../support/program.js';
import { harmless, nobody, noOtherUsers, rightsOf, withNetRaw } from '../support/rights.js';
import { until } from '../support/until.js';

const line = (seq: number, agent = 'host-1') => `${JSON.stringify({ count: 2, length: 10, agent, seq })}\n`;

describe('verify', () => {
  test('counts records on stdin, and fails where one is missing or none is there', async () => {
    const whole = await runProgram(['verify'], line(1) + line(2));
    const part = await runProgram(['verify'], `${line(1)}${line(3)}no record\n`);
    const summary = (text: string) => `host-1: 2 records ${text}; `;
    assert.deepEqual(
      [whole.exitCode, whole.stdout],
      [
        0,
        `${summary('1 to 2, 4 packets, 20 bytes')}0 missing, 0 duplicates, 0 reordered, 0 too late to tell\n`,
      ],
    );
    assert.deepEqual(
      [part.exitCode, part.stdout],
      [
        1,
        `${summary('1 to 3, 4 packets, 20 bytes')}1 missing, 0 duplicates, 0 reordered, 0 too late to tell\n` +
          '1 lines are no numbered records: send them with --seq\n',
      ],
    );
    const none = await runProgram(['verify']);
    assert.deepEqual([none.exitCode, none.stdout], [1, 'no numbered records arrived\n']);
  });

  test('says where it began if not with the first, and does not fail for it', async () => {
    const { exitCode, stdout } = await runProgram(['verify'], line(101) + line(102));
    assert.equal(
      stdout,
      'host-1: 2 records 101 to 102, 4 packets, 20 bytes; 0 missing, 0 duplicates, 0 reordered, 0 too late to tell; ' +
        '100 before the first, lost or sent before this began\n',
    );
    assert.equal(exitCode, 0);
  });

  test('says of each line that it does not count why not', async () => {
    const records = Array.from({ length: mostAgents + 3 }, (_, i) => line(1, `host-${i}`));
    const { exitCode, stdout } = await runProgram(
      ['verify'],
      `x\n${line(1, 'two words')}${records.join('')}`,
    );
    assert.equal(exitCode, 1);
    assert.deepEqual(stdout.trimEnd().split('\n').slice(mostAgents), [
      '1 lines are no numbered records: send them with --seq',
      '1 records have an agent that is not 1 to 320 printable characters of ASCII without a space: send them with a pcap-agg as new as this one',
      '3 records are of further agents than the 1024 that are told apart: verify the records of fewer starts at a time',
    ]);
  });

  test('takes a line without end for one that is no record, in bounded memory', async () => {
    const program = startProgram(['verify']);
    const block = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 64; i++)
      if (!program.child.stdin.write(block)) await once(program.child.stdin, 'drain');
    program.child.stdin.end(`\n${line(1)}`);
    const { exitCode, stdout } = await program.finished;
    assert.equal(exitCode, 1);
    assert.match(stdout, /^host-1: 1 records 1 to 1, .*\n1 lines are no numbered records/);
  });

  test('says what it has when it is told to end before stdin does', async () => {
    const program = startProgram(['verify']);
    // More than a pipe holds: when all is written, some has been read.
    const sent = 5_000;
    program.child.stdin.write(Array.from({ length: sent }, (_, seq) => line(seq)).join(''));
    await until('it reads', () => program.child.stdin.writableLength === 0);
    program.child.kill('SIGINT');
    const { exitCode, stdout } = await program.finished;
    assert.equal(exitCode, 0, stdout);
    const records = Number(/^host-1: (\d+) records 0 to /.exec(stdout)?.[1]);
    assert.ok(records > 1_000 && records <= sent, stdout);
  });

  test('gets every record that the program numbers and sends by UDP', async () => {
    const port = await freePort();
    const receiver = startProgram(['verify', `127.0.0.1:${port}`]);
    await until('it listens', () => receiver.stdout().includes('listening on'));
    const capture = join(fixturesFolder, 'tcp-session.pcap');
    const sent = await runProgram(['-r', capture, '--seq', '--to', `127.0.0.1:${port}`, ...offline]);
    assert.equal(sent.exitCode, 0, sent.stderr);
    receiver.child.kill('SIGINT');
    const { exitCode, stdout } = await receiver.finished;
    assert.equal(exitCode, 0, stdout);
    assert.match(
      stdout,
      /^listening on 127\.0\.0\.1:\d+; Ctrl-C ends it\n.*: 2 records 1 to 2, 7 packets, .*; 0 missing, 0 duplicates, 0 reordered, 0 too late to tell\n$/,
    );
  });

  test('is refused a port that is taken, and an address that is not one', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const listen = `127.0.0.1:${taken.address().port}`;
    const refused = await runProgram(['verify', listen]);
    taken.close();
    assert.deepEqual([refused.exitCode, refused.stdout], [1, '']);
    assert.match(
      refused.stderr,
      new RegExp(
        `^pcap-agg: verify ${listen}: cannot listen \\(.*EADDRINUSE.*\\); stop what listens there, or choose another port\\n$`,
      ),
    );
    const foreign = await runProgram(['verify', '192.0.2.1:10518']);
    assert.equal(foreign.exitCode, 1);
    assert.match(foreign.stderr, /cannot listen \(.*EADDRNOTAVAIL.*\); choose an address of this host\n$/);
    assert.equal((await runProgram(['verify', 'nonsense'])).exitCode, 2);
  });
});

describe('verify reads what comes without any right', { skip: noOtherUsers, concurrency: true }, () => {
  // Whatever it loads after it gave up root, it cannot load from here.
  const hidden = installProgram({ mode: 0o700, withAddon: true });
  const program = installProgram({ mode: 0o755, withAddon: true });

  for (const [who, started] of [
    ['root', { program: hidden }],
    ['an ordinary user with CAP_NET_RAW', { program, prefix: withNetRaw }],
  ] as const) {
    test(`from a port, started by ${who}`, async (context) => {
      const port = await freePort();
      const receiver = startProgram(['verify', `127.0.0.1:${port}`], started);
      context.after(() => receiver.child.kill('SIGKILL'));
      await until('it listens', () => receiver.stdout().includes('listening on'));
      assert.deepEqual(rightsOf(receiver.child.pid), harmless(nobody));
      await sendRecord(port);
      receiver.child.kill('SIGINT');
      const { exitCode, stdout, stderr } = await receiver.finished;
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.match(stdout, /^host-1: 1 records 1 to 1, /m);
    });
  }

  test('from stdin, started by root', async (context) => {
    const reader = startProgram(['verify'], { program: hidden });
    context.after(() => reader.child.kill('SIGKILL'));
    await until('it has given up root', () => rightsOf(reader.child.pid)[0]?.users === String(nobody));
    reader.child.stdin.end(line(1));
    assert.equal((await reader.finished).exitCode, 0);
  });

  test('or says why not', async () => {
    const prefix = ['setpriv', '--bounding-set=-setuid,-setgid'];
    const refused = startProgram(['verify'], { program, prefix });
    refused.child.stdin.on('error', () => undefined).end();
    const { exitCode, stderr } = await refused.finished;
    assert.equal(exitCode, 77);
    assert.match(
      stderr,
      /^pcap-agg: verify: -Z nobody: this process may not become nobody \(EPERM.*\); run verify as an ordinary user\n$/,
    );
  });
});

async function sendRecord(port: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(line(1), port, '127.0.0.1', resolve));
  socket.close();
}
