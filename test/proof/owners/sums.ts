/** Flows told as one by owner add up to the plain ones: in each window, of each owner and in all. */
import { isDeepStrictEqual } from 'node:util';
import { askIn, askOut } from '../../support/owners/brief-talks.js';
import { noCgroups } from '../../support/owners/cgroups.js';
import { askers, holdTalks, untilAWindowIsTold } from '../../support/owners/held-talks.js';
import {
  directions,
  type OwnedRecord,
  startOwnersWatcher,
  untilItWatches,
  wrongEnding,
} from '../../support/owners/program.js';
import { openStage } from '../../support/owners/stage.js';
import type { Ground } from '../ground.js';
import type { OwnersCase, OwnersVerdict } from './case.js';

/** Plain, and as one. */
const pairs = [
  [directions, `${directions}&group=owner`],
  ['full', 'full&group=owner'],
  [directions, `${directions}&group=owner,clients`],
] as const;

const figures = ['flows', 'packets', 'payload_bytes', 'ip_bytes', 'wire_bytes'] as const;
const sides = ['', 'source_', 'target_'] as const;

export const sumCases: readonly OwnersCase[] = (['cap', 'batch', 'auto'] as const).map((engine) => ({
  name: `sums by owner: ${engine}`,
  skip: noCgroups,
  run: (ground) => run(ground, engine),
}));

async function run(ground: Ground, engine: string): Promise<OwnersVerdict> {
  const stage = await openStage(ground, ground.folder);
  const watcher = startOwnersWatcher(ground, {
    ...{ name: 'watcher', args: ['-i', 'any', '--engine', engine] },
    ...{ prefix: stage.prefix, folder: ground.folder, outputs: [...new Set(pairs.flat())] },
  });
  await untilItWatches(watcher);
  // Two of one unit to one service, which are one then.
  const held = await holdTalks(stage, [...askers, askers[0]!]);
  for (let window = 0; window < 3; window++) {
    await Promise.all([askOut(stage, window), askIn(stage, window)]);
    await untilAWindowIsTold([watcher], held);
  }
  const ending = await watcher.stop();
  const wrong = wrongEnding('pcap-agg', ending);
  const all = pairs.map(([plain, asOne]) => {
    const [flows, folded] = [watcher.records(plain), watcher.records(asOne)];
    const [sums, foldedSums] = [sumsOf(flows), sumsOf(folded)];
    const keys = [...new Set([...sums.keys(), ...foldedSums.keys()])];
    const differ = keys.filter((key) => !isDeepStrictEqual(sums.get(key), foldedSums.get(key)));
    const isFewer = folded.length < flows.length;
    return {
      told: `${flows.length} records of ${plain} are ${folded.length}`,
      count: keys.length,
      mistakes: [
        ...differ.map((key) => `${asOne}: ${key}: ${foldedSums.get(key)}, not ${sums.get(key)}`),
        ...(isFewer ? [] : [`${asOne}: ${folded.length} records, ${flows.length} of ${plain}`]),
      ],
    };
  });
  const mistakes = all.flatMap((each) => each.mistakes);
  const count = all.reduce((sum, each) => sum + each.count, 0);
  return {
    ...{ count, right: count - mistakes.length, mistaken: mistakes.length },
    told: all.map(({ told }) => told).join('; '),
    wrong: [...wrong, ...mistakes],
  };
}

/** By window and owners of both ends, and by window alone. */
function sumsOf(records: readonly OwnedRecord[]): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const record of records) {
    const { window_start_us: start, source_owner: source, target_owner: target } = record;
    const numbers = figures.flatMap((figure) => sides.map((side) => Number(record[side + figure] ?? 0)));
    for (const key of [`${start}`, `${start} ${source ?? 'nobody'} to ${target ?? 'nobody'}`]) {
      const sum = sums.get(key);
      sums.set(key, sum === undefined ? numbers : sum.map((value, index) => value + numbers[index]!));
    }
  }
  return sums;
}
