/** nginx, by HTTPS: away, restarted, with certificates that are none, slow, closing in the middle of a record. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../support/readers/certificates.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { type Feed, hasAll, isAway, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { type Nginx, nginx } from './readers/nginx.js';
import { openProxy } from './readers/proxy.js';
import { judge } from './verdict.js';

export const nginxCases: readonly ProofCase[] = [
  { name: 'nginx HTTPS: away at start', run: awayAtStart },
  { name: 'nginx HTTPS: restarted', run: restarted },
  { name: 'nginx HTTPS: its certificate expired', run: (ground) => mended(ground, 'expired', /has expired/) },
  {
    name: 'nginx HTTPS: a certificate of another name',
    run: (ground) => mended(ground, 'wrongName', /another name/),
  },
  { name: 'nginx HTTPS: cut in the middle of records', run: cut },
  { name: 'nginx HTTP: slow, 1 KB/s', run: slow },
];

/** nginx logs what is in a body as it is. */
function feedTo(ground: Ground, port: number, options?: Parameters<typeof startFeed>[2]): Feed {
  const query = `compress=none&ca=${ground.certificates().ca}`;
  return startFeed(ground, ['--to', `https://127.0.0.1:${port}/flows?${query}`], options);
}

async function endOf(reader: Nginx, feed: Feed, wrong: readonly string[] = []): Promise<Verdict> {
  const end = await feed.end();
  // It logs a body after it has answered.
  await until('all is logged', () => reader.got().unique >= end.records).catch(() => undefined);
  return judge({ end, got: reader.got(), wrong });
}

async function awayAtStart(ground: Ground): Promise<Verdict> {
  const reader = await nginx(ground, { certificate: ground.certificates().good });
  const feed = feedTo(ground, reader.port);
  await feed.windows(5);
  await isAway(feed);
  await reader.start();
  await hasAll(feed, () => reader.got().unique);
  await feed.windows(5);
  return endOf(reader, feed);
}

async function restarted(ground: Ground): Promise<Verdict> {
  const reader = await nginx(ground, { certificate: ground.certificates().good });
  await reader.start();
  const feed = feedTo(ground, reader.port);
  await feed.windows(5);
  await hasAll(feed, () => reader.got().unique);
  await reader.stop();
  await feed.windows(5);
  await isAway(feed);
  await reader.start();
  await feed.windows(5);
  return endOf(reader, feed);
}

/** Records wait until somebody gives it a good one. */
async function mended(ground: Ground, bad: 'expired' | 'wrongName', said: RegExp): Promise<Verdict> {
  const certificates = ground.certificates();
  const shown = { cert: join(ground.folder, 'shown.pem'), key: join(ground.folder, 'shown.key') };
  const show = ({ cert, key }: Certificate) => {
    copyFileSync(cert, shown.cert);
    copyFileSync(key, shown.key);
  };
  show(certificates[bad]);
  const reader = await nginx(ground, { certificate: shown });
  await reader.start();
  const feed = feedTo(ground, reader.port);
  await feed.windows(5);
  await isAway(feed);
  const wrong = said.test(feed.program.stderr()) ? [] : [`it says: ${feed.program.stderr()}`];
  const early = reader.got().unique;
  if (early > 0) wrong.push(`${early} records went to a reader that could have been anybody`);
  show(certificates.good);
  reader.reload();
  await hasAll(feed, () => reader.got().unique);
  return endOf(reader, feed, wrong);
}

async function cut(ground: Ground): Promise<Verdict> {
  const reader = await nginx(ground, { certificate: ground.certificates().good });
  await reader.start();
  const proxy = await openProxy(ground, reader.port);
  const feed = feedTo(ground, proxy.port);
  for (let round = 0; round < 5; round++) {
    await feed.windows(5);
    await hasAll(feed, () => reader.got().unique);
    // In the middle of a body, in the middle of the head, and when all of it has gone by.
    proxy.cutAfter([9_000, 100, 60_000, 20_001, 40_000][round]!);
  }
  await feed.windows(5);
  return endOf(reader, feed);
}

async function slow(ground: Ground): Promise<Verdict> {
  const reader = await nginx(ground, {});
  await reader.start();
  const proxy = await openProxy(ground, reader.port);
  const feed = startFeed(ground, ['--to', `http://127.0.0.1:${proxy.port}/flows?compress=none`], {
    flows: 20,
  });
  await feed.windows(2);
  await hasAll(feed, () => reader.got().unique);
  proxy.bytesPerSecond = 1_000;
  await feed.windows(3);
  return endOf(reader, feed);
}
