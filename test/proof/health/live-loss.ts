/**
 * Connections over a link that loses, doubles and reorders packets, captured where they are sent: each count is what the sender's kernel sent
 * again. agreement.ts looks at where they arrive.
 */
import { isDeepStrictEqual } from 'node:util';
import { healthOf } from '../../support/health/live/judge.js';
import type { Figures } from '../../support/health/live/scene.js';
import { type HealthWatcher, startHealthWatcher } from '../../support/health/live/watcher.js';
import { AGAIN, COPY, type Label } from '../../support/link/labels.js';
import { openLink } from '../../support/link/link.js';
import { noLink } from '../../support/link/program.js';
import { startTaker } from '../../support/link/talks.js';
import { wrongEnding } from '../../support/owners/program.js';
import { until } from '../../support/until.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';

export const lossCases: readonly HealthCase[] = ([4, 6] as const).map((family) => ({
  name: `live: where a link loses, doubles and reorders, IPv${family}`,
  skip: noLink,
  run: (ground) => run(ground, family),
}));

const port = 5_000;
const faults = { drop: 0.02, double: 0.02, reorder: 0.02, delayMs: 3, device: 'veth', seed: 20_261 } as const;
const talks = { count: 6, atOnce: 6, up: 400_000, down: 200_000, write: 5_000 } as const;
const SYN = 2;
const quietMs = 300;

async function run(ground: Ground, family: 4 | 6): Promise<HealthVerdict> {
  const link = await openLink(ground, faults);
  const { here, elsewhere, device } = link;
  const taker = await startTaker(ground, elsewhere, { port, family });
  const watchers = await Promise.all(
    Object.entries({ here, elsewhere }).map(([name, place]) =>
      startHealthWatcher(ground, { name, place, device, folder: ground.folder, args: ['--engine', 'batch'] }),
    ),
  );
  await taker.make(here, talks);
  await until('both ends are over', () => taker.taken().size === talks.count);
  await untilQuiet(watchers);
  await link.stop();
  // A SYN has a count of its own.
  const labels = link.labels().filter(({ protocol, flags }) => protocol === 6 && (flags & SYN) === 0);
  const endings = await Promise.all(watchers.map((watcher) => watcher.stop()));
  const [ofClients, ofServers] = [sentAgain(labels, 0), sentAgain(labels, 1)];
  const wrong = [
    ...differences(watchers[0]!, 'client', ofClients, family),
    ...differences(watchers[1]!, 'server', ofServers, family),
  ];
  const segments = [...ofClients.values(), ...ofServers.values()].map(([count]) => count);
  const compared = 2 * talks.count;
  return {
    compared,
    right: compared - wrong.length,
    told: `${segments.reduce((sum, count) => sum + count, 0)} segments sent again`,
    wrong: [
      ...endings.flatMap((ending, at) => wrongEnding(watchers[at]!.name, ending)),
      ...(segments.length === compared ? [] : [`${segments.length} directions`]),
      ...wrong,
    ],
  };
}

async function untilQuiet(watchers: readonly HealthWatcher[]): Promise<void> {
  let [last, sinceMs] = ['', 0];
  await until('no packets come any more', async () => {
    const counts = await Promise.all(watchers.map((watcher) => watcher.packets()));
    if (String(counts) !== last) sinceMs = performance.now();
    last = String(counts);
    return performance.now() - sinceMs > quietMs;
  });
}

/** By the port of the client. */
type SentAgain = ReadonlyMap<number, readonly [segments: number, payloadBytes: number]>;

function sentAgain(labels: readonly Label[], direction: number): SentAgain {
  const sums = new Map<number, readonly [number, number]>();
  for (const label of labels) {
    if (label.direction !== direction) continue;
    const maker = direction === 0 ? label.sourcePort : label.targetPort;
    const [segments, bytes] = sums.get(maker) ?? [0, 0];
    const isAgain = (label.marks & AGAIN) !== 0 && (label.marks & COPY) === 0;
    sums.set(maker, isAgain ? [segments + 1, bytes + label.payloadBytes] : [segments, bytes]);
  }
  return sums;
}

function differences(
  watcher: HealthWatcher,
  side: 'client' | 'server',
  truth: SentAgain,
  family: 4 | 6,
): readonly string[] {
  return [...truth].flatMap(([maker, counts]) => {
    const record = watcher.records().find(({ client_port }) => client_port === maker);
    const told = record === undefined ? {} : segmentsOf(healthOf(record), side);
    const expected = expectedOf(counts, family);
    if (isDeepStrictEqual(told, expected)) return [];
    return [`${watcher.name}, ${side} of ${maker}: ${JSON.stringify(told)}, not ${JSON.stringify(expected)}`];
  });
}

/** Without those of flags and windows, and without the side's name. */
function segmentsOf(health: Figures, side: string): Figures {
  const own = Object.entries(health).filter(
    ([name]) => name.startsWith(`${side}_`) && /retransmitted|order|doubled/.test(name),
  );
  return Object.fromEntries(own.map(([name, count]) => [name.slice(side.length + 1), count]));
}

/** Of IPv6, nobody can say that what went back did not come late. */
function expectedOf([segments, bytes]: readonly [number, number], family: 4 | 6): Figures {
  if (family === 6 && segments > 0)
    return {
      retransmitted_or_reordered_packets: segments,
      retransmitted_or_reordered_payload_bytes: bytes,
    };
  return {
    ...{ retransmitted_packets: segments, retransmitted_payload_bytes: bytes },
    ...{ out_of_order_packets: 0, doubled_packets: 0 },
  };
}
