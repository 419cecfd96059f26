/** Fewer records through the real program: sums stay, and the ledger says into how many records flows were put. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixturesFolder } from '../support/fixtures.js';
import { offline, runProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();

interface LegacyRecord {
  readonly source_IP: string;
  readonly source_PORT: number | '';
  readonly target_IP: string;
  readonly target_PORT: number | '';
  readonly type: string;
  readonly count: number;
  readonly length: number;
  readonly source_HOST: string;
  readonly target_HOST: string;
}

async function replay(fixture: string, ...words: readonly string[]) {
  const { exitCode, stdout, stderr } = await runProgram([
    ...['-r', fixturesFolder + fixture, '--interval', '0'],
    ...offline,
    ...words,
  ]);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^pcap-agg: balanced$/m);
  const records = stdout.split('\n').slice(0, -1);
  return { records: records.map((line) => JSON.parse(line) as LegacyRecord), stderr };
}

/** Packets and payload bytes by protocol. */
function sumsOf(records: readonly LegacyRecord[]): Record<string, readonly [packets: number, bytes: number]> {
  const sums: Record<string, [number, number]> = {};
  for (const { type, count, length } of records) {
    const [packets, bytes] = sums[type] ?? [0, 0];
    sums[type] = [packets + count, bytes + length];
  }
  return sums;
}

const options = [['--biflow'], ['--top', '1'], ['--group', 'clients,networks'], ['--min-bytes', '200']];
/** Options that are given, as bits. */
const combinations = Array.from({ length: 2 ** options.length }, (_, bits) =>
  options.filter((_, option) => (bits >> option) & 1).flat(),
);

describe('whatever is folded, sums stay', { concurrency: 2 }, () => {
  for (const fixture of ['conversation-web.pcap', 'conversation-many.pcap']) {
    test(fixture, async () => {
      const table = ['--max-flows', '8', '--network', 'lan=192.0.2.0/24,2001:db8::/32'];
      const plain = await replay(fixture, ...table);
      for (const words of combinations) {
        const { records } = await replay(fixture, ...table, ...words);
        assert.deepEqual(sumsOf(records), sumsOf(plain.records), words.join(' '));
        assert.ok(records.length <= plain.records.length);
      }
    });
  }
});

test('groups leave out ports and addresses, and the ledger counts flows and records', async () => {
  const file = folder.file('nets', '# all there are\n0.0.0.0/0\teverywhere\n');
  const { records, stderr } = await replay(
    'conversation-web.pcap',
    ...['--biflow', '--group', 'clients', '--group', 'networks', '--network', file],
  );
  assert.deepEqual(
    records.map(({ source_IP, source_PORT, target_IP, source_HOST }) => [
      source_IP,
      source_PORT,
      target_IP,
      source_HOST,
    ]),
    records.map(() => ['everywhere', '', 'everywhere', 'everywhere']),
  );
  assert.match(stderr, /^pcap-agg: 4 flows in \d records for stdout$/m);
});

test('a network that is none is refused before anything is read', async () => {
  const { exitCode, stderr } = await runProgram([
    '-r',
    'none.pcap',
    ...offline,
    '--network',
    'lan=192.0.2/24',
  ]);
  assert.equal(exitCode, 2);
  assert.match(
    stderr,
    /^pcap-agg: --network lan=192\.0\.2\/24: "192\.0\.2\/24" is not a network; write one like .*\n$/,
  );
});
