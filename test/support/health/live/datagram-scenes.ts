/** Exchanges of UDP, those that get no answer among them. */
import { firewalled, nowhere } from './network.js';
import { closedPort, type Figures, firewallRefusals, response, type Scene, toServer } from './scene.js';
import { ports } from './servers.js';

function unanswered(name: string, to: Scene['to'], port: number, more: Partial<Scene> = {}): Scene {
  const told = (): Figures => ({ outcome: 'unanswered' });
  return { name, transport: 'udp', act: 'sendDatagram', to, port, told, ...more };
}

export const datagramScenes: readonly Scene[] = [
  {
    ...{ name: 'answered', transport: 'udp', act: 'askDatagram', to: toServer, port: ports.datagrams },
    told: () => ({ outcome: 'answered' }),
    times: ({ responseUs }, delays) => response(responseUs!, delays),
  },
  {
    ...{
      name: 'two questions of DNS, the first unanswered',
      transport: 'udp',
      act: 'askTwice',
      to: toServer,
    },
    port: ports.dns,
    told: () => ({ outcome: 'answered' }),
  },
  unanswered('taken in silence', toServer, ports.mute),
  unanswered('into silence', () => nowhere.silent, 123),
  unanswered('dropped by a firewall', toServer, firewalled.dropped),
  unanswered('too far away', toServer, ports.mute, {
    what: { ttl: 1 },
    told: () => ({ outcome: 'unanswered', icmp_error: 'time-exceeded' }),
  }),
  ...[closedPort(ports.closed), ...firewallRefusals].map(
    ({ name, error, to, port }): Scene => ({
      ...{ name, transport: 'udp', act: 'sendDatagram', to, port },
      told: (_, family) => ({ outcome: 'refused', icmp_error: error[family] }),
    }),
  ),
];
