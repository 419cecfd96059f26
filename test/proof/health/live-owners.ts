/** Connections of a unit with a service told as one record: means and counts are those of the connections. */

import { type Belongs, judgeGroups } from '../../support/health/live/group-sums.js';
import { openHealthStage } from '../../support/health/live/stage.js';
import type { HealthRecord } from '../../support/health/live/watcher.js';
import { noCgroups } from '../../support/owners/cgroups.js';
import { wrongEnding } from '../../support/owners/program.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';

export const ownerCases: readonly HealthCase[] = [{ name: 'live: --group owner', skip: noCgroups, run }];

const outputs = ['full', 'full&group=owner'] as const;

const belongs: Belongs = (one, group) =>
  one.transport === group.transport &&
  one['source_owner'] === group['source_owner'] &&
  one.target_address === group.target_address &&
  one.target_port === group.target_port;

async function run(ground: Ground): Promise<HealthVerdict> {
  const stage = await openHealthStage(ground, ground.folder);
  const watcher = await stage.watch({
    ...{ name: 'owners', place: stage.network.client, outputs },
    args: ['--engine', 'batch', '--owners', 'syn'],
  });
  await stage.playAll();
  await stage.untilAllIsTaken([watcher]);
  const ending = await watcher.stop();
  const [conversations, groups] = outputs.map((settings) => watcher.records(settings));
  const owned = groups!.filter((group) => group['source_owner'] !== undefined);
  const wrong = judgeGroups(owned, conversations!, belongs, 2);
  const [largest] = owned.sort(
    (one, other) => Number(other['handshakes'] ?? 0) - Number(one['handshakes'] ?? 0),
  );
  return {
    ...{ compared: owned.length, right: owned.length - wrong.length, told: told(largest) },
    wrong: [...wrongEnding(watcher.name, ending), ...wrong],
  };
}

function told(group: HealthRecord | undefined): string {
  if (group === undefined) return 'no owner';
  const { source_owner, target_port, connections, handshake_rtt_us, appl_latency_us } = group;
  return `${source_owner} > ${target_port}: ${connections} connections, means ${handshake_rtt_us} and ${appl_latency_us} µs`;
}
