/** UDP: a collector on this host that goes and comes back. */
import { openCollector } from '../support/collector.js';
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { isAway, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { received } from './received.js';
import { judge } from './verdict.js';

export const udpCases: readonly ProofCase[] = [{ name: 'UDP: away in the middle', run: awayInTheMiddle }];

async function awayInTheMiddle(ground: Ground): Promise<Verdict> {
  const port = await ground.port();
  const first = await openCollector(port);
  ground.atEnd(first.close);
  const feed = startFeed(ground, ['--to', `127.0.0.1:${port}`]);
  await feed.windows(5);
  await until('they arrive', () => first.records.length === feed.records);
  first.close();
  await feed.windows(5);
  await isAway(feed);
  const second = await openCollector(port);
  ground.atEnd(second.close);
  await feed.windows(5);
  const end = await feed.end();
  const records = [...first.records, ...second.records].map((record) => JSON.stringify(record));
  return judge({ end, got: received(records) });
}
