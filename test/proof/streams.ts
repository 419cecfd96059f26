/** Streams and Unix datagrams to readers that behave in other ways than rsyslogd's inputs do. */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Certificate } from '../support/readers/certificates.js';
import { startRsyslog } from '../support/readers/rsyslog.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { hasAll, isAway, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { received } from './received.js';
import { judge } from './verdict.js';

export const streamCases: readonly ProofCase[] = [
  { name: 'stream tcp: closing in mid-record, again and again', run: closing },
  { name: 'stream tcp: a name that changes its address', run: moving },
  { name: 'stream tcp: slow, 1 KB/s, then as ever', run: slow },
  { name: 'stream tcp: half-open while it is idle', run: idle },
  { name: 'stream tls: certificates that are wrong, then right', run: certified },
  { name: 'stream unix-stream: away, restarted', run: local },
  { name: 'stream unix: rsyslogd restarted', run: datagrams },
];

/** What whole lines of a connection are; a torn one at its end is left out, as readers of lines do. */
class Lines {
  readonly whole: string[] = [];

  add(socket: Socket, onBytes: (count: number) => void = () => undefined): void {
    let rest = '';
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop()!;
      this.whole.push(...lines);
      onBytes(text.length);
    });
  }

  get got() {
    return received(this.whole);
  }
}

async function listen(
  ground: Ground,
  server: Server,
  ...where: readonly [number, string] | readonly [string]
) {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  ground.atEnd(close);
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).on('listening', resolve);
    if (where.length === 1) server.listen(where[0]);
    else server.listen(where[0], where[1]);
  });
  return close;
}

/** Every connection but each fifth ends behind a number of bytes drawn at random, by a reset or without one. */
async function closing(ground: Ground): Promise<Verdict> {
  const lines = new Lines();
  let connections = 0;
  const server = createServer((socket) => {
    const position = connections++;
    let left = position % 5 === 4 ? Number.POSITIVE_INFINITY : randomInt(100_000);
    lines.add(socket, (count) => {
      left -= count;
      if (left >= 0) return;
      if (position % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    });
  });
  const port = await ground.port();
  await listen(ground, server, port, '127.0.0.1');
  const feed = startFeed(ground, ['--to', `tcp://127.0.0.1:${port}`]);
  for (let round = 0; round < 10; round++) {
    await feed.windows(20);
    await hasAll(feed, () => lines.got.unique);
  }
  const end = await feed.end();
  const wrong = connections < 5 ? [`${connections} connections only`] : [];
  return judge({ end, got: lines.got, disorder: true, wrong });
}

/** The program sees an /etc/hosts of its own. */
async function moving(ground: Ground): Promise<Verdict> {
  const lines = new Lines();
  const hosts = join(ground.folder, 'hosts');
  writeFileSync(hosts, '127.0.0.1 reader.test\n');
  const port = await ground.port();
  const closeFirst = await listen(
    ground,
    createServer((socket) => lines.add(socket)),
    port,
    '127.0.0.1',
  );
  const mount = 'mount --bind "$0" /etc/hosts && exec "$@"';
  const feed = startFeed(ground, ['--to', `tcp://reader.test:${port}`], {
    prefix: ['unshare', '--mount', 'sh', '-c', mount, hosts],
  });
  await feed.windows(5);
  await hasAll(feed, () => lines.got.unique);
  await closeFirst();
  writeFileSync(hosts, '127.0.0.9 reader.test\n');
  await feed.windows(5);
  await isAway(feed);
  await listen(
    ground,
    createServer((socket) => lines.add(socket)),
    port,
    '127.0.0.9',
  );
  await hasAll(feed, () => lines.got.unique);
  return judge({ end: await feed.end(), got: lines.got });
}

/** Nothing is taken for a break, nor sent twice. */
async function slow(ground: Ground): Promise<Verdict> {
  const lines = new Lines();
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket));
  const port = await ground.port();
  await listen(ground, server, port, '127.0.0.1');
  const feed = startFeed(ground, ['--to', `tcp://127.0.0.1:${port}`]);
  // More than both kernels hold.
  await feed.windows(500);
  await until('it is connected', () => sockets.length === 1);
  let taken = '';
  for (let second = 0; second < 40; second++) {
    taken += sockets[0]!.read(1_024) ?? '';
    await sleep(1_000);
  }
  const waiting = (await feed.ledger()).sinks[0]!.recordsWaiting;
  sockets[0]!.unshift(Buffer.from(taken));
  lines.add(sockets[0]!);
  sockets[0]!.resume();
  const end = await feed.end();
  await until('all is read', () => lines.got.unique >= end.records).catch(() => undefined);
  const wrong = [
    ...(taken.length < 30_000 ? [`${taken.length} bytes were read slowly`] : []),
    ...(waiting === 0 ? ['nothing waited'] : []),
    ...(/records wait|ended|broke/.test(end.stderr) ? [end.stderr] : []),
  ];
  return judge({ end, got: lines.got, mostDuplicates: 0, wrong });
}

