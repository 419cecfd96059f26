/** What strangers can send to a host whose traffic is looked at for names, by each engine and from a file. */
import { join } from 'node:path';
import { buildTool } from '../../../../bench/tools.js';
import type { Ground } from '../../ground.js';
import type { NamesCase, NamesVerdict } from '../case.js';
import { capture, type Way, ways } from './capture.js';
import { aliasLadders, answerFlood, oddAnswers } from './dns.js';
import { type Flood, writeFlood } from './flood.js';
import { connectionFlood, crumbs, halfHellos, manyExtensions, piecedHellos } from './hellos.js';
import { judge, lost, told } from './judge.js';
import { initialFlood } from './quic.js';
import { unfitNames } from './unfit-names.js';

const floods: readonly Flood[] = [
  unfitNames,
  answerFlood,
  oddAnswers,
  aliasLadders,
  piecedHellos,
  halfHellos,
  crumbs,
  manyExtensions,
  connectionFlood,
  initialFlood,
];

export const hostileCases: readonly NamesCase[] = floods.flatMap((flood) =>
  ways.map((way) => ({ name: `hostile, ${way}: ${flood.name}`, run: (ground) => run(ground, flood, way) })),
);

/** cap keeps up with less; where it captures first, batch takes over from it. */
const shareOf: Readonly<Record<Way, number>> = { batch: 1, cap: 0.2, file: 1 };
/** On a busy machine any run may lose some frames: only what is lost each time is lost because of names. */
const mostRounds = 3;

async function run(ground: Ground, flood: Flood, way: Way): Promise<NamesVerdict> {
  const file = join(ground.folder, 'flood.pcap');
  const all = writeFlood(file, flood) * (way === 'file' ? 1 : (flood.rounds ?? 1));
  const frames = Math.ceil(all * shareOf[way]);
  const framesPerSecond = flood.framesPerSecond * shareOf[way];
  const sender = buildTool('sender', ground.folder);
  for (let round = 1; ; round++) {
    const runOf = (names: 'traffic' | 'off') =>
      capture(ground, sender, { way, names, file, frames, framesPerSecond });
    const off = await runOf('off');
    const on = await runOf('traffic');
    if (lost(on) <= lost(off) || round === mostRounds)
      return { told: told(on, off), wrong: judge(flood, way, on, off) };
  }
}
