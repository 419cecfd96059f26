/** A connection in several windows: each tells what was seen in it. */
import { healthOf } from '../../support/health/live/judge.js';
import { byPort } from '../../support/health/live/play.js';
import { ports } from '../../support/health/live/servers.js';
import { openHealthStage } from '../../support/health/live/stage.js';
import type { HealthRecord } from '../../support/health/live/watcher.js';
import { noLink } from '../../support/link/program.js';
import { wrongEnding } from '../../support/owners/program.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';

export const windowCases: readonly HealthCase[] = [
  {
    name: 'live: a connection of several windows',
    run: (ground) => run(ground, 0, { atMs: 300, seconds: 3 }, several),
  },
  {
    name: 'live: a SYN that is answered in the next window',
    skip: noLink,
    run: (ground) => run(ground, 300, { atMs: 600, seconds: 0 }, answeredLater),
  },
];

/** What its windows say, "state outcome" and the times that are told, joined by "; ". */
type Story = RegExp;

const times = 'handshake_rtt_us client_nw_latency_us server_nw_latency_us appl_latency_us';
const several: Story = new RegExp(`^S1 established ${times}(; OTH established){2,}; SF closed$`);
/** The way to the server and back takes more than half a second, for both ends' last packets too. */
const answeredLater: Story = /^S0 unanswered; S1 established; .*SHR? /;

const clientPort = 20_000;

async function run(
  ground: Ground,
  delayMs: number,
  when: { readonly atMs: number; readonly seconds: number },
  story: Story,
): Promise<HealthVerdict> {
  const stage = await openHealthStage(ground, ground.folder, delayMs === 0 ? {} : { server: { delayMs } });
  const { client, server } = stage.network;
  const watcher = await stage.watch({ name: 'windows', args: ['--engine', 'batch', '--interval', '1s'] });
  await stage.client.act('keepAsking', {
    ...{ host: server.ipv4, port: ports.answers, localPort: clientPort },
    ...when,
  });
  const isOf = byPort('tcp', client.ipv4, clientPort);
  const told = () => watcher.records().filter(isOf).map(said).join('; ');
  await until('its windows are told', () => story.test(told()), told);
  const ending = await watcher.stop();
  const ids = new Set(
    watcher
      .records()
      .filter(isOf)
      .map(({ conversation_id }) => conversation_id),
  );
  const wrong = ids.size === 1 ? [] : [`it has ${ids.size} ids`];
  return {
    ...{ compared: 1, right: 1 - wrong.length, told: told() },
    wrong: [...wrongEnding(watcher.name, ending), ...wrong],
  };
}

function said(record: HealthRecord): string {
  const { conn_state, outcome, ...rest } = healthOf(record);
  const told = Object.keys(rest).filter((name) => name.endsWith('_us'));
  return [conn_state, outcome, ...told].join(' ');
}
