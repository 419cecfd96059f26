/** Handshakes: what records tell, against the moments at which the link passed their packets, and against tshark. */
import type { Label } from '../../support/link/labels.js';
import { type HealthRecord, port, type Side } from './scene.js';
import type { Segment } from './segments.js';
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

/** The moments at which a side saw the packets of a handshake. */
interface Moments {
  readonly syns: number[];
  readonly synAcks: number[];
  acked: number;
}

export function scoreHandshakes(
  score: HandshakeScore,
  wrong: string[],
  { side, read }: { readonly side: Side; readonly read: readonly HealthRecord[] },
  pairs: readonly (readonly [Segment, Label])[],
  tshark: TsharkMarks,
): void {
  const ofCapture = new Map(read.map((record) => [record.client_port, record]));
  const records = new Map(side.records.map((record) => [record.client_port, record]));
  for (const [client, { syns, synAcks, acked }] of momentsOf(side, pairs)) {
    const told = rttOf(records.get(client));
    const isKnown = syns.length === 1 && synAcks.length === 1 && acked > 0;
    const of = `${side.name}, port ${client}: a handshake of ${told} us`;
    if (isKnown !== (told !== undefined)) {
      const packets = `${syns.length} SYN, ${synAcks.length} SYN with ACK, ${acked > 0 ? 'an' : 'no'} ACK`;
      wrong.push(`${of}, with ${packets}`);
    }
    if (isKnown) score.known++;
    if (told === undefined) continue;
    score.told++;
    score.fromLinkUs.push(Math.abs(told - (acked - syns[0]!)));
    const other = tshark.initialRttUs.get(client);
    if (other === undefined) continue;
    const same = rttOf(ofCapture.get(client));
    score.tshark++;
    if (same === other) score.sameAsTshark++;
    else
      wrong.push(
        `${side.name}, port ${client}: of the capture, a handshake of ${same} us; tshark says ${other}`,
      );
  }
}

function momentsOf(
  { arriving }: Side,
  pairs: readonly (readonly [Segment, Label])[],
): ReadonlyMap<number, Moments> {
  const all = new Map<number, Moments>();
  const inTime = pairs
    .map(([segment, label]) => ({
      segment,
      atUs: label.direction === arriving ? label.timeUs : label.enteredUs,
    }))
    .sort((one, other) => one.segment.frame - other.segment.frame);
  for (const { segment, atUs } of inTime) {
    const isClient = segment.targetPort === port;
    const client = isClient ? segment.sourcePort : segment.targetPort;
    const moments = all.get(client) ?? { syns: [], synAcks: [], acked: 0 };
    all.set(client, moments);
    const isSyn = (segment.flags & syn) !== 0;
    if (isSyn) (isClient ? moments.syns : moments.synAcks).push(atUs);
    else if (isClient && moments.acked === 0 && (segment.flags & ack) !== 0) moments.acked = atUs;
  }
  return all;
}

const rttOf = (record: HealthRecord | undefined): number | undefined => record?.handshake_rtt_us;
