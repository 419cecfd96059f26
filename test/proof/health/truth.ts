/** What is true of the segments that one side of a link sees, by the link's labels. */
import { AGAIN, COPY, type Label, ONLY, OVERTAKEN } from '../../support/link/labels.js';
import type { Segment } from './segments.js';

const tcp = 6;
const fin = 1;
const syn = 2;
const rst = 4;

export type TrueKind = 'new' | 'retransmitted' | 'late' | 'doubled';

/**
 * The segments of one direction in the order in which a side sees them: those that arrive as they come out of the link, those that leave
 * as they go in.
 */
export function inOrder(labels: readonly Label[], direction: number, arrives: boolean): readonly Label[] {
  const ofDirection = labels.filter((label) => label.direction === direction && label.protocol === tcp);
  if (arrives) return ofDirection.filter(({ isOut }) => isOut);
  return ofDirection
    .filter(({ marks }) => (marks & COPY) === 0)
    .sort((one, other) => one.serial - other.serial);
}

/**
 * Of segments in the order in which a side sees them. What takes up no sequence numbers is new, and so is a SYN that is sent again, which
 * is counted otherwise, or that has no identification to know a double by. Late is what later bytes have overtaken: that a retransmission has overtaken it changes nothing.
 */
function trueKinds(labels: readonly Label[], arrives: boolean): readonly TrueKind[] {
  const ends = new Map<string, number>();
  return labels.map((label) => {
    const { marks, flags, payloadBytes, sequence } = label;
    const span = payloadBytes + (flags & fin) + ((flags & syn) >> 1);
    if ((flags & rst) !== 0 || span === 0) return 'new';
    const flow = flowOf(label);
    const end = (sequence + span) | 0;
    const isBeyond = ((end - (ends.get(flow) ?? end - 1)) | 0) > 0;
    if (isBeyond) ends.set(flow, end);
    const isSyn = (flags & syn) !== 0;
    if (arrives && (marks & COPY) !== 0) return isSyn && label.identification === 0 ? 'new' : 'doubled';
    if ((marks & AGAIN) !== 0) return isSyn ? 'new' : 'retransmitted';
    return arrives && (marks & OVERTAKEN) !== 0 && !isBeyond ? 'late' : 'new';
  });
}

/** A retransmission whose first sending nobody behind the link can have seen. */
export const isOnly = ({ marks }: Label): boolean => (marks & ONLY) !== 0;

export interface SeenSegment {
  readonly segment: Segment;
  readonly label: Label;
  readonly truly: TrueKind;
}

/**
 * The segments of one direction, each with its label: both are in the order of its flow, but for a few that pass each other where several
 * processors are at work. Throws where a side did not see what the link says: then a capture lost packets, and nothing can be compared.
 */
export function pair(
  segments: readonly Segment[],
  labels: readonly Label[],
  arrives: boolean,
): readonly SeenSegment[] {
  const kinds = trueKinds(labels, arrives);
  const left = new Map<string, number[]>();
  for (const [index, label] of labels.entries()) {
    const own = left.get(flowOf(label));
    if (own === undefined) left.set(flowOf(label), [index]);
    else own.push(index);
  }
  for (const own of left.values()) own.reverse();
  const seen = segments.map((segment) => {
    const own = left.get(flowOf(segment)) ?? [];
    const at = own.findLastIndex((index) => isSame(segment, labels[index]!));
    if (at < 0 || at < own.length - mostPassed)
      throw new Error(`the capture has ${text(segment)}, the link ${text(labels[own.at(-1) ?? -1])}`);
    const index = own.splice(at, 1)[0]!;
    return { segment, label: labels[index]!, truly: kinds[index]! };
  });
  if (seen.length < labels.length)
    throw new Error(`the capture has ${seen.length} segments, the link ${labels.length}`);
  return seen;
}

const mostPassed = 8;

const flowOf = ({ sourcePort, targetPort }: Segment | Label): string => `${sourcePort} ${targetPort}`;

const isSame = (segment: Segment, label: Label): boolean =>
  segment.sourcePort === label.sourcePort &&
  segment.targetPort === label.targetPort &&
  segment.sequence === label.sequence &&
  segment.payloadBytes === label.payloadBytes &&
  segment.flags === (label.flags & 0xff) &&
  segment.window === label.window &&
  segment.identification === label.identification;

const text = (what: Segment | Label | undefined): string => JSON.stringify(what);
