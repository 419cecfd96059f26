/** Random packets of flows whose senders do what senders do, and what they never should. */
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../src/packet/numbers.js';
import type { Packet } from '../../src/packet/packet.js';
import { DATAGRAM, NO_SEGMENT, TCP_SEGMENT } from '../../src/packet/segment.js';
import { packetOf } from './flows.js';

export type Random = () => number;

/** What the sender of a flow has come to. Numbers go round. */
interface Sender {
  readonly key: Partial<Packet>;
  readonly isTcp: boolean;
  /** Whether it counts its packets in IPv4's identification. */
  readonly counts: boolean;
  readonly isStamped: boolean;
  next: number;
  identification: number;
  last: Packet | undefined;
}

function newSender(random: Random, family: 4 | 6, number: number): Sender {
  const isTcp = random() % 5 !== 0;
  // Many begin shortly before their numbers go round.
  const nearRound = random() % 2 === 0;
  return {
    key: {
      family,
      source0: number | 0,
      source3: number | 0,
      target0: 7,
      ports: 0x5000_0001,
      hasPorts: 1,
      protocol: isTcp ? 6 : 17,
    },
    isTcp,
    isStamped: random() % 6 !== 0,
    counts: family === 4 && random() % 3 !== 0,
    next: nearRound ? -(random() % 20_000) : random() | 0,
    identification: nearRound ? 65_536 - (random() % 20) : random() % 65_536,
    last: undefined,
  };
}

const lengths = [1, 1, 2, 100, 1_448, 1_460, 1_461, 65_495] as const;

/** The sender's next packet at this time. */
function nextPacket(random: Random, sender: Sender, timestampUs: number): Packet {
  const packet = sender.isTcp ? nextSegment(random, sender, timestampUs) : nextDatagram(random, sender);
  packet.timestampUs = timestampUs;
  packet.isStamped = sender.isStamped;
  if (random() % 3_000 === 0) packet.segment = NO_SEGMENT;
  sender.last = packet;
  return packet;
}

function nextDatagram(random: Random, { key }: Sender): Packet {
  const payloadBytes = random() % 2 === 0 ? 0 : random() % 1_500;
  const payloadMark = payloadBytes < 2 ? 0 : 1 + (random() % 65_536);
  const segment = random() % 10 === 0 ? NO_SEGMENT : DATAGRAM;
  return packetOf({ ...key, segment, payloadBytes, payloadMark, ipBytes: 28 + payloadBytes });
}

function nextSegment(random: Random, sender: Sender, timestampUs: number): Packet {
  const { last } = sender;
  // The same packet, seen twice.
  if (last !== undefined && random() % 12 === 0) return packetOf({ ...last, timestampUs });
  const payloadBytes = random() % 3 === 0 ? 0 : lengths[random() % lengths.length]!;
  const identification = sender.counts ? identificationOf(random, sender) : 0;
  const values = {
    ...sender.key,
    segment: TCP_SEGMENT,
    payloadBytes,
    identification,
    ipBytes: 40 + payloadBytes,
    tcpWindow: random() % 9 === 0 ? 0 : 1 + (random() % 65_535),
  };
  const fin = random() % 30 === 0 ? TCP_FIN : 0;
  if (random() % 40 === 0)
    return packetOf({ ...values, tcpFlags: TCP_RST | (random() % 2 ? TCP_ACK : TCP_SYN) });
  if (random() % 20 === 0) return syn(random, sender, values, fin);
  const tcpFlags = (random() % 20 === 0 ? 0 : TCP_ACK) | fin | ((random() % 4) * 8);
  return packetOf({
    ...values,
    tcpFlags,
    sequence: sequenceOf(random, sender, payloadBytes + (fin ? 1 : 0)),
  });
}

/** Mostly one more than before; now and then one that was used before, far away, or missing. */
function identificationOf(random: Random, sender: Sender): number {
  if (random() % 10 === 0) return (sender.identification - (random() % 6_000)) & 0xffff;
  if (random() % 50 === 0) return [0, random() % 65_536][random() % 2]!;
  sender.identification = (sender.identification + 1) & 0xffff;
  return sender.identification;
}

function syn(random: Random, sender: Sender, values: Partial<Packet>, fin: number): Packet {
  const tcpFlags = TCP_SYN | fin | (random() % 2 === 0 ? TCP_ACK : 0);
  const payloadBytes = random() % 4 === 0 ? 100 : 0;
  const isNew = random() % 2 === 0;
  if (isNew) sender.next = random() | 0;
  const sequence = (sender.next - [0, 1, 2, 100, 70_000][isNew ? 0 : random() % 5]!) | 0;
  if (isNew) sender.next = (sequence + 1) | 0;
  return packetOf({ ...values, tcpFlags, sequence, payloadBytes, ipBytes: 40 + payloadBytes });
}

/** Where so many numbers begin: mostly behind all that was sent so far. */
function sequenceOf(random: Random, sender: Sender, length: number): number {
  const before = sender.next;
  switch (random() % 16) {
    case 0: // A keep-alive.
      return (before - 1) | 0;
    case 1:
    case 2:
    case 3: // Sent again.
      return (before - length - [0, 0, 1, 1_448, 200_000][random() % 5]!) | 0;
    case 4: // A little of it is new.
      return (before - (length >> 1)) | 0;
    case 5: // Something in between was missed, or is another's.
      sender.next =
        (before + [3_000, 2 ** 25, 2 ** 26, 2 ** 27, 2 ** 30, 2 ** 31][random() % 6]! + length) | 0;
      return (sender.next - length) | 0;
    default:
      sender.next = (before + length) | 0;
      return before;
  }
}

/** So many packets of so many flows, whose times mostly go on. They begin shortly before moments go round. */
export function healthTraffic(
  random: Random,
  { flows, packets, families }: { flows: number; packets: number; families: readonly (4 | 6)[] },
): Packet[] {
  const senders = Array.from({ length: flows }, (_, number) =>
    newSender(random, families[random() % families.length]!, number),
  );
  let timeUs = 2 ** 32 * 400_000 - (random() % 2_000_000);
  return Array.from({ length: packets }, () => {
    timeUs += random() % 3 === 0 ? random() % 20_000 : random() % 1_000;
    const late = random() % 50 === 0 ? random() % 3_000_000 : 0;
    const fraction = (random() % 2) / 2;
    return nextPacket(random, senders[random() % flows]!, timeUs - late + fraction);
  });
}
