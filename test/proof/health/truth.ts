/** What is true of the segments that one side of a link sees, by the link's labels. */
import { AGAIN, COPY, type Label, ONLY, OVERTAKEN } from '../../support/link/labels.js';
import type { Segment } from './segments.js';

const tcp = 6;
const synOrRst = 6;
const fin = 1;

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
 * Of segments in the order in which a side sees them. Only what takes up sequence numbers and is no SYN can be other than new. Late is what
 * later bytes have overtaken: that a retransmission has overtaken it changes nothing.
 */
export function trueKinds(labels: readonly Label[], arrives: boolean): readonly TrueKind[] {
  const ends = new Map<string, number>();
  return labels.map((label) => {
    const { marks, flags, payloadBytes, sequence } = label;
    const isFin = (flags & fin) !== 0;
    if ((flags & synOrRst) !== 0 || (payloadBytes === 0 && !isFin)) return 'new';
    const flow = `${label.sourcePort} ${label.targetPort}`;
    const end = (sequence + payloadBytes + (isFin ? 1 : 0)) | 0;
    const isBeyond = ((end - (ends.get(flow) ?? end - 1)) | 0) > 0;
    if (isBeyond) ends.set(flow, end);
    if (arrives && (marks & COPY) !== 0) return 'doubled';
    if ((marks & AGAIN) !== 0) return 'retransmitted';
    return arrives && (marks & OVERTAKEN) !== 0 && !isBeyond ? 'late' : 'new';
  });
}

/** A retransmission whose first sending nobody behind the link can have seen. */
export const isOnly = ({ marks }: Label): boolean => (marks & ONLY) !== 0;

/** Throws where a side did not see what the link says: then a capture lost packets, and nothing can be compared. */
export function pair(
  segments: readonly Segment[],
  labels: readonly Label[],
): readonly (readonly [Segment, Label])[] {
  return segments
    .map((segment, index) => {
      const label = labels[index];
      // What came in at the very end has no label yet.
      if (label === undefined && segments.length - labels.length < mostAtEnd) return undefined;
      if (label === undefined || !isSame(segment, label))
        throw new Error(`segment ${index} of ${segments.length}: ${text(segment)} is no ${text(label)}`);
      return [segment, label] as const;
    })
    .filter((both) => both !== undefined);
}

const mostAtEnd = 64;

const isSame = (segment: Segment, label: Label): boolean =>
  segment.sourcePort === label.sourcePort &&
  segment.targetPort === label.targetPort &&
  segment.sequence === label.sequence &&
  segment.payloadBytes === label.payloadBytes &&
  segment.flags === (label.flags & 0xff) &&
  segment.identification === label.identification;

const text = (what: Segment | Label | undefined): string => JSON.stringify(what);
