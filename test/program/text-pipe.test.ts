/** tcpdump's text on stdin, through the real program: the pipeline that it must keep working in. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openCollector, sumsByFlow } from '../support/collector.js';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, runProgram, startProgram } from '../support/program.js';
import { tcpdumpVersion } from '../support/tcpdump.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth, sendTraffic } from '../support/veth.js';

interface Sent {
  readonly count: number;
  readonly length: number;
  readonly time: string;
}

/** A record that has only arrived in part is left out. */
const records = (stdout: string): Sent[] =>
  stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const untimed = (ndjson: string): string[] =>
  ndjson
    .replaceAll(/"time":"[^"]*"/g, '')
    .trim()
    .split('\n')
    .sort();

describe('tcpdump’s text on stdin', () => {
  it('makes the same records as in a file, but for the time', async () => {
    const text = readFileSync(`${fixturesFolder}text-plain.txt`);
    const { exitCode, stdout, stderr } = await runProgram([...offline, '--to', '-'], text);
    assert.deepEqual(
      untimed(stdout),
      untimed(readFileSync(`${fixturesFolder}text-plain.txt.expected.jsonl`, 'utf8')),
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
  });

  it('closes windows in time though it never pauses', async () => {
    const { child, stdout, stderr, finished } = startProgram([
      ...offline,
      '--to',
      '-',
      '--interval',
      '200ms',
    ]);
    const line =
      '2016-09-08 23:28:29.073292 IP 172.17.0.3.22 > 172.17.0.1.54690: Flags [P.], seq 1:53, ack 1, win 229, length 52\n';
    const block = line.repeat(1_000);
    let written = 0;
    let enough = false;
    const write = (): void => {
      while (!enough) {
        written += 1_000;
        if (!child.stdin.write(block)) {
          child.stdin.once('drain', write);
          return;
        }
      }
      child.stdin.end();
    };
    write();
    await until(
      'five windows were sent while text came',
      () => new Set(records(stdout()).map(({ time }) => time)).size >= 5,
    );
    enough = true;
    const { exitCode } = await finished;
    assert.equal(exitCode, 0, stderr());
    const sent = records(stdout());
    assert.equal(
      sent.reduce((sum, { count }) => sum + count, 0),
      written,
    );
    assert.equal(
      sent.reduce((sum, { length }) => sum + length, 0),
      written * 52,
    );
    assert.match(stderr(), /^pcap-agg: balanced$/m);
  });
});

const skip = noNetwork || (tcpdumpVersion === undefined && 'no tcpdump is installed');

describe('tcpdump … | pcap-agg', { skip }, () => {
  it('counts what was sent, live', async () => {
    const veth = openVeth();
    const collector = await openCollector();
    const to = `127.0.0.1:${collector.port}`;
    const filter = `-U -i ${veth.host} -nn -tttt port not ${collector.port}`;
    const tcpdump = spawn('tcpdump', filter.split(' '));
    let said = '';
    tcpdump.stderr.on('data', (text) => {
      said += text;
    });
    const program = startProgram(['--to', to, '--interval', '500ms', ...offline]);
    tcpdump.stdout.pipe(program.child.stdin);
    let text = '';
    tcpdump.stdout.on('data', (piece) => {
      text += piece;
    });
    const flow = `${veth.peerIPv4} 4000 > ${veth.hostIPv4} 9 UDP`;
    try {
      await until('tcpdump listens', () => said.includes('listening on'));
      const stream = { target: veth.hostIPv4, targetPort: 9, sourcePort: 4_000 };
      const datagrams = [{ ...stream, count: 300, payloadBytes: 100, perSecond: 600 }];
      await sendTraffic(veth, { datagrams });
      const counted = () => sumsByFlow(collector.records).get(flow);
      await until('windows are sent while the pipe stays open', () => (counted()?.count ?? 0) > 0);
      tcpdump.kill('SIGINT');
      const { exitCode, stderr } = await program.finished;
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^pcap-agg: balanced$/m);
      const printed = text
        .split('\n')
        .filter((line) => line.includes(` > ${veth.hostIPv4}.9: UDP, length 100`));
      await until('the last window has come', () => (counted()?.count ?? 0) >= printed.length);
      assert.deepEqual(counted(), { count: printed.length, length: 100 * printed.length });
      assert.ok(printed.length > 100, `${printed.length}`);
    } finally {
      tcpdump.kill();
      program.child.kill();
      collector.close();
      veth.close();
    }
  });
});
