/**
 * TCP connections in the letters of Zeek's history, one for each segment, in capitals where the client sent it.
 *
 *     s SYN    h SYN with ACK    a ACK    d payload    f FIN    r RST    q SYN with FIN
 *
 * The same letter of s, h or f again is the same segment again. `n` is the SYN of another connection between the same ports, and
 * `o` the SYN with ACK that answers it.
 */

import { conversationFigures } from '../../src/flow/conversations/conversation-knowledge.js';
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../src/packet/numbers.js';
import type { Packet } from '../../src/packet/packet.js';
import { TCP_SEGMENT } from '../../src/packet/segment.js';
import { between, windowWith } from './conversations.js';
import { newTable } from './flows.js';

const flagsOf: Readonly<Record<string, number>> = {
  s: TCP_SYN,
  n: TCP_SYN,
  h: TCP_SYN | TCP_ACK,
  o: TCP_SYN | TCP_ACK,
  a: TCP_ACK,
  d: TCP_ACK,
  f: TCP_FIN | TCP_ACK,
  r: TCP_RST | TCP_ACK,
  q: TCP_SYN | TCP_FIN,
};

/** From each segment to the next. */
export const stepUs = 1000;
const payloadBytes = 100;

/** What an end sends from: its first sequence number, and how many payload bytes it has sent. */
interface Sender {
  first: number;
  sent: number;
}

/** The segments of a connection from 192.0.2.1 to port 443 of 192.0.2.2. */
export function segmentsOf(history: string): Packet[] {
  const client: Sender = { first: 1_000_000, sent: 0 };
  const server: Sender = { first: 7_000_000, sent: 0 };
  return [...history].map((letter, at) => {
    const kind = letter.toLowerCase();
    const isClient = letter !== kind;
    const sender = isClient ? client : server;
    const ends = isClient ? '192.0.2.1 50000 > 192.0.2.2 443' : '192.0.2.2 443 > 192.0.2.1 50000';
    return between(ends, 'tcp', segmentOf(kind, sender, at));
  });
}

function segmentOf(kind: string, sender: Sender, at: number): Partial<Packet> {
  if (kind === 'n' || kind === 'o') {
    sender.first += 50_000_000;
    sender.sent = 0;
  }
  const tcpFlags = flagsOf[kind]!;
  const isSyn = (tcpFlags & TCP_SYN) !== 0;
  const sequence = isSyn ? sender.first : sender.first + 1 + sender.sent;
  const payload = kind === 'd' ? payloadBytes : 0;
  sender.sent += payload;
  return {
    segment: TCP_SEGMENT,
    timestampUs: 1_000_000 + at * stepUs,
    sequence,
    tcpFlags,
    tcpWindow: 1_000,
    identification: at + 1,
    payloadBytes: payload,
    ipBytes: 40 + payload,
  };
}

/** A window of these packets that also keeps what tells of health. */
export function windowOfHealth(packets: readonly Packet[], maxFlows?: number): ClosedWindow {
  return windowWith(packets, newTable(maxFlows, new Set([...conversationFigures, 'health'])));
}
