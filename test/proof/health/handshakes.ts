/** Times: what records tell of handshakes and answers, against the moments at which the link passed their packets, and against tshark. */
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
  /** How far each time that was told live is from the link's clock, in microseconds: both parts of handshakes, and answers. */
  readonly fromLinkUs: number[];
  /** Answers whose time is told. */
  responses: number;
}

export const noHandshakes = (): HandshakeScore => ({
  ...{ known: 0, told: 0, tshark: 0, sameAsTshark: 0 },
  ...{ fromLinkUs: [], responses: 0 },
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
  /** The first payload of either end. */
  askedUs: number;
  answeredUs: number;
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
  const live = new Map(side.records.map((record) => [record.client_port, record]));
  const ofCapture = new Map(read.map((record) => [record.client_port, record.handshake_rtt_us]));
  for (const [client, handshake] of handshakesOf(side, pairs)) {
    const { syns, synAcks, ackedUs } = handshake;
    const record = live.get(client);
    const told = record?.handshake_rtt_us;
    const of = `${side.name}, port ${client}: a handshake of ${told} us`;
    const isKnown = syns.length === 1 && synAcks.length === 1 && ackedUs > 0;
    const isSpoilt =
      synAcks.length === 0 || ackedUs === 0 || syns.some(sentAgain) || synAcks.some(sentAgainLate);
    if (isKnown && told === undefined) wrong.push(`${of}, of which all is known`);
    if (isSpoilt && told !== undefined)
      wrong.push(`${of}, with ${syns.length} SYN, ${synAcks.length} SYN with ACK, an ACK at ${ackedUs}`);
    scoreResponse(score, wrong, `${side.name}, port ${client}`, record, handshake);
    if (isKnown) score.known++;
    if (told === undefined || isSpoilt) continue;
    score.told++;
    const [serverUs, clientUs] = [Number(record?.server_nw_latency_us), Number(record?.client_nw_latency_us)];
    if (serverUs + clientUs !== told) wrong.push(`${of}, of ${serverUs} and ${clientUs} us`);
    const answeredUs = synAcks[0]!.atUs;
    score.fromLinkUs.push(
      Math.abs(serverUs - (answeredUs - syns[0]!.atUs)),
      Math.abs(clientUs - (ackedUs - answeredUs)),
    );
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

/** It is told where there was a handshake, also one whose SYN came twice. */
function scoreResponse(
  score: HandshakeScore,
  wrong: string[],
  of: string,
  record: HealthRecord | undefined,
  { syns, synAcks, askedUs, answeredUs }: Handshake,
): void {
  const told = record?.appl_latency_us;
  const isKnown = syns.length > 0 && synAcks.length > 0 && askedUs > 0 && answeredUs > 0;
  if (isKnown !== (told !== undefined))
    wrong.push(`${of}: an answer after ${told} us, by the link ${answeredUs - askedUs}`);
  if (told === undefined) return;
  score.responses++;
  score.fromLinkUs.push(Math.abs(told - (answeredUs - askedUs)));
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
    const handshake = all.get(client) ?? { syns: [], synAcks: [], ackedUs: 0, askedUs: 0, answeredUs: 0 };
    all.set(client, handshake);
    const atUs = label.direction === arriving ? label.timeUs : label.enteredUs;
    const isSyn = (segment.flags & syn) !== 0;
    if (isSyn) (isClient ? handshake.syns : handshake.synAcks).push({ atUs, label });
    else if (isClient && handshake.ackedUs === 0 && (segment.flags & ack) !== 0) handshake.ackedUs = atUs;
    if (segment.payloadBytes === 0) continue;
    if (isClient) handshake.askedUs ||= atUs;
    else handshake.answeredUs ||= atUs;
  }
  return all;
}
