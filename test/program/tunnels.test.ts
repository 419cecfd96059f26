/** --tunnels through the real program: files, large files, live captures, and text, which cannot. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, test } from 'node:test';
import { tunnelFixtures } from '../../fixtures/tables/tunnel.js';
import * as captures from '../support/captures.js';
import { readClassicPcap } from '../support/classic-pcap.js';
import { openCollector, sumsByFlow } from '../support/collector.js';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, runProgram, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth } from '../support/veth.js';

const vxlan = `${fixturesFolder}tunnel-vxlan.pcap`;
const whole = [...offline, '--interval', '0'] as const;

function flowsIn(stdout: string) {
  return sumsByFlow(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

const inner = new Map([
  ['10.1.0.1 1001 > 10.1.0.2 443 TCP', { count: 2, length: 20 }],
  ['fd00::1 1002 > fd00::2 443 UDP', { count: 2, length: 40 }],
]);

describe('--tunnels', () => {
  test('outer is the default', async () => {
    const given = await runProgram(['-r', vxlan, '--tunnels', 'outer', ...whole]);
    assert.deepEqual(given.stdout, (await runProgram(['-r', vxlan, ...whole])).stdout);
    assert.ok([...flowsIn(given.stdout).keys()].every((flow) => / (4789|8472) UDP$/.test(flow)));
  });

  test('inner counts what a file’s tunnels carry, and balances', async () => {
    const { stdout, stderr, exitCode } = await runProgram(['-r', vxlan, '--tunnels', 'inner', ...whole]);
    assert.deepEqual(flowsIn(stdout), inner);
    assert.match(stderr, /^pcap-agg: balanced$/m);
    assert.equal(exitCode, 0);
  });

  test('inner opens the frames of large files, which are read ahead', async () => {
    const folder = temporaryFolder();
    const { frames } = readClassicPcap(tunnelFixtures[0]!.bytes());
    const rounds = 10_000;
    const path = folder.file(
      'large.pcap',
      Buffer.concat(
        Array(rounds)
          .fill(
            captures.pcapFile(
              {},
              frames.map(({ bytes }) => bytes),
            ),
          )
          .map((file, index) => (index === 0 ? file : file.subarray(24))),
      ),
    );
    const { stdout } = await runProgram(['-r', path, '--tunnels', 'inner', ...whole]);
    assert.deepEqual(
      flowsIn(stdout),
      new Map(
        [...inner].map(([flow, { count, length }]) => [
          flow,
          { count: count * rounds, length: length * rounds },
        ]),
      ),
    );
  });

  test('inner is refused for tcpdump’s text, with the remedy', async () => {
    const text = '2023-11-14 22:13:20.000000 IP 10.0.0.1.1 > 10.0.0.2.2: UDP, length 3\n';
    const { exitCode, stderr } = await runProgram(['-r', '-', '--tunnels', 'inner', ...whole], text);
    assert.match(stderr, /^pcap-agg: stdin: --tunnels inner: .*tcpdump -U -w -/m);
    assert.equal(exitCode, 2);
  });
});

describe('--tunnels inner, live', { skip: noNetwork }, () => {
  for (const engine of ['cap', 'batch']) {
    test(`opens what ${engine} captures`, async (context) => {
      const veth = openVeth();
      context.after(() => veth.close());
      const collector = await openCollector();
      context.after(() => collector.close());
      const program = startProgram([
        ...['-i', veth.host, '--engine', engine, '--tunnels', 'inner', '--interval', '200ms'],
        ...['--to', `127.0.0.1:${collector.port}`, ...offline, 'udp port 4789'],
      ]);
      context.after(() => program.child.kill('SIGKILL'));
      await until('it captures', () => program.stderr().includes('capturing on'));
      const socket = createSocket('udp4');
      context.after(() => socket.close());
      const { frames } = readClassicPcap(tunnelFixtures[0]!.bytes());
      // What stands behind Ethernet, IPv4 and UDP.
      const payloads = frames.slice(0, 2).map(({ bytes }) => bytes.subarray(14 + 20 + 8));
      for (let round = 0; round < 2; round++)
        for (const payload of payloads)
          await new Promise((sent) => socket.send(payload, 4_789, veth.peerIPv4, sent));
      const expected = new Map([...inner].map(([flow, sum]) => [flow, sum]));
      await until(
        'the inner flows have come',
        () => [...sumsByFlow(collector.records).values()].reduce((sum, { count }) => sum + count, 0) >= 4,
        () => program.stderr(),
      );
      assert.deepEqual(sumsByFlow(collector.records), expected);
      program.child.kill('SIGINT');
      assert.equal((await program.finished).exitCode, 0);
    });
  }
});
