/** More flows than the table holds: sums stay exact, memory stays small, and flows that were there keep their records. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { buildTool } from '../../../bench/tools.js';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { fileHeaderBytes, firstTimestampUs, pcapFile, pcapRecord } from '../../support/captures.js';
import { type ReceivedRecord, sumsByFlow } from '../../support/collector.js';
import { frame } from '../../support/frames.js';
import {
  offline,
  peakMemoryMiB,
  type RunningProgram,
  runProgram,
  startProgram,
} from '../../support/program.js';
import { synFlood } from '../../support/syn-flood.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth, type Veth } from '../../support/veth.js';

const folder = temporaryFolder();

describe('--max-flows', () => {
  const maxFlows = 100;
  const heavyFlows = 10;
  const others = 1_000;
  const payloadBytes = 20;
  const base = (source: string) => frame().ethernet().ipv4({ source, target: '192.0.2.1' });
  const payload = (headers: ReturnType<typeof base>) => headers.payload(payloadBytes).bytes();
  const heavy = Array.from({ length: heavyFlows }, (_, i) => payload(base(`10.0.0.${i}`).udp()));
  /** UDP and ICMP in turn, each packet a flow of its own. */
  const rest = Array.from({ length: others }, (_, i) => {
    const headers = base(`10.1.${i >> 8}.${i & 0xff}`);
    return payload(i % 2 === 0 ? headers.udp() : headers.icmp());
  });
  const icmpBytes = payloadBytes + 8;
  const frames = [...heavy, ...rest.slice(0, others / 2), ...heavy, ...rest.slice(others / 2), ...heavy];
  const file = folder.file('flows.pcap', pcapFile({}, frames));

  for (const copies of [1, 2]) {
    test(`holds, with exact sums, in ${copies === 1 ? 'one file' : 'two files at once'}`, async () => {
      const input = Array<string[]>(copies).fill(['-r', file]).flat();
      const limits = ['--max-flows', String(maxFlows), '--interval', '0'];
      const finished = await runProgram([...input, ...limits, ...offline]);
      const records = recordsIn(finished.stdout);
      const ledger = assertAccounted(finished, records);
      const sums = sumsByFlow(records);
      const own = (maxFlows - heavyFlows) / 2;
      const ofOne = (type: string, count: number, bytes: number) => [
        `*  > *  ${type}`,
        { count: copies * count, length: copies * count * bytes },
      ];
      assert.deepEqual([...sums].filter(([key]) => key.startsWith('*')).sort(), [
        ofOne('ICMP', others / 2 - own, icmpBytes),
        ofOne('UDP', others / 2 - own, payloadBytes),
      ]);
      assert.equal(ledger.folded, copies * (others - 2 * own));
      assert.equal(records.length, maxFlows + 2);
      const counts = [...sums].filter(([key]) => key.startsWith('10.0.0.')).map(([, { count }]) => count);
      assert.deepEqual(counts, Array(heavyFlows).fill(3 * copies));
    });
  }

  test('counts what fits each of two files and not both together', async () => {
    const halves = [rest.slice(0, maxFlows), rest.slice(maxFlows, 2 * maxFlows)];
    const input = halves.flatMap((half, i) => ['-r', folder.file(`half-${i}.pcap`, pcapFile({}, half))]);
    const limits = ['--max-flows', String(maxFlows), '--interval', '0'];
    const finished = await runProgram([...input, ...limits, ...offline]);
    const ledger = assertAccounted(finished, recordsIn(finished.stdout));
    assert.equal(ledger.folded, maxFlows);
  });

  test('counts what finds no room in each of several windows', async () => {
    const seconds = [0, 1, 2];
    const times = seconds.flatMap((second) => [second, second + 0.5]);
    const flood = times.flatMap((time) =>
      rest.map((bytes) => ({ bytes, timestampUs: firstTimestampUs + time * 1_000_000 })),
    );
    const input = ['-r', folder.file('windows.pcap', pcapFile({}, flood))];
    const finished = await runProgram([
      ...input,
      '--max-flows',
      String(maxFlows),
      '--interval',
      '1s',
      ...offline,
    ]);
    const ledger = assertAccounted(finished, recordsIn(finished.stdout));
    assert.equal(ledger.folded, times.length * (others - maxFlows));
  });
});

