/**
 * Runs in a network namespace of its own that has no network at first: sends records while there is none, while a veth
 * pair leads to a collector, while that is down, and when it is up again; prints what became of them. A program for a
 * test; with an argument Node sends.
 */
import { execFileSync } from 'node:child_process';
import { UdpSink } from '../../../src/sink/udp/udp.js';
import { until } from '../../support/until.js';
import { untilItCarries } from '../../support/veth.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { startReceiver } from './receiver-process.js';
import { eventLoopTurn, sender } from './udp-rig.js';

const here = '198.18.0.1';
const there = '198.18.0.2';
const enough = { noRouteMs: 1000, returnMs: 10_000 };

const receiver = await startReceiver(0, '0.0.0.0', 'unshare', '--net');
const ip = (...words: string[]) => execFileSync('ip', words);
const [enter, ...into] = ['nsenter', '-t', `${receiver.pid}`, '-n', 'ip'] as const;
const ipThere = (...words: string[]) => execFileSync(enter, [...into, ...words]);
const untilTheWayIsOpen = () => {
  untilItCarries(['ip'], 'here');
  untilItCarries([enter, ...into], 'there');
};

const lines: string[] = [];
let clockMs = 0;
const sink = new UdpSink({
  target: { name: 'collector', host: there, port: receiver.port },
  log: { limited: (_, text) => lines.push(text) },
  nowMs: () => clockMs,
  ...(process.argv[2] === undefined ? sender : {}),
});

async function pass(ms: number): Promise<void> {
  for (const endMs = clockMs + ms; clockMs < endMs; clockMs += 5) {
    sink.tick(clockMs);
    await eventLoopTurn();
  }
}

sink.start();
sink.write(encodedOf(numberedLines(0, 100)));
await pass(enough.noRouteMs);
ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there', 'netns', `${receiver.pid}`);
ip('addr', 'add', `${here}/30`, 'dev', 'here');
ipThere('addr', 'add', `${there}/30`, 'dev', 'there');
ip('link', 'set', 'here', 'up');
ipThere('link', 'set', 'there', 'up');
untilTheWayIsOpen();
await pass(enough.returnMs);
ip('link', 'set', 'here', 'down');
sink.write(encodedOf(numberedLines(100, 100)));
await pass(enough.noRouteMs);
ip('link', 'set', 'here', 'up');
untilTheWayIsOpen();
await pass(enough.returnMs);

// The clock of this program is ahead of the kernel's, which may still look for the way.
let received: readonly string[] = [];
await until('all has arrived', async () => {
  ({ received } = await receiver.report());
  return received.length >= sink.counts.recordsSent;
});
process.stdout.write(JSON.stringify({ received, counts: sink.counts, lines: unrepeated(lines) }));
await sink.close(0);
receiver.stop();

function unrepeated(texts: readonly string[]): string[] {
  return texts.filter((text, i) => text !== texts[i - 1]);
}
