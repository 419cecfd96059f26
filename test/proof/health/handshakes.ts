/** Handshakes: what records tell, against the moments at which the link passed their packets, and against tshark. */
import { AGAIN, COPY, type Label } from '../../support/link/labels.js';
import { type HealthRecord, port, type Side } from './scene.js';
import type { SeenSegment } from './truth.js';
import type { TsharkMarks } from './tshark-marks.js';

export interface HandshakeScore {
  /** Of which the link knows all three packets, none of SYN and SYN with ACK seen twice; and those of which a record tells the time. */
  known: number;
  told: number;
  /** That tshark tells too, and how many of these are the same to the microsecond where the program reads the same capture. */
  tshark: number;
  sameAsTshark: number;
  /** How far each one that was told live is from the link's clock, in microseconds. */
  readonly fromLinkUs: number[];
}

export const noHandshakes = (): HandshakeScore => ({
  ...{ known: 0, told: 0, tshark: 0, sameAsTshark: 0 },
  fromLinkUs: [],
});

const syn = 2;
const ack = 16;

/** A SYN with ACK has no identification to tell copies by: for the rules it is one where it comes so soon. */
const longestCopyUs = 10_000;

/** What a side saw of a handshake, and when. */
interface Handshake {
  readonly syns: Sight[];
  readonly synAcks: Sight[];
  ackedUs: number;
}

interface Sight {
  readonly atUs: number;
  readonly label: Label;
}

export function scoreHandshakes(
  score: HandshakeScore,
  wrong: string[],
  { side, read }: { readonly side: Side; readonly read: readonly HealthRecord[] },
  pairs: readonly SeenSegment[],
  tshark: TsharkMarks,
): void {
  const live = new Map(side.records.map((record) => [record.client_port, record.handshake_rtt_us]));
  const ofCapture = new Map(read.map((record) => [record.client_port, record.handshake_rtt_us]));
  for (const [client, handshake] of handshakesOf(side, pairs)) {
    const { syns, synAcks, ackedUs } = handshake;
    const told = live.get(client);
    const of = `${side.name}, port ${client}: a handshake of ${told} us`;
    const isKnown = syns.length === 1 && synAcks.length === 1 && ackedUs > 0;
    const isSpoilt =
      synAcks.length === 0 || ackedUs === 0 || syns.some(sentAgain) || synAcks.some(sentAgainLate);
    if (isKnown && told === undefined) wrong.push(`${of}, of which all is known`);
    if (isSpoilt && told !== undefined)
      wrong.push(`${of}, with ${syns.length} SYN, ${synAcks.length} SYN with ACK, an ACK at ${ackedUs}`);
    if (isKnown) score.known++;
    if (told === undefined || isSpoilt) continue;
    score.told++;
    score.fromLinkUs.push(Math.abs(told - (ackedUs - syns[0]!.atUs)));
    const other = tshark.initialRttUs.get(client);
    // tshark measures from the last SYN.
    if (other === undefined || !isKnown) continue;
    score.tshark++;
    const same = ofCapture.get(client);
    if (same === other) score.sameAsTshark++;
    else
      wrong.push(
        `${side.name}, port ${client}: of the capture, a handshake of ${same} us; tshark says ${other}`,
      );
  }
}

/** Not the first one that this side saw, and none that the link made. */
const sentAgain = ({ label: { marks } }: Sight, index: number): boolean =>
  index > 0 && (marks & (AGAIN | COPY)) === AGAIN;

const sentAgainLate = (sight: Sight, index: number, [first]: readonly Sight[]): boolean =>
  sentAgain(sight, index) && sight.atUs - first!.atUs > 2 * longestCopyUs;

function handshakesOf({ arriving }: Side, pairs: readonly SeenSegment[]): ReadonlyMap<number, Handshake> {
  const all = new Map<number, Handshake>();
  const inTime = pairs.toSorted((one, other) => one.segment.frame - other.segment.frame);
  for (const { segment, label } of inTime) {
    const isClient = segment.targetPort === port;
    const client = isClient ? segment.sourcePort : segment.targetPort;
    const handshake = all.get(client) ?? { syns: [], synAcks: [], ackedUs: 0 };
    all.set(client, handshake);
    const atUs = label.direction === arriving ? label.timeUs : label.enteredUs;
    const isSyn = (segment.flags & syn) !== 0;
    if (isSyn) (isClient ? handshake.syns : handshake.synAcks).push({ atUs, label });
    else if (isClient && handshake.ackedUs === 0 && (segment.flags & ack) !== 0) handshake.ackedUs = atUs;
  }
  return all;
}
