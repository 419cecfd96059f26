/**
 * TCP connections in the letters of Zeek's history, one for each segment, in capitals where the client sent it.
 *
 *     s SYN    h SYN with ACK    a ACK    d payload    f FIN    r RST    q SYN with FIN    x FIN without ACK
 *
 * The same letter of s, h or f again is the same segment again. `n` is the SYN of another connection between the same ports, and
 * `o` the SYN with ACK that answers it. Zeek's letters for what happened to segments are of no account: c g t w ^
 */

import { conversationFigures } from '../../src/flow/conversations/conversation-knowledge.js';
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../src/packet/numbers.js';
import type { Packet } from '../../src/packet/packet.js';
import { TCP_SEGMENT } from '../../src/packet/segment.js';
import { between, windowWith } from './conversations.js';
import { newTable } from './flows.js';
import { type FrameBuilder, frame } from './frames.js';

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
  x: TCP_FIN,
};

const dataBytes = 100;
const client = '192.0.2.1';
const server = '192.0.2.2';
const serverPort = 443;

interface Segment {
  readonly isClient: boolean;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payloadBytes: number;
}

/** What an end sends from: its first sequence number, how many bytes it has sent, and 1 once it has sent a FIN. */
interface Sender {
  first: number;
  sent: number;
  fin: number;
}

function segmentsOf(history: string): Segment[] {
  const here: Sender = { first: 1_000_000, sent: 0, fin: 0 };
  const there: Sender = { first: 7_000_000, sent: 0, fin: 0 };
  return [...history.replace(/[cgtw^]/gi, '')].map((letter) => {
    const kind = letter.toLowerCase();
    const isClient = letter !== kind;
    const [sender, receiver] = isClient ? [here, there] : [there, here];
    return { isClient, ...nextOf(kind, sender, receiver) };
  });
}

function nextOf(kind: string, sender: Sender, receiver: Sender): Omit<Segment, 'isClient'> {
  if (kind === 'n' || kind === 'o')
    Object.assign(sender, { first: sender.first + 50_000_000, sent: 0, fin: 0 });
  const flags = flagsOf[kind]!;
  const payloadBytes = kind === 'd' ? dataBytes : 0;
  const acknowledgement = (flags & TCP_ACK) === 0 ? 0 : receiver.first + 1 + receiver.sent + receiver.fin;
  const sequence = (flags & TCP_SYN) !== 0 ? sender.first : sender.first + 1 + sender.sent;
  sender.sent += payloadBytes;
  if ((flags & TCP_FIN) !== 0) sender.fin = 1;
  return { flags, sequence, acknowledgement, payloadBytes };
}

/** From each segment to the next. */
const stepUs = 1_000;

/** The packets of a connection from `from`, "192.0.2.1 50000", to port 443 of 192.0.2.2. */
export function packetsOf(history: string, from = `${client} 50000`, startUs = 1_000_000): Packet[] {
  return segmentsOf(history).map(({ isClient, flags, sequence, payloadBytes }, at) => {
    const ends = [from, `${server} ${serverPort}`];
    return between((isClient ? ends : ends.toReversed()).join(' > '), 'tcp', {
      segment: TCP_SEGMENT,
      timestampUs: startUs + stepUs * at,
      sequence,
      tcpFlags: flags,
      tcpWindow: 1_000,
      identification: at + 1,
      payloadBytes,
      ipBytes: 40 + payloadBytes,
    });
  });
}

/** The same as frames, from another port of the client's. */
export function framesOf(history: string, clientPort: number): FrameBuilder[] {
  return segmentsOf(history).map(({ isClient, flags, sequence, acknowledgement, payloadBytes }) => {
    const [source, target] = isClient ? [client, server] : [server, client];
    const [sourcePort, targetPort] = isClient ? [clientPort, serverPort] : [serverPort, clientPort];
    return frame()
      .ethernet()
      .ipv4({ source, target })
      .tcp({ sourcePort, targetPort, flags, sequence, acknowledgement })
      .payload(payloadBytes);
  });
}

/** A window of these packets that also keeps what tells of health. */
export function windowOfHealth(packets: readonly Packet[], maxFlows?: number): ClosedWindow {
  return windowWith(packets, newTable(maxFlows, new Set([...conversationFigures, 'health'])));
}
