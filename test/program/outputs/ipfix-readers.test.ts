/** Flows of IPFIX as real collectors have them: sums of each flow equal to the packet and byte. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { pcapFile } from '../../support/captures.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { frame } from '../../support/frames.js';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, runProgram } from '../../support/program.js';
import {
  differences,
  type FlowRow,
  missing,
  openSocketCollector,
  openTcpCollector,
  rowsOfRecords,
  startNfacctd,
  startNfcapd,
} from '../../support/readers/ipfix-collectors.js';
import { IpfixReader } from '../../support/readers/ipfix-reader.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const folder = temporaryFolder();

/** IPv4 and IPv6, TCP, UDP, ICMP, SCTP, fragments and VLANs; and so many flows of a window that they take several messages. */
const captures = [
  ...['conversation-web', 'conversation-icmp', 'conversation-ipv6-vlan', 'conversation-dns'],
  ...['tcp-session', 'sctp-plain', 'ipv4-fragments', 'ipv6-fragments'],
].map((name) => `${fixturesFolder}${name}.pcap`);
const many = folder.file(
  'many.pcap',
  pcapFile(
    {},
    Array.from({ length: 600 }, (_, i) => {
      const ends = { source: `10.0.${i >> 8}.${i & 255}`, target: '192.0.2.1' };
      return frame().ethernet().ipv4(ends).udp({ sourcePort: 4_000, targetPort: 53 }).payload(i).bytes();
    }),
  ),
);

const args = [...captures, many].flatMap((file) => ['-r', file]);

/** Sends everything to a collector; returns what it has to have, as records of another output tell it. */
async function send(target: string): Promise<readonly FlowRow[]> {
  const { exitCode, stdout, stderr } = await runProgram([
    ...[...args, '--interval', '20s', ...offline],
    ...['--to=-?schema=full&biflow=0', '--to', target],
  ]);
  assert.equal(exitCode, 0, stderr);
  const { balanced, sinks } = lastLedger(stderr);
  assert.equal(balanced, true);
  assert.deepEqual(
    sinks.map(({ recordsUnsent }) => recordsUnsent),
    [0, 0],
  );
  return rowsOfRecords(stdout);
}

const groundOf = (context: TestContext) => ({
  folder: folder.path,
  after: (undo: () => unknown) => context.after(() => void undo()),
});

describe('nfcapd', { skip: missing('nfcapd', '-V', 'nfdump') }, () => {
  for (const biflow of [0, 1])
    test(`has every flow${biflow ? ' of conversations' : ''}, and misses none by its count`, async (context) => {
      const nfcapd = await startNfcapd(groundOf(context));
      const expected = await send(`ipfix://127.0.0.1:${nfcapd.port}?biflow=${biflow}`);
      const { rows, log } = await nfcapd.finish();
      assert.ok(rows.length > 600);
      assert.deepEqual(differences(rows, expected), []);
      assert.match(log, /Sequence Errors: 0, Bad Packets: 0/);
    });
});

describe('nfacctd', { skip: missing('nfacctd', '-V', 'pmacct') }, () => {
  test('has every flow', async (context) => {
    const nfacctd = await startNfacctd(groundOf(context));
    const expected = await send(`ipfix://127.0.0.1:${nfacctd.port}`);
    const packets = expected.reduce((sum, row) => sum + row.packets, 0);
    const { rows, log } = await nfacctd.finish(packets);
    const withoutTypes = expected.map((row) => (row.rest.includes('.') ? { ...row, rest: '0 0' } : row));
    assert.deepEqual(differences(rows, withoutTypes), []);
    assert.doesNotMatch(log, /WARN|ERROR|expecting/);
  });
});

describe('Wireshark', { skip: missing('tshark', '--version', 'tshark') }, () => {
  test('dissects every datagram, and finds nothing wrong', async (context) => {
    const collector = await openSocketCollector();
    context.after(() => collector.close());
    const expected = await send(`ipfix://127.0.0.1:${collector.port}?biflow=1`);
    const reader = new IpfixReader();
    let read = 0;
    await until('all have arrived', () => {
      while (read < collector.datagrams.length) reader.read(collector.datagrams[read++]!);
      return packetsOf(reader) >= sumOf(expected, 'packets');
    });
    const frames = collector.datagrams.map((message) =>
      ipv4.udp({ sourcePort: 40_000, targetPort: 4_739 }).payload(message).bytes(),
    );
    assertDissected(frames, 'udp', expected);
  });

  test('dissects what a connection brings', async (context) => {
    const collector = await openTcpCollector();
    context.after(collector.close);
    const expected = await send(`ipfix+tcp://127.0.0.1:${collector.port}`);
    assert.equal(collector.sessions.length, 1);
    // All of it fits into one segment, which is whole messages.
    const [session] = collector.sessions;
    const segment = ipv4.tcp({ sourcePort: 40_000, targetPort: 4_739 }).payload(session!).bytes();
    assertDissected([segment], 'tcp', expected);
  });
});

const ipv4 = frame().ethernet().ipv4({ source: '192.0.2.9', target: '192.0.2.10' });

const packetsOf = ({ flows }: IpfixReader): number =>
  flows.reduce((sum, flow) => sum + Number(flow.packetDeltaCount), 0);

const sumOf = (rows: readonly FlowRow[], what: 'packets' | 'bytes'): number =>
  rows.reduce((sum, row) => sum + row[what], 0);

/** Its own look at sequence numbers is one of its experts. */
function assertDissected(
  frames: readonly Uint8Array[],
  over: 'udp' | 'tcp',
  expected: readonly FlowRow[],
): void {
  const capture = folder.file(`${over}.pcap`, pcapFile({}, frames));
  const columns = ['cflow.srcaddr', 'cflow.srcaddrv6', 'cflow.packets', 'cflow.octets'];
  const fields = [...columns, '_ws.expert.message', '_ws.malformed'].flatMap((field) => ['-e', field]);
  const words = ['-n', '-r', capture, '-d', `${over}.port==4739,cflow`, '-T', 'fields', '-E', 'separator=;'];
  const rows = execFileSync('tshark', [...words, ...fields], { encoding: 'utf8', stdio: 'pipe' })
    .trimEnd()
    .split('\n')
    .map((line) => line.split(';'));
  assert.equal(rows.length, frames.length);
  assert.deepEqual(
    rows.flatMap((cells) => cells.slice(4)).filter((cell) => cell !== ''),
    [],
  );
  const cellsOf = (column: number) => rows.flatMap((cells) => cells[column]!.split(',')).filter(Boolean);
  const total = (column: number) => cellsOf(column).reduce((sum, cell) => sum + Number(cell), 0);
  assert.deepEqual([total(2), total(3)], [sumOf(expected, 'packets'), sumOf(expected, 'bytes')]);
  const sources = new Set([...cellsOf(0), ...cellsOf(1)]);
  assert.deepEqual([...sources].sort(), [...new Set(expected.map(({ source }) => source))].sort());
}