/** Nothing is on its way: keep-alive notices, and the next records go over another connection. */
async function idle(ground: Ground): Promise<Verdict> {
  const { namespace, peerIPv4: address } = ground.veth();
  const prefix = ['netns', 'exec', namespace];
  const port = await ground.port();
  const rsyslog = await startRsyslog({
    ...{ folder: join(ground.folder, 'rsyslog'), inputs: [{ module: 'imtcp', port }], address },
    prefix: ['ip', ...prefix],
  });
  ground.atEnd(() => rsyslog.stop('SIGKILL'));
  const got = () => received(rsyslog.lines(0));
  const feed = startFeed(ground, ['--to', `tcp://${address}:${port}`]);
  const hasRead = () => until('all is read', () => got().unique >= feed.records, feed.program.stderr);
  const connections = () => {
    const words = ['-Htn', 'state', 'established', 'dst', `${address}:${port}`];
    return execFileSync('ss', words, { encoding: 'utf8' }).split('\n').length - 1;
  };
  await feed.windows(5);
  await hasRead();
  await until('nothing waits', async () => (await feed.ledger()).sinks[0]!.recordsWaiting === 0);
  const before = connections();
  const nft = (input: string) => execFileSync('ip', [...prefix, 'nft', '-f', '-'], { input });
  nft('table inet wall { chain input { type filter hook input priority 0; policy drop; }; }');
  const startMs = performance.now();
  while (connections() > 0 && performance.now() - startMs < 60_000) await sleep(200);
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  nft('delete table inet wall');
  await feed.windows(5);
  await hasRead();
  const end = await feed.end();
  await until('all is written', () => got().unique >= end.records).catch(() => undefined);
  const wrong = [
    ...(before === 1 ? [] : [`${before} connections at the start`]),
    ...(seconds <= 40 ? [] : [`noticed after ${seconds} s`]),
    ...(/records wait/.test(end.stderr) ? [end.stderr] : []),
  ];
  return judge({ end, got: got(), mostDuplicates: 0, wrong });
}

async function certified(ground: Ground): Promise<Verdict> {
  const { ca, expired, wrongName, good } = ground.certificates();
  const lines = new Lines();
  const port = await ground.port();
  const open = async ({ cert, key }: Certificate) => {
    const options: TlsOptions = { cert: readFileSync(cert), key: readFileSync(key) };
    const server = createTlsServer(options, (socket) => lines.add(socket));
    server.on('tlsClientError', () => undefined);
    return listen(ground, server, port, '127.0.0.1');
  };
  let close = await open(expired);
  const feed = startFeed(ground, ['--to', `tls://127.0.0.1:${port}?ca=${ca}`]);
  await feed.windows(5);
  await until('it is noticed', () => feed.program.stderr().includes('has expired'), feed.program.stderr);
  await close();
  close = await open(wrongName);
  await until('that, too', () => feed.program.stderr().includes('other.example'), feed.program.stderr);
  await close();
  const before = lines.got.unique;
  await open(good);
  await hasAll(feed, () => lines.got.unique);
  return judge({
    end: await feed.end(),
    got: lines.got,
    wrong: before > 0 ? ['records went to a reader that is somebody else'] : [],
  });
}

async function local(ground: Ground): Promise<Verdict> {
  const lines = new Lines();
  const path = join(ground.folder, 'socket');
  const open = async () => {
    const close = await listen(
      ground,
      createServer((socket) => lines.add(socket)),
      path,
    );
    chmodSync(path, 0o666);
    return close;
  };
  const feed = startFeed(ground, ['--to', `unix-stream:${path}`]);
  await feed.windows(5);
  await isAway(feed);
  const close = await open();
  await hasAll(feed, () => lines.got.unique);
  await close();
  rmSync(path, { force: true });
  await feed.windows(5);
  await open();
  await feed.windows(5);
  await hasAll(feed, () => lines.got.unique);
  return judge({ end: await feed.end(), got: lines.got });
}

async function datagrams(ground: Ground): Promise<Verdict> {
  const path = join(ground.folder, 'socket');
  const rsyslog = await startRsyslog({
    folder: join(ground.folder, 'rsyslog'),
    inputs: [{ module: 'imuxsock', path }],
  });
  ground.atEnd(() => rsyslog.stop('SIGKILL'));
  const got = () => received(rsyslog.lines(0));
  const feed = startFeed(ground, ['--to', `unix:${path}`]);
  const hasRead = () =>
    until(
      'all is read',
      () => got().unique >= feed.records,
      () => `${got().unique} of ${feed.records}\n${feed.program.stderr()}`,
    );
  await feed.windows(50);
  await hasRead();
  await rsyslog.stop();
  await feed.windows(50);
  await isAway(feed);
  await rsyslog.start();
  await feed.windows(50);
  await hasRead();
  const end = await feed.end();
  await until('all is written', () => got().unique >= end.records).catch(() => undefined);
  return judge({ end, got: got() });
}
