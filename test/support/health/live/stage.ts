/** A network, its hosts' programs, and the program that watches them. */
import { join } from 'node:path';
import type { Undoing } from '../../readers/process.js';
import { until } from '../../until.js';
import { datagramScenes } from './datagram-scenes.js';
import { type HealthNetwork, type Links, openHealthNetwork } from './network.js';
import { type Peer, startPeer } from './peer.js';
import { type Played, play } from './play.js';
import { streamScenes } from './stream-scenes.js';
import { playTools } from './tools.js';
import {
  type HealthWatcher,
  type HealthWatcherOptions,
  startFrameFile,
  startHealthWatcher,
} from './watcher.js';

export interface HealthStage {
  readonly network: HealthNetwork;
  /** All that passes the router, by tcpdump. */
  readonly file: string;
  /** Starts one on the router, unless it says otherwise. */
  watch(options: Pick<HealthWatcherOptions, 'name'> & Partial<HealthWatcherOptions>): Promise<HealthWatcher>;
  /** Does what is not of a scene. */
  readonly client: Peer;
  /** All scenes of streams and datagrams, and tools; resolves when they are over. */
  playAll(): Promise<readonly Played[]>;
  /** Resolves when these have taken all that passed the router since `frames` were begun. */
  untilAllIsTaken(watchers: readonly HealthWatcher[]): Promise<void>;
}

/** Packets may be so long on their way: more than a link delays them. */
const settledMs = 150;

export async function openHealthStage(undoing: Undoing, folder: string, links?: Links): Promise<HealthStage> {
  const network = await openHealthNetwork(undoing, links);
  const [server, quick, patient] = await Promise.all([
    startPeer(undoing, network.server),
    startPeer(undoing, network.client),
    startPeer(undoing, network.client),
  ]);
  await server.act('serve');
  const file = await startFrameFile(undoing, network.router, join(folder, 'frames.pcap'));
  return {
    network,
    file: file.path,
    client: quick,
    watch: (options) => startHealthWatcher(undoing, { place: network.router, folder, ...options }),
    async playAll() {
      const [scenes, tools] = await Promise.all([
        play(network, { quick, patient }, [...streamScenes, ...datagramScenes]),
        playTools(network),
      ]);
      return [...scenes, ...tools];
    },
    async untilAllIsTaken(watchers) {
      let counts: readonly number[] = [];
      let frames = -1;
      let sinceMs = performance.now();
      await until(
        'all have taken the same, and nothing comes any more',
        async () => {
          if (file.frames() !== frames) sinceMs = performance.now();
          frames = file.frames();
          counts = await Promise.all(watchers.map((watcher) => watcher.packets()));
          return performance.now() - sinceMs > settledMs && counts.every((count) => count === frames);
        },
        () => `${frames} frames, ${counts.join(', ')} packets`,
      );
    },
  };
}
