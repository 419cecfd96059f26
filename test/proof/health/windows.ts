/**
 * What the ends of windows cost: a figure of a connection that goes on in the next window has no past there. The same capture is read as
 * one window and as several.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noLink } from '../../support/link/program.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';
import { readCapture } from './reading.js';
import { type HealthRecord, play } from './scene.js';

export const windowCases: readonly HealthCase[] = [
  { name: 'windows: the same capture in shorter ones', skip: noLink, run },
];

/** Where windows end is chance, so the capture is read with its times moved on by so many seconds, too. */
const readings = [
  { interval: '20s', movedSeconds: [0, 5, 10, 15] },
  { interval: '5s', movedSeconds: [0] },
  { interval: '1s', movedSeconds: [0] },
] as const;
/** In percent, of windows of 20 seconds. */
const mostLost = 1;

async function run(ground: Ground): Promise<HealthVerdict> {
  const seen = await play(ground, {
    name: 'long',
    link: { drop: 0.01, reorder: 0.002, double: 0.002, delayMs: 20, jitterMs: 4, seed: 15 },
    talks: { count: 560, atOnce: 10, up: 400_000, down: 150_000, write: 5_000 },
  });
  const { capture } = seen.sides.find(({ name }) => name === 'elsewhere')!;
  const whole = sumOf(await readCapture(ground.folder, capture, '0'));
  const wrong = [...seen.wrong];
  const told: string[] = [];
  let right = 0;
  for (const { interval, movedSeconds } of readings) {
    const parts = await Promise.all(
      movedSeconds.map(async (seconds) => {
        const moved = moveOn(ground.folder, capture, seconds, interval);
        return sumOf(await readCapture(ground.folder, moved, interval));
      }),
    );
    const lost = (name: 'retransmitted' | 'handshakes') =>
      100 * (1 - parts.reduce((sum, part) => sum + part[name], 0) / (parts.length * whole[name]));
    const text = `${interval}: ${lost('retransmitted').toFixed(2)} % of retransmissions and ${lost('handshakes').toFixed(2)} % of handshakes lost`;
    told.push(text);
    if (interval === '20s') {
      right = parts[0]!.retransmitted + parts[0]!.handshakes;
      if (Math.max(lost('retransmitted'), lost('handshakes')) > mostLost) wrong.push(text);
    }
    for (const { packets } of parts)
      if (packets !== whole.packets) wrong.push(`${interval}: ${packets} packets of ${whole.packets}`);
  }
  const { packets, seconds, retransmitted, handshakes } = whole;
  return {
    compared: whole.retransmitted + whole.handshakes,
    right,
    told: `${packets} packets in ${seconds.toFixed(0)} s, ${retransmitted} retransmissions, ${handshakes} handshakes; ${told.join('; ')}`,
    wrong,
  };
}

/** A copy of a classic pcap file of this machine's byte order. */
function moveOn(folder: string, capture: string, seconds: number, interval: string): string {
  const bytes = readFileSync(capture);
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + seconds, at);
  const moved = join(folder, `${interval}-${seconds}.pcap`);
  writeFileSync(moved, bytes);
  return moved;
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