const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'the sender needs a C compiler, cc';

describe('a SYN flood from random sources', { skip: noNetwork || noCompiler }, () => {
  const flood = { packets: 100_000, perSecond: 50_000 };
  const steadyPackets = 400;
  const maxFlows = 20_000;
  /** What the kernel's buffer takes: with cap, whose slots do not fit their blocks, twice as much as -B says. */
  const bufferMiB = { cap: 128, batch: 64 };
  /** Beside the buffer: the program, and 40 MiB for 100,000 flows, which with health take more. */
  const mostMiB = 120 + (40 * maxFlows) / 100_000;
  const filter = 'tcp dst port 80 or udp dst port 4001';

  async function capture(context: TestContext, veth: Veth, engine: string): Promise<RunningProgram> {
    const program = startProgram([
      ...['-i', veth.host, '--engine', engine, '--interval', '1s', '-B', '64'],
      ...['--max-flows', String(maxFlows), ...offline, '--to', '-', filter],
    ]);
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on'));
    return program;
  }

  const base = frame().ethernet().ipv4({ source: '192.0.2.2', target: '192.0.2.1' });
  const steady = base.udp({ sourcePort: 4_000, targetPort: 4_001 }).payload(10).bytes();

  /** The flood, and a packet of the other flow before each 250 of it: before the table is full, in every window. */
  function mixed(): Uint8Array {
    const whole = synFlood(flood.packets);
    const part = (whole.length - fileHeaderBytes) / steadyPackets;
    const partOf = (i: number) =>
      whole.subarray(fileHeaderBytes + i * part, fileHeaderBytes + (i + 1) * part);
    const record = pcapRecord(steady);
    const turns = Array.from({ length: steadyPackets }, (_, i) => [record, partOf(i)]);
    return Buffer.concat([whole.subarray(0, fileHeaderBytes), ...turns.flat()]);
  }

  for (const engine of ['cap', 'batch'] as const) {
    test(`is summed in bounded memory with ${engine}, beside a flow that was there before`, async (context) => {
      const veth = openVeth();
      context.after(() => veth.close());
      const sender = buildTool('sender', folder.path);
      const file = folder.file('flood.pcap', mixed());
      const program = await capture(context, veth, engine);
      const words = ['netns', 'exec', veth.namespace, sender, '-p', String(flood.perSecond), file, veth.peer];
      const { stdout: sent } = await promisify(execFile)('ip', words);
      const peakMiB = peakMemoryMiB(program) - bufferMiB[engine];
      program.child.kill('SIGTERM');
      const finished = await program.finished;
      const records = recordsIn(finished.stdout);
      const { frames, folded, sources } = assertAccounted(finished, records);
      const packets = flood.packets + steadyPackets;
      assert.equal(JSON.parse(sent).sent, packets);
      const { droppedByKernel, gaps } = sources[0]!;
      const missing = packets - frames - droppedByKernel!;
      // Where the machine is busy with other things, cap interrupts the capture, and says so.
      assert.ok(gaps > 0 ? missing >= 0 : missing === 0, `${missing} missing\n${finished.stderr}`);
      assert.equal(packetsOfOverflow(records), folded);
      assert.ok(folded > 0);
      const ofSteady = sumsByFlow(records).get('192.0.2.2 4000 > 192.0.2.1 4001 UDP')?.count;
      if (droppedByKernel === 0 && gaps === 0) assert.equal(ofSteady, steadyPackets);
      assert.ok(peakMiB <= mostMiB, `${peakMiB} MiB, and ${mostMiB} are allowed`);
    });
  }
});

function packetsOfOverflow(records: readonly ReceivedRecord[]): number {
  return records
    .filter(({ source_IP }) => source_IP === '*')
    .reduce((sum, { count }) => sum + Number(count), 0);
}
