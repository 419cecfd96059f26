/** Captures of one direction only: what the other end did is not seen, and not said. */
import { judge } from '../../support/health/live/judge.js';
import type { Played } from '../../support/health/live/play.js';
import type { Figures } from '../../support/health/live/scene.js';
import { openHealthStage } from '../../support/health/live/stage.js';
import { wrongEnding } from '../../support/owners/program.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';

/** What each state and each outcome is where only the client's packets are seen, or only the server's. */
type Seen = Readonly<Record<string, Figures | undefined>>;

const ofClient: Seen = {
  S0: { conn_state: 'S0', outcome: 'unanswered' },
  S1: { conn_state: 'S0' },
  S2: { conn_state: 'SH' },
  S3: { conn_state: 'S0' },
  SF: { conn_state: 'SH' },
  RSTO: { conn_state: 'OTH', outcome: 'reset' },
  RSTR: { conn_state: 'S0' },
  REJ: { conn_state: 'S0', outcome: 'unanswered' },
  answered: { outcome: 'unanswered' },
  refused: { outcome: 'unanswered' },
  unanswered: { outcome: 'unanswered' },
};

/** Who was the client of a datagram, or of a lone RST, is a guess then. */
const ofServer: Seen = {
  S1: { conn_state: 'OTH' },
  S2: { conn_state: 'OTH' },
  S3: { conn_state: 'SHR' },
  SF: { conn_state: 'SHR' },
  RSTO: { conn_state: 'OTH' },
  RSTR: { conn_state: 'RSTRH', outcome: 'reset' },
};

export const directionCases: readonly HealthCase[] = [
  { name: 'live: the packets of clients only', run: (ground) => run(ground, 'in', 'client', ofClient) },
  { name: 'live: the packets of servers only', run: (ground) => run(ground, 'out', 'server', ofServer) },
];

async function run(ground: Ground, direction: string, side: string, seen: Seen): Promise<HealthVerdict> {
  const stage = await openHealthStage(ground, ground.folder);
  const [one, both] = await Promise.all([
    stage.watch({ name: `-Q ${direction}`, args: ['-Q', direction] }),
    stage.watch({ name: 'both', args: ['--engine', 'batch'] }),
  ]);
  const played = await stage.playAll();
  await stage.untilAllIsTaken([both]);
  const ending = await one.stop();
  const expected = played.flatMap((whole) => ofOneSide(whole, side, seen));
  const wrong = judge(expected, one.records(), undefined);
  return {
    compared: expected.length,
    right: expected.length - wrong.length,
    told: 'no times, and no counts of the other side',
    wrong: [...wrongEnding(one.name, ending), ...wrong],
  };
}

function ofOneSide(played: Played, side: string, seen: Seen): readonly Played[] {
  const { conn_state, outcome } = played.figures;
  const words = seen[String(conn_state ?? outcome)];
  if (words === undefined) return [];
  const counts = Object.entries(played.figures).filter(([name]) => name.startsWith(`${side}_`));
  const least = Object.entries(played.least ?? {}).filter(([name]) => name.startsWith(`${side}_`));
  return [
    { ...played, figures: { ...words, ...Object.fromEntries(counts) }, least: Object.fromEntries(least) },
  ];
}
