/** What anybody can send so that health tells lies, costs much, or counts until its counters turn over: one capture, one window. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccounted, recordsIn } from '../../support/accounting.js';
import { pcapFile, pcapRecord } from '../../support/captures.js';
import { frame } from '../../support/frames.js';
import { offline, startProgram } from '../../support/program.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

const client = '192.0.2.1';
const server = '198.51.100.1';
const maxFlows = 1_000;
const floodFlows = 20_000;
const many = 70_000;

const fields = {
  client: 'source_address',
  port: 'source_port',
  count: 'packets',
  outcome: 'outcome',
  error: 'icmp_error',
  rtt: 'handshake_rtt_us',
  again: 'client_retransmitted_packets',
  zero: 'client_zero_windows',
  syns: 'client_syn_packets',
  rsts: 'client_rst_packets',
} as const;

interface Sent {
  readonly port: number;
  readonly flags?: number;
  readonly sequence?: number;
  readonly payload?: number;
  readonly id?: number;
  readonly window?: number;
}

function fromClient({ port, flags = ACK, sequence = 1, payload = 0, id = 1, window = 1_000 }: Sent) {
  const ip = frame().ethernet().ipv4({ source: client, target: server, identification: id });
  return ip.tcp({ sourcePort: port, targetPort: 443, flags, sequence, window }).payload(payload).bytes();
}

function fromServer({ port, flags = ACK, sequence = 1, payload = 0 }: Sent) {
  const ip = frame().ethernet().ipv4({ source: server, target: client });
  return ip.tcp({ sourcePort: 443, targetPort: port, flags, sequence }).payload(payload).bytes();
}

/** The same frame again and again. */
const times = (count: number, bytes: Uint8Array): Buffer => {
  const one = pcapRecord(bytes);
  return Buffer.alloc(count * one.length, one);
};

/** A whole connection, that went well. */
const honest = (port: number): Buffer =>
  Buffer.concat(
    [
      fromClient({ port, flags: SYN, sequence: 100 }),
      fromServer({ port, flags: SYN | ACK, sequence: 900 }),
      fromClient({ port, sequence: 101, payload: 10, id: 2 }),
      fromServer({ port, sequence: 901, payload: 20 }),
      fromClient({ port, flags: FIN | ACK, sequence: 111, id: 3 }),
      fromServer({ port, flags: FIN | ACK, sequence: 921 }),
    ].map((bytes) => pcapRecord(bytes)),
  );

/** A router's, that quotes what this client sent from `port`. */
function errorFor(port: number): Uint8Array {
  const quoted = frame().ipv4({ source: client, target: server }).tcp({ sourcePort: port, targetPort: 443 });
  const router = frame().ethernet().ipv4({ source: '203.0.113.1', target: client });
  return router.icmp({ type: 3, code: 3 }).payload(quoted.bytes().subarray(0, 28)).bytes();
}

const sourceAt = 16 + 14 + 12;

/** SYNs of as many sources. */
function flood(): Buffer {
  const bytes = times(floodFlows, fromClient({ port: 40_000, flags: SYN }));
  const each = bytes.length / floodFlows;
  for (let index = 0; index < floodFlows; index++)
    bytes.writeUInt32BE(0x1400_0000 + index, index * each + sourceAt);
  return bytes;
}

const folder = temporaryFolder();

async function replay(attacks: readonly Buffer[]) {
  const table = Object.entries(fields).map(([name, value]) => ({ name, value }));
  const schema = folder.file('health.json', JSON.stringify(table));
  const limits = ['--interval', '0', '--max-flows', String(maxFlows)];
  const program = startProgram([
    '-r',
    '-',
    '--schema',
    schema,
    '--biflow',
    ...limits,
    ...offline,
    '--to',
    '-',
  ]);
  program.child.stdin.on('error', () => {});
  program.child.stdin.end(Buffer.concat([pcapFile({}, []), ...attacks]));
  const finished = await program.finished;
  const records = recordsIn(finished.stdout);
  assertAccounted(finished, records);
  return records;
}

test('health under attack is exact where it was not attacked, and its counts stay at their most', async () => {
  const records = await replay([
    honest(40_010),
    honest(40_011),
    times(many, errorFor(40_011)),
    // Copies of the one segment, keep-alives, windows of 0, SYNs of ever other numbers, resets from far away.
    ...[
      times(1, fromClient({ port: 40_012, payload: 100 })),
      times(many, fromClient({ port: 40_012, payload: 100, id: 9_000 })),
    ],
    ...[
      times(1, fromClient({ port: 40_013, payload: 100 })),
      times(many, fromClient({ port: 40_013, sequence: 100, payload: 1 })),
    ],
    times(many, fromClient({ port: 40_014, window: 0 })),
    ...[1, 2].map((sequence) => times(many / 2, fromClient({ port: 40_015, flags: SYN, sequence }))),
    honest(40_016),
    times(many, fromClient({ port: 40_016, flags: RST, sequence: 0x7000_0000 })),
    flood(),
  ]);
  const told = new Map(records.map(({ client: from, port, ...record }) => [`${from} ${port}`, record]));
  const of = (port: number) => told.get(`${client} ${port}`);
  const well = { outcome: 'closed', rtt: 0, again: 0, zero: 0, syns: 1, rsts: 0 };
  assert.deepEqual(of(40_010), { count: 6, ...well });
  assert.deepEqual(of(40_011), { count: 6, ...well, error: 'port-unreachable' });
  assert.deepEqual([of(40_012)!['count'], of(40_012)!['again']], [many + 1, 65_535]);
  assert.deepEqual([of(40_013)!['count'], of(40_013)!['again']], [many + 1, 0]);
  assert.equal(of(40_014)!['zero'], 255);
  // The table was full: the server's answer may be in the rest.
  assert.deepEqual(
    [of(40_015)!['syns'], of(40_015)!['rtt'], of(40_015)!['outcome']],
    [63, undefined, undefined],
  );
  assert.deepEqual([of(40_016)!['count'], of(40_016)!['rsts'], of(40_016)!['rtt']], [many + 6, 63, 0]);
  const rest = records.filter((record) => record['client'] === '*');
  const ownRecords = [...told.keys()].filter((key) => key.startsWith('20.')).length;
  assert.deepEqual(rest, [{ client: '*', count: floodFlows - ownRecords }]);
});
