/** Links and connections between kernels that the figures of retransmission, order and handshakes are held against. */
import type { Scene } from './scene.js';

const someKilobytes = { count: 60, atOnce: 6, up: 300_000, down: 120_000, write: 5_000 };

export interface AgreedScene extends Scene {
  /** Of retransmissions, as they arrive, in percent: what is sent again as the last of what was sent looks new where the first was lost. */
  readonly leastRecall: number;
  /** Of what is told as such; default 99. The link's copies of retransmissions are told as retransmissions, too. */
  readonly leastPrecision?: number;
  /** Transfers that last, over links of which none does what is rare: their sum is told, too. */
  readonly isUsual?: boolean;
}

export const scenes: readonly AgreedScene[] = [
  {
    name: 'cubic with SACK',
    isUsual: true,
    leastRecall: 97,
    link: { drop: 0.01, double: 0.002, reorder: 0.01, delayMs: 5, jitterMs: 1, seed: 1 },
    talks: someKilobytes,
  },
  {
    name: 'reno without SACK, over veth pairs',
    isUsual: true,
    leastRecall: 96,
    link: { drop: 0.01, double: 0.002, reorder: 0.005, delayMs: 5, device: 'veth', seed: 2 },
    talks: someKilobytes,
    kernel: { tcp_sack: '0', tcp_congestion_control: 'reno' },
  },
  {
    name: 'bbr',
    isUsual: true,
    leastRecall: 96,
    link: { drop: 0.02, reorder: 0.002, delayMs: 5, seed: 3 },
    talks: someKilobytes,
    kernel: { tcp_congestion_control: 'bbr' },
  },
  {
    name: 'without timestamps',
    isUsual: true,
    leastRecall: 96,
    link: { drop: 0.01, double: 0.002, reorder: 0.01, delayMs: 2, seed: 4 },
    talks: someKilobytes,
    kernel: { tcp_timestamps: '0' },
  },
  {
    name: 'losses in bursts',
    isUsual: true,
    // The last segments of what was sent at once are lost with the others, and look new when they come.
    leastRecall: 92,
    link: { drop: 0.003, burst: 5, delayMs: 5, seed: 5 },
    talks: someKilobytes,
  },
  {
    name: 'much reordering, no loss',
    leastRecall: 90,
    link: { reorder: 0.05, holdMs: 8, delayMs: 5, seed: 6 },
    talks: someKilobytes,
  },
  {
    name: 'doubles that come late',
    leastRecall: 0,
    link: { double: 0.02, lagMs: 3, delayMs: 5, seed: 7 },
    talks: someKilobytes,
  },
  {
    name: 'writes of 100 bytes',
    leastRecall: 85,
    link: { drop: 0.02, double: 0.002, reorder: 0.01, delayMs: 2, seed: 8 },
    talks: { count: 40, atOnce: 8, up: 40_000, down: 20_000, write: 100 },
  },
  {
    name: 'writes of one byte',
    leastRecall: 70,
    link: { drop: 0.02, reorder: 0.005, delayMs: 2, seed: 9 },
    talks: { count: 40, atOnce: 8, up: 800, down: 300, write: 1 },
  },
  {
    name: 'short connections, much loss',
    leastRecall: 60,
    leastPrecision: 97,
    link: { drop: 0.05, double: 0.005, delayMs: 10, jitterMs: 2, seed: 10 },
    talks: { count: 600, atOnce: 60, up: 3_000, down: 10_000, write: 5_000 },
  },
  {
    name: 'readers that pause',
    isUsual: true,
    leastRecall: 90,
    link: { drop: 0.01, delayMs: 2, seed: 11 },
    talks: { count: 20, atOnce: 10, up: 200_000, down: 200_000, write: 5_000, pauseMs: 400 },
    receiveBuffer: 8_000,
  },
  {
    name: 'keep-alives',
    leastRecall: 80,
    link: { drop: 0.03, delayMs: 5, seed: 12 },
    talks: { count: 40, atOnce: 40, up: 20_000, down: 20_000, write: 1_000, idleMs: 3_500 },
  },
  {
    name: 'identifications that go round',
    isUsual: true,
    leastRecall: 96,
    link: { there: { drop: 0.001, double: 0.0002, reorder: 0.0005 }, delayMs: 1, seed: 16 },
    talks: { count: 1, atOnce: 1, up: 110_000_000, down: 100_000, write: 50_000 },
    kernel: { tcp_congestion_control: 'bbr' },
  },
  {
    name: 'IPv6',
    leastRecall: 97,
    link: { drop: 0.01, double: 0.002, reorder: 0.01, delayMs: 5, seed: 13 },
    talks: someKilobytes,
    family: 6,
  },
  {
    name: 'offloading',
    leastRecall: 90,
    leastPrecision: 95,
    link: { drop: 0.01, double: 0.005, reorder: 0.01, delayMs: 5, offloading: true, seed: 14 },
    talks: { count: 40, atOnce: 4, up: 2_000_000, down: 500_000, write: 50_000 },
  },
];
