/**
 * What the ends of windows cost: a figure of a connection that goes on in the next window has no past there. The same capture is read as
 * one window and as several.
 */
import { join } from 'node:path';
import { noLink } from '../../support/link/program.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';
import { readCapture } from './reading.js';
import { type HealthRecord, play } from './scene.js';

export const windowCases: readonly HealthCase[] = [
  { name: 'windows: the same capture in shorter ones', skip: noLink, run },
];

const intervals = ['20s', '5s', '1s'] as const;
/** In percent, of windows of 20 seconds. */
const mostLost = 1;

async function run(ground: Ground): Promise<HealthVerdict> {
  const seen = await play(ground, {
    name: 'long',
    link: { drop: 0.01, reorder: 0.002, double: 0.002, delayMs: 20, jitterMs: 4, seed: 15 },
    talks: { count: 560, atOnce: 10, up: 400_000, down: 150_000, write: 5_000 },
  });
  const side = seen.sides.find(({ name }) => name === 'elsewhere')!;
  const sums = async (interval: string) =>
    sumOf(await readCapture(join(ground.folder, side.name), side.capture, interval));
  const whole = await sums('0');
  const parts = await Promise.all(
    intervals.map(async (interval) => [interval, await sums(interval)] as const),
  );
  const lost = ({ retransmitted, handshakes }: Sums) => ({
    retransmitted: (100 * (whole.retransmitted - retransmitted)) / whole.retransmitted,
    handshakes: (100 * (whole.handshakes - handshakes)) / whole.handshakes,
  });
  const told = parts.map(([interval, part]) => {
    const { retransmitted, handshakes } = lost(part);
    return `${interval}: ${retransmitted.toFixed(2)} % of retransmissions and ${handshakes.toFixed(2)} % of handshakes lost`;
  });
  const ofLongest = lost(parts[0]![1]);
  const { packets, seconds, retransmitted, handshakes } = whole;
  return {
    compared: whole.retransmitted + whole.handshakes,
    right: parts[0]![1].retransmitted + parts[0]![1].handshakes,
    told: `${packets} packets in ${seconds.toFixed(0)} s, ${retransmitted} retransmissions, ${handshakes} handshakes; ${told.join('; ')}`,
    wrong: [
      ...seen.wrong,
      ...(Math.max(ofLongest.retransmitted, ofLongest.handshakes) <= mostLost ? [] : [told[0]!]),
      ...parts.flatMap(([interval, part]) =>
        part.packets === packets ? [] : [`${interval}: ${part.packets} packets of ${packets}`],
      ),
    ],
  };
}

interface Sums {
  packets: number;
  seconds: number;
  retransmitted: number;
  handshakes: number;
}

function sumOf(records: readonly HealthRecord[]): Sums {
  const sum = (name: string) => records.reduce((total, record) => total + Number(record[name] ?? 0), 0);
  const times = (name: string) => records.map((record) => Number(record[name]));
  const lastUs = times('last_packet_us').reduce((one, other) => Math.max(one, other), 0);
  const firstUs = times('first_packet_us').reduce(
    (one, other) => Math.min(one, other),
    Number.POSITIVE_INFINITY,
  );
  return {
    packets: sum('packets'),
    seconds: (lastUs - firstUs) / 1e6,
    retransmitted: sum('client_retransmitted_packets') + sum('server_retransmitted_packets'),
    handshakes: records.filter(({ handshake_rtt_us }) => handshake_rtt_us !== undefined).length,
  };
}
