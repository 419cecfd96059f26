/** HTTPS over a network: packets that vanish, so that nobody says that the connection is gone. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { received } from './received.js';
import { judge } from './verdict.js';

export const httpsCases: readonly ProofCase[] = [{ name: 'HTTPS: half-open', run: halfOpen }];

const script = fileURLToPath(new URL('../support/readers/https-reader-process.js', import.meta.url));
/** Thirty seconds, and what a body takes. */
const longestNoticeMs = 60_000;

async function halfOpen(ground: Ground): Promise<Verdict> {
  const { ca, good } = ground.certificates();
  const { namespace, peerIPv4 } = ground.veth();
  const inside = ['netns', 'exec', namespace];
  const reader = spawn('ip', [...inside, process.execPath, script, good.cert, good.key, peerIPv4], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  ground.atEnd(() => reader.kill('SIGKILL'));
  const [port] = (await once(reader, 'message')) as [number];
  const got = async () => {
    const answer = once(reader, 'message');
    reader.send('records');
    const [records] = (await answer) as [readonly object[]];
    return received(records.map((record) => JSON.stringify(record)));
  };
  const nft = (...words: readonly string[]) => execFileSync('ip', [...inside, 'nft', ...words]);

  const feed = startFeed(ground, ['--to', `https://${peerIPv4}:${port}?ca=${ca}&servername=reader.test`]);
  await feed.windows(5);
  await until('they arrive', async () => (await got()).unique === feed.records, feed.program.stderr);
  nft('add', 'table', 'inet', 'proof');
  nft('add', 'chain', 'inet', 'proof', 'input', '{ type filter hook input priority 0 ; policy drop ; }');
  await feed.windows(5);
  const deadlineMs = performance.now() + longestNoticeMs;
  while (!feed.program.stderr().includes('records wait')) {
    if (performance.now() > deadlineMs) throw new Error(`it is not noticed: ${feed.program.stderr()}`);
    await sleep(100);
  }
  nft('delete', 'table', 'inet', 'proof');
  await feed.windows(5);
  const end = await feed.end();
  return judge({ end, got: await got() });
}
