/** Connections of TCP, in each state of Zeek's that both directions can have. */
import { firewalled, nowhere } from './network.js';
import {
  type Figures,
  firewallRefusals,
  handshake,
  response,
  routerRefusals,
  type Scene,
  toServer,
} from './scene.js';
import { ports } from './servers.js';

const counts = {
  ...{
    retransmitted_packets: 0,
    retransmitted_payload_bytes: 0,
    out_of_order_packets: 0,
    doubled_packets: 0,
  },
  ...{ zero_windows: 0, syn_packets: 0, fin_packets: 0, rst_packets: 0 },
};
type Counts = Partial<Readonly<typeof counts>>;

/** What is not given is 0. */
function side(name: string, given: Counts): Figures {
  const all = Object.entries({ ...counts, ...given });
  return Object.fromEntries(all.map(([figure, count]) => [`${name}_${figure}`, count]));
}

export function tcp(conn_state: string, outcome: string, client: Counts, server: Counts): Figures {
  return { conn_state, outcome, ...side('client', client), ...side('server', server) };
}

/** Of who has sent nothing, nothing is told. */
function calledInVain(syns: number, outcome = 'unanswered'): Figures {
  return { conn_state: 'S0', outcome, ...side('client', { syn_packets: syns }) };
}

const opened = { syn_packets: 1 };
export const closed = { syn_packets: 1, fin_packets: 1 };
const reset = { syn_packets: 1, rst_packets: 1 };

/** A connection to the server on which there is an answer. */
function answered(name: string, act: Scene['act'], port: number, figures: Figures): Scene {
  return {
    ...{ name, transport: 'tcp', act, to: toServer, port, told: () => figures },
    times: ({ wholeUs, responseUs }, delays) => {
      const { appl_latency_us } = response(responseUs!, delays);
      return { ...handshake(wholeUs! - appl_latency_us![0], delays), appl_latency_us: appl_latency_us! };
    },
  };
}

export const streamScenes: readonly Scene[] = [
  answered('open', 'ask', ports.answers, tcp('S1', 'established', opened, opened)),
  answered('ended by the client', 'askAndLeaveOpen', ports.stays, tcp('S2', 'established', closed, opened)),
  answered('ended by the server', 'askUntilItEnds', ports.ends, tcp('S3', 'established', opened, closed)),
  answered('ended by both', 'askAndEnd', ports.answers, tcp('SF', 'closed', closed, closed)),
  answered('reset by the client', 'askAndReset', ports.stays, tcp('RSTO', 'reset', reset, opened)),
  {
    ...{
      name: 'reset by the server',
      transport: 'tcp',
      act: 'askAndBeReset',
      to: toServer,
      port: ports.resets,
    },
    told: () => tcp('RSTR', 'reset', opened, reset),
    times: ({ wholeUs }, delays) => handshake(wholeUs!, delays),
  },
  {
    ...{ name: 'read late', transport: 'tcp', act: 'askWhileItPauses', to: toServer, port: ports.pauses },
    told: () => tcp('SF', 'closed', closed, closed),
    times: ({ wholeUs, responseUs }, delays) => ({
      ...handshake(wholeUs!, delays),
      ...response(responseUs!, delays),
    }),
    least: { server_zero_windows: 1 },
    // Two processors may send what a window that opens lets through, and pass each other.
    anyhow: /^client_(retransmitted|out_of_order|doubled)_/,
  },
  ...[
    ['refused by the server', ports.closed] as const,
    ['refused by a firewall as by the server', firewalled.reset] as const,
  ].map(
    ([name, port]): Scene => ({
      ...{ name, transport: 'tcp', act: 'beRefused', to: toServer, port },
      told: () => tcp('REJ', 'refused', opened, { rst_packets: 1 }),
    }),
  ),
  ...[
    ['into silence', () => nowhere.silent, 80] as const,
    ['dropped by a firewall', toServer, firewalled.dropped] as const,
  ].map(
    ([name, to, port]): Scene => ({
      ...{ name, transport: 'tcp', act: 'callInVain', to, port },
      told: ({ syns }) => calledInVain(syns!),
    }),
  ),
  ...[...firewallRefusals, ...routerRefusals].map(
    ({ name, error, to, port }): Scene => ({
      ...{ name, transport: 'tcp', act: 'beRefused', to, port },
      told: (_, family) => ({ ...calledInVain(1, 'refused'), icmp_error: error[family] }),
      // An error that comes while its SYN is being sent is not told at once: tcp_v4_err() in net/ipv4/tcp_ipv4.c.
      least: { client_syn_packets: 1 },
    }),
  ),
];
