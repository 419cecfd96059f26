/** syslog-ng by each way that it listens on: restarted. */
import { until } from '../support/until.js';
import type { ProofCase, Verdict } from './case.js';
import { isAway, startFeed } from './feed.js';
import type { Ground } from './ground.js';
import { noSyslogNg, type SyslogNgInput, syslogNg } from './readers/syslog-ng.js';
import { judge } from './verdict.js';

const inputs = ['network', 'syslog', 'tls'] as const;

export const syslogNgCases: readonly ProofCase[] = inputs.map((input) => {
  return {
    name: `syslog-ng ${input}: restarted`,
    skip: noSyslogNg,
    run: (ground) => restarted(ground, input),
  };
});

async function restarted(ground: Ground, input: SyslogNgInput): Promise<Verdict> {
  const reader = await syslogNg(ground, input);
  const scheme = { network: 'tcp', syslog: 'syslog+tcp', tls: 'syslog+tls' }[input];
  const query = input === 'tls' ? `?ca=${ground.certificates().ca}` : '';
  const hasRead = (records: number) => until('all is read', () => reader.got().unique >= records);
  await reader.start();
  const feed = startFeed(ground, ['--to', `${scheme}://127.0.0.1:${reader.port}${query}`]);
  await feed.windows(5);
  await hasRead(feed.records);
  await reader.stop();
  await feed.windows(5);
  await isAway(feed);
  await reader.start();
  await feed.windows(50);
  const end = await feed.end();
  await hasRead(end.records).catch(() => undefined);
  return judge({ end, got: reader.got() });
}
