/** rsyslogd by every way that it listens on: away, restarted, slow, behind a connection that went dead. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { type Feed, hasAll, isAway, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { type Input, type Rsyslog, rsyslog } from './readers/rsyslog.js';
import { judge } from './verdict.js';

export const rsyslogCases: readonly ProofCase[] = [
  ...(['imtcp', 'imptcp', 'tls'] as const).flatMap((input): ProofCase[] => [
    { name: `rsyslog ${input}: away at start`, run: (ground) => awayAtStart(ground, input) },
    { name: `rsyslog ${input}: restarted`, run: (ground) => restarted(ground, input) },
  ]),
  { name: 'rsyslog imtcp: restarted at once', run: (ground) => restarted(ground, 'imtcp', 'tcp', false) },
  { name: 'rsyslog imtcp: killed while it is sent to', run: killed },
  {
    name: 'rsyslog imtcp: octet-counted, restarted',
    run: (ground) => restarted(ground, 'imtcp', 'syslog+tcp'),
  },
  { name: 'rsyslog tls: octet-counted, restarted', run: (ground) => restarted(ground, 'tls', 'syslog+tls') },
  { name: 'rsyslog imudp: restarted', run: (ground) => restarted(ground, 'imudp', 'udp') },
  { name: 'rsyslog imtcp: slow, 1 KB/s', run: slow },
  { name: 'rsyslog imtcp: half-open', run: halfOpen },
];

const schemeOf = (input: Input) => (input === 'tls' ? 'tls' : 'tcp');

function feedTo(ground: Ground, { port }: Rsyslog, input: Input, scheme: string = schemeOf(input)): Feed {
  const query = input === 'tls' ? `?ca=${ground.certificates().ca}` : '';
  return startFeed(ground, ['--to', `${scheme}://127.0.0.1:${port}${query}`]);
}

const settled = (feed: Feed) =>
  until(
    'nothing waits',
    async () => (await feed.ledger()).sinks[0]?.recordsWaiting === 0,
    feed.program.stderr,
  );

async function awayAtStart(ground: Ground, input: Input): Promise<Verdict> {
  const reader = await rsyslog(ground, { input });
  const feed = feedTo(ground, reader, input);
  await feed.windows(5);
  await isAway(feed);
  await reader.start();
  await hasAll(feed, () => reader.got().unique);
  await feed.windows(5);
  const end = await feed.end();
  await until('all is written', () => reader.got().unique >= end.records).catch(() => undefined);
  return judge({ end, got: reader.got() });
}

async function restarted(ground: Ground, input: Input, scheme?: string, isQuiet = true): Promise<Verdict> {
  const reader = await rsyslog(ground, { input });
  await reader.start();
  const feed = feedTo(ground, reader, input, scheme);
  await feed.windows(5);
  await hasAll(feed, () => reader.got().unique);
  // What is acknowledged is kept for a moment, and what is kept then comes twice: here nothing is.
  if (isQuiet) await settled(feed);
  await reader.stop();
  await feed.windows(5);
  await isAway(feed);
  await reader.start();
  await feed.windows(5);
  const end = await feed.end();
  await until('all is written', () => reader.got().unique >= end.records).catch(() => undefined);
  return judge({ end, got: reader.got() });
}

/** What its kernel had acknowledged and it had not read dies with it: at most what its socket holds. */
async function killed(ground: Ground): Promise<Verdict> {
  const reader = await rsyslog(ground, { input: 'imtcp' });
  await reader.start();
  const feed = feedTo(ground, reader, 'imtcp');
  for (let round = 0; round < 5; round++) {
    await feed.windows(100);
    await until('some arrive', () => reader.got().unique > round * 2_000, feed.program.stderr);
    await reader.stop('SIGKILL');
    await reader.start();
  }
  await feed.windows(1);
  const end = await feed.end();
  const sent = end.ledger?.sinks[0]?.records ?? 0;
  await until('all is written', () => reader.got().unique >= sent).catch(() => undefined);
  return judge({ end, got: reader.got(), lossBound: end.records, disorder: true });
}

/** The reader is in a namespace of its own, and what lies between is this host's. */
async function remote(
  ground: Ground,
): Promise<{ readonly reader: Rsyslog; readonly feed: Feed; readonly inside: readonly string[] }> {
  const veth = ground.veth();
  const inside = ['ip', 'netns', 'exec', veth.namespace];
  const reader = await rsyslog(ground, { input: 'imtcp', address: veth.peerIPv4, prefix: inside });
  await reader.start();
  const feed = startFeed(ground, ['--to', `tcp://${veth.peerIPv4}:${reader.port}`], { flows: 20 });
  return { reader, feed, inside };
}

async function slow(ground: Ground): Promise<Verdict> {
  const { reader, feed, inside } = await remote(ground);
  await feed.windows(2);
  await hasAll(feed, () => reader.got().unique);
  const [command, ...words] = inside;
  const peer = words[2]!.concat('p');
  // What goes out here is slowed down by the answers that do not come: so both ends are.
  const slowly = 'root tbf rate 8kbit burst 2kb latency 20s'.split(' ');
  const here = peer.replace(/p$/, 'h');
  execFileSync('tc', ['qdisc', 'add', 'dev', here, ...slowly], { stdio: 'inherit' });
  execFileSync(command!, [...words, 'tc', 'qdisc', 'add', 'dev', peer, ...slowly], { stdio: 'inherit' });
  await feed.windows(3);
  const end = await feed.end();
  await until('all is written', () => reader.got().unique >= end.records).catch(() => undefined);
  return judge({ end, got: reader.got() });
}

async function halfOpen(ground: Ground): Promise<Verdict> {
  const { reader, feed, inside } = await remote(ground);
  const nft = (...words: readonly string[]) => {
    const [command, ...before] = inside;
    execFileSync(command!, [...before, 'nft', ...words], { stdio: 'inherit' });
  };
  await feed.windows(5);
  await hasAll(feed, () => reader.got().unique);
  nft('add', 'table', 'inet', 'proof');
  nft('add', 'chain', 'inet', 'proof', 'input', '{ type filter hook input priority 0 ; policy drop ; }');
  await feed.windows(5);
  await isAwayFor(feed);
  nft('delete', 'table', 'inet', 'proof');
  await feed.windows(5);
  const end = await feed.end();
  await until('all is written', () => reader.got().unique >= end.records).catch(() => undefined);
  return judge({ end, got: reader.got(), disorder: true });
}

/** A dead connection takes longer to notice than a refused one. */
async function isAwayFor(feed: Feed): Promise<void> {
  const startMs = performance.now();
  while (!/records wait/.test(feed.program.stderr())) {
    if (performance.now() - startMs > 90_000) throw new Error(`not noticed: ${feed.program.stderr()}`);
    await sleep(100);
  }
}
