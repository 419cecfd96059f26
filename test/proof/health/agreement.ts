/**
 * What the program and tshark say of each segment of a scene, and of each connection, against what is true of it.
 */
import { join } from 'node:path';
import { type HandshakeScore, noHandshakes, scoreHandshakes } from './handshakes.js';
import { readCapture } from './reading.js';
import { wrongKernels, wrongRecords } from './records.js';
import { port, type Seen } from './scene.js';
import { noScore, note, type Score } from './score.js';
import { readSegments } from './segments.js';
import { inOrder, isOnly, pair, type SeenSegment } from './truth.js';
import { noMarks, readTsharkMarks, type TsharkMarks } from './tshark-marks.js';

/** What is seen where packets arrive, behind the link, or where they leave, in front of it. */
export interface View {
  /** And those that are told as what they are. */
  segments: number;
  right: number;
  /** Retransmitted, as told by the program and by tshark; and of the first, those whose bytes no one can have seen before. */
  readonly retransmitted: Score;
  readonly tshark: Score;
  readonly only: Score;
  /** Payload bytes of retransmissions. */
  readonly bytes: Score;
  readonly late: Score;
  readonly tsharkLate: Score;
  readonly doubled: Score;
  /** Any of these, where the rules do not tell which: IPv6. */
  readonly again: Score;
  readonly tsharkAgain: Score;
}

export interface Agreement {
  readonly name: string;
  readonly arriving: View;
  readonly leaving: View;
  readonly handshakes: HandshakeScore;
  readonly connections: number;
  readonly wrong: readonly string[];
}

/** Reads the captures once more with tshark and the program, unless `folder`, which has room for what that takes, is left out. */
export async function agree(name: string, seen: Seen, folder?: string): Promise<Agreement> {
  const agreement = {
    ...{ name, arriving: noView(), leaving: noView(), connections: seen.made.size },
    handshakes: noHandshakes(),
    wrong: [...seen.wrong, ...wrongKernels(seen)],
  };
  for (const side of seen.sides) {
    const segments = readSegments(side.capture);
    const marks = folder === undefined ? noMarks : readTsharkMarks(side.capture, port);
    const directions = [0, 1].map((direction) => {
      const arrives = side.arriving === direction;
      const own = segments.filter(({ targetPort }) => (targetPort === port) === (direction === 0));
      const pairs = pair(own, inOrder(seen.labels, direction, arrives), arrives);
      scoreView(arrives ? agreement.arriving : agreement.leaving, pairs, marks);
      return pairs;
    });
    const read = folder === undefined ? [] : await readCapture(join(folder, side.name), side.capture, '0');
    scoreHandshakes(agreement.handshakes, agreement.wrong, { side, read }, directions.flat(), marks);
    agreement.wrong.push(...wrongRecords(side, segments));
  }
  return agreement;
}

export const noView = (): View => ({
  ...{ segments: 0, right: 0, bytes: noScore() },
  ...{ retransmitted: noScore(), tshark: noScore(), only: noScore(), late: noScore(), tsharkLate: noScore() },
  ...{ doubled: noScore(), again: noScore(), tsharkAgain: noScore() },
});

function scoreView(view: View, pairs: readonly SeenSegment[], tshark: TsharkMarks): void {
  for (const { segment, label, truly } of pairs) {
    const { kind, frame, payloadBytes } = segment;
    const marked = tshark.retransmitted.has(frame);
    view.segments++;
    if (label.source.includes(':')) {
      note(view.again, truly !== 'new', kind !== 'new');
      note(view.tsharkAgain, truly !== 'new', marked || tshark.late.has(frame));
      if ((truly !== 'new') === (kind !== 'new')) view.right++;
      continue;
    }
    if (truly === kind) view.right++;
    const isTruly = truly === 'retransmitted';
    const isTold = kind === 'retransmitted';
    note(view.retransmitted, isTruly, isTold);
    note(view.bytes, isTruly, isTold, payloadBytes);
    note(view.tshark, isTruly, marked);
    if (isOnly(label)) note(view.only, isTruly, isTold);
    note(view.late, truly === 'late', kind === 'late');
    note(view.tsharkLate, truly === 'late', tshark.late.has(frame));
    note(view.doubled, truly === 'doubled', kind === 'doubled');
  }
}
