/** A scan: SYNs that no socket sent, so the scanner's own kernel resets what is answered. */
import { execFileSync } from 'node:child_process';
import { judge, noDelays } from '../../support/health/live/judge.js';
import { byPort, type Played } from '../../support/health/live/play.js';
import type { Figures } from '../../support/health/live/scene.js';
import { ports } from '../../support/health/live/servers.js';
import { openHealthStage } from '../../support/health/live/stage.js';
import { tcp } from '../../support/health/live/stream-scenes.js';
import { wrongEnding } from '../../support/owners/program.js';
import type { Ground } from '../ground.js';
import type { HealthCase, HealthVerdict } from './case.js';

export const scanCases: readonly HealthCase[] = [{ name: 'live: a scan', run }];

/** Arguments: both addresses, and pairs of source and target port. */
const script = `
from socket import *
from struct import pack, unpack
from sys import argv
source, target, *ports = argv[1:]
raw = socket(AF_INET, SOCK_RAW, IPPROTO_TCP)
for own, other in zip(ports[::2], ports[1::2]):
  segment = lambda check: pack('!HHIIBBHHH', int(own), int(other), 1000, 0, 5 << 4, 2, 1024, check, 0)
  whole = inet_aton(source) + inet_aton(target) + pack('!BBH', 0, 6, 20) + segment(0)
  total = sum(unpack('!16H', whole))
  raw.sendto(segment(~((total & 0xffff) + (total >> 16)) & 0xffff), (target, 0))
`;

const firstPort = 21_000;
const opened = { syn_packets: 1 };
const reset = { syn_packets: 1, rst_packets: 1 };

async function run(ground: Ground): Promise<HealthVerdict> {
  const stage = await openHealthStage(ground, ground.folder);
  const { client, server } = stage.network;
  const [both, inward] = await Promise.all([
    stage.watch({ name: 'both', args: ['--engine', 'batch'] }),
    stage.watch({ name: 'in', args: ['-Q', 'in'] }),
  ]);
  const targets = [ports.answers, ports.closed];
  const words = targets.flatMap((port, at) => [`${firstPort + at}`, `${port}`]);
  const [command, ...rest] = [...client.prefix, 'python3', '-c', script, client.ipv4, server.ipv4, ...words];
  execFileSync(command!, rest);
  await stage.untilAllIsTaken([both]);
  const endings = [await both.stop(), await inward.stop()];
  const scanned = (at: number, figures: Figures): Played => ({
    ...{ name: `port ${targets[at]}`, isOf: byPort('tcp', client.ipv4, firstPort + at), figures },
    times: () => ({}),
  });
  const ofClient = ([word, outcome]: readonly [string, string], counts: typeof opened): Figures => {
    const whole = Object.entries(tcp(word, outcome, counts, {}));
    return Object.fromEntries(whole.filter(([name]) => !name.startsWith('server_')));
  };
  const wrong = [
    ...judge(
      [
        scanned(0, tcp('RSTO', 'reset', reset, opened)),
        scanned(1, tcp('REJ', 'refused', opened, { rst_packets: 1 })),
      ],
      both.records(),
      noDelays,
    ),
    ...judge(
      [scanned(0, ofClient(['RSTOS0', 'reset'], reset)), scanned(1, ofClient(['S0', 'unanswered'], opened))],
      inward.records(),
      noDelays,
    ),
  ];
  return {
    ...{ compared: 4, right: 4 - wrong.length, told: 'no handshake, as no ACK came' },
    wrong: [...endings.flatMap((ending) => wrongEnding('pcap-agg', ending)), ...wrong],
  };
}
