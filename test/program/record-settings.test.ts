/** What records are is for each output to say: the same packets and bytes in all of them, on a run's way to several readers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordsIn } from '../support/accounting.js';
import { type CapturedFrame, firstTimestampUs, pcapFile } from '../support/captures.js';
import { openCollector } from '../support/collector.js';
import { frame } from '../support/frames.js';
import { lastLedger } from '../support/ledger-text.js';
import { offline, runProgram, startProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { textOfFlows } from '../support/text-flows.js';
import { until } from '../support/until.js';

const folder = temporaryFolder();
const server = '10.0.0.1';
const clients = 300;
const windows = 3;

/** Conversations of many clients with one server, over three windows, the larger ones with higher numbers. */
function conversations(): CapturedFrame[] {
  const frames: CapturedFrame[] = [];
  for (let window = 0; window < windows; window++) {
    for (let client = 0; client < clients; client++) {
      const timestampUs = firstTimestampUs + window * 20_000_000 + client * 10_000;
      const address = `10.1.${client & 7}.9`;
      const port = 40_000 + client;
      const there = frame().ethernet().ipv4({ source: address, target: server });
      const back = frame().ethernet().ipv4({ source: server, target: address });
      frames.push(
        { timestampUs, bytes: there.tcp({ sourcePort: port, targetPort: 443 }).payload(client).bytes() },
        {
          timestampUs: timestampUs + 1,
          bytes: back.tcp({ sourcePort: 443, targetPort: port }).payload(1_000).bytes(),
        },
        {
          timestampUs: timestampUs + 2,
          bytes: there.udp({ sourcePort: port, targetPort: 53 }).payload(30).bytes(),
        },
      );
    }
  }
  return frames;
}

const capture = folder.file('clients.pcap', pcapFile({}, conversations()));
const packets = windows * clients * 3;
const input = ['-r', capture, '--interval', '20s', ...offline];

interface Sums {
  readonly packets: number;
  readonly bytes: number;
}

function legacySums(ndjson: string): Sums {
  const records = recordsIn(ndjson);
  const sum = (name: string) => records.reduce((total, record) => total + Number(record[name]), 0);
  return { packets: sum('count'), bytes: sum('length') };
}

const combinations: readonly (readonly string[])[] = [
  ['--biflow'],
  ['--top', '3'],
  ['--group', 'clients'],
  ['--min-bytes', '100'],
  ['--min-packets', '2'],
  ['--network', 'clients=10.1.0.0/16', '--group', 'networks,clients'],
  ['--biflow', '--top', '10', '--group', 'clients', '--min-bytes', '500'],
  ['--max-flows', '50', '--biflow', '--group', 'clients', '--top', '5'],
];

describe('what records are', { concurrency: 2 }, () => {
  test('changes how many there are, and never what they sum up to', async () => {
    const plain = await runProgram(input);
    const sums = legacySums(plain.stdout);
    assert.equal(sums.packets, packets);
    const plainRecords = recordsIn(plain.stdout).length;
    for (const settings of combinations) {
      const { exitCode, stdout, stderr } = await runProgram([...input, ...settings]);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(legacySums(stdout), sums, settings.join(' '));
      assert.ok(recordsIn(stdout).length < plainRecords, settings.join(' '));
      assert.match(stderr, /^pcap-agg: balanced$/m);
    }
  });

  test('differs between two collectors of one run', async (context) => {
    const [ecs, few] = [await openCollector(), await openCollector()];
    context.after(() => [ecs, few].map((collector) => collector.close()));
    const { exitCode, stderr } = await runProgram([
      ...input,
      ...['--to', `127.0.0.1:${ecs.port}?schema=ecs`],
      ...['--to', `udp://127.0.0.1:${few.port}?biflow=1&group=clients&top=2`],
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /^pcap-agg: balanced$/m);
    const { sinks } = lastLedger(stderr);
    const arrived = () => sinks.every(({ records }, at) => [ecs, few][at]!.records.length === records);
    await until('all records have arrived', arrived);

    assert.equal(ecs.records.length, 2 * windows * clients);
    const network = ecs.records.map((record) => record['network'] as unknown as Sums);
    assert.equal(
      network.reduce((sum, each) => sum + each.packets, 0),
      packets,
    );
    assert.equal(
      few.records.reduce((sum, { count }) => sum + Number(count), 0),
      packets,
    );
    // Two with the most bytes, which are those with the most packets or not, and the rest of two protocols.
    assert.ok(few.records.length <= windows * 6, `${few.records.length} records`);
    assert.equal(few.records[0]!['source_PORT'], '');
    assert.match(
      stderr,
      new RegExp(
        `^pcap-agg: ${3 * windows * clients} flows in ${few.records.length} records for 127.0.0.1:${few.port}$`,
        'm',
      ),
    );
  });

  test('says when the one window of a whole input began and ended, also where its times go back', async () => {
    const packet = frame().ethernet().ipv4().udp().payload(1).bytes();
    const times = [5, 3, 9, 7].map((ms) => firstTimestampUs + 1_000 * ms);
    const path = folder.file(
      'back.pcap',
      pcapFile(
        {},
        times.map((timestampUs) => ({ bytes: packet, timestampUs })),
      ),
    );
    const { stdout } = await runProgram(['-r', path, '--interval', '0', '--schema', 'full', ...offline]);
    const [record] = recordsIn(stdout);
    assert.deepEqual(
      [
        record!['window_start_us'],
        record!['window_end_us'],
        record!['first_packet_us'],
        record!['last_packet_us'],
      ],
      [times[1], times[2], times[1], times[2]],
    );
  });

  test('leaves the ledger balanced where windows end faster than they can be told', async (context) => {
    const collector = await openCollector();
    context.after(() => collector.close());
    const fast = `127.0.0.1:${collector.port}?schema=full&queue=1`;
    const outputs = ['--to', fast, '--to=-?biflow=1&group=clients&top=10'];
    const program = startProgram([...offline, '--interval', '100ms', ...outputs]);
    const waves = 3;
    for (let wave = 1; wave <= waves; wave++) {
      program.child.stdin.write(textOfFlows(10_000));
      await until('it reads on', () => program.child.stdin.writableLength === 0);
    }
    program.child.stdin.end();
    const { exitCode, stdout, stderr } = await program.finished;
    assert.equal(exitCode, 0, stderr);
    const ledger = lastLedger(stderr);
    assert.equal(ledger.balanced, true, stderr);
    const [, few] = ledger.sinks;
    assert.deepEqual(legacySums(stdout).packets, few!.packets);
    for (const sink of ledger.sinks) assert.equal(sink.packets + sink.packetsUnsent, 10_000 * waves);
  });
});
