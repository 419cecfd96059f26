/** IPFIX: real collectors over many messages, away and restarted; and connections that break in the middle of a message. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  type FlowRow,
  missing,
  type ReaderGround,
  startNfacctd,
  startNfcapd,
} from '../support/readers/ipfix-collectors.js';
import { IpfixReader } from '../support/readers/ipfix-reader.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { isAway, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import type { Received } from './received.js';
import { judge } from './verdict.js';

const noNfcapd = missing('nfcapd', '-V', 'nfdump');
const noNfacctd = missing('nfacctd', '-V', 'pmacct');

export const ipfixCases: readonly ProofCase[] = [
  { name: 'IPFIX to nfcapd: templates again and again', skip: noNfcapd, run: manyMessages },
  { name: 'IPFIX to nfcapd: restarted', skip: noNfcapd, run: restarted },
  { name: 'IPFIX to nfacctd: many windows', skip: noNfacctd, run: manyWindows },
  { name: 'IPFIX by TCP: breaks in mid-message', run: breaks },
];

const at = (ground: Ground, port: number): ReaderGround => ({
  folder: ground.folder,
  port,
  after: ground.atEnd,
});

/** A flow comes once in a window, and so once in any second. */
function receivedOf(rows: readonly Pick<FlowRow, 'source' | 'start' | 'packets'>[]): Received {
  const known = new Set<string>();
  let packets = 0;
  for (const row of rows) {
    const name = `${row.source} ${row.start}`;
    if (!known.has(name)) packets += row.packets;
    known.add(name);
  }
  return { unique: known.size, duplicates: rows.length - known.size, packets, torn: 0, disorder: 0 };
}

const missedBy = (log: string): string[] =>
  /Sequence Errors: 0, Bad Packets: 0/.test(log) ? [] : [`nfcapd missed something: ${log.trim()}`];

async function manyMessages(ground: Ground): Promise<Verdict> {
  const nfcapd = await startNfcapd(at(ground, await ground.port()));
  const feed = startFeed(ground, ['--to', `ipfix://127.0.0.1:${nfcapd.port}`], { flows: 2_000 });
  await feed.windows(10);
  const end = await feed.end();
  const { rows, log } = await nfcapd.finish();
  return judge({ end, got: receivedOf(rows), wrong: missedBy(log) });
}

async function restarted(ground: Ground): Promise<Verdict> {
  const port = await ground.port();
  const first = await startNfcapd(at(ground, port));
  const feed = startFeed(ground, ['--to', '-', '--to', `ipfix://127.0.0.1:${port}`]);
  await feed.windows(5);
  const told = () => feed.program.stdout().split('\n').length - 1;
  await until('they are told', () => told() === feed.records);
  const sent = async () => (await feed.ledger()).sinks[1]!.records;
  await until('they are sent', async () => (await sent()) === feed.records);
  const before = await first.finish();
  await feed.windows(5);
  await isAway(feed);
  const second = await startNfcapd(at(ground, port));
  await feed.windows(5);
  const end = await feed.end();
  const after = await second.finish();
  const wrong = [...missedBy(before.log), ...missedBy(after.log)];
  return judge({ end, got: receivedOf([...before.rows, ...after.rows]), output: 1, wrong });
}

async function manyWindows(ground: Ground): Promise<Verdict> {
  const nfacctd = await startNfacctd(at(ground, await ground.port()));
  const feed = startFeed(ground, ['--to', `ipfix://127.0.0.1:${nfacctd.port}`]);
  await feed.windows(50);
  const end = await feed.end();
  const { rows } = await nfacctd.finish(end.records);
  return judge({ end, got: receivedOf(rows) });
}

/** The reader resets each of its first connections after some more bytes. */
async function breaks(ground: Ground): Promise<Verdict> {
  const port = await ground.port();
  const sessions: Buffer[] = [];
  const server = createServer((socket) => {
    const session = sessions.push(Buffer.alloc(0)) - 1;
    ground.atEnd(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const all = Buffer.concat([sessions[session]!, bytes]);
      const most = session < 8 ? 700 * (session + 1) + session : Number.POSITIVE_INFINITY;
      sessions[session] = all.subarray(0, most);
      if (all.length >= most) socket.resetAndDestroy();
    });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  ground.atEnd(() => server.close());
  const feed = startFeed(ground, ['--to', `ipfix+tcp://127.0.0.1:${port}`]);
  for (let window = 0; window < 10; window++) await feed.windows(1);
  const end = await feed.end();
  const flows = sessions.flatMap((session) => {
    const reader = new IpfixReader();
    reader.read(wholeMessages(session));
    return [...reader.flows];
  });
  const rows = flows.map((flow) => ({
    source: String(flow.sourceIPv4Address),
    start: String(flow.flowStartMilliseconds),
    packets: Number(flow.packetDeltaCount),
  }));
  return judge({ end, got: receivedOf(rows), wrong: sessions.length > 2 ? [] : ['nothing broke'] });
}

function wholeMessages(bytes: Buffer): Buffer {
  let end = 0;
  while (end + 4 <= bytes.length && end + bytes.readUInt16BE(end + 2) <= bytes.length)
    end += bytes.readUInt16BE(end + 2);
  return bytes.subarray(0, end);
}
