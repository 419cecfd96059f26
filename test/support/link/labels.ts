/** What the link tells of each packet: link.c has the columns, truth.h the marks. */

/** All of its bytes were sent before. */
export const AGAIN = 1;
/** Some of them were. */
export const PARTLY = 2;
/** The link doubled it, and this is the second one. */
export const COPY = 4;
/** A later one of its flow came out before it. */
export const OVERTAKEN = 8;
/** Sent before, but none of that came out. */
export const ONLY = 16;

export interface Label {
  readonly isOut: boolean;
  /** When it came out or was dropped, and when it came in; since 1970. */
  readonly timeUs: number;
  readonly enteredUs: number;
  /** 0 from `here` to `elsewhere`, 1 back. */
  readonly direction: number;
  /** In its direction, from 0 on, as it came in. */
  readonly serial: number;
  /** The sum of the marks. */
  readonly marks: number;
  readonly protocol: number;
  readonly source: string;
  readonly sourcePort: number;
  readonly target: string;
  readonly targetPort: number;
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly flags: number;
  readonly window: number;
  readonly identification: number;
  readonly ipBytes: number;
}

export function readLabels(text: string): readonly Label[] {
  const lines = text.split('\n');
  // After the last line's end.
  lines.pop();
  return lines.map((line) => {
    const words = line.split(' ');
    if (words.length !== columns) throw new Error(`no label: ${line}`);
    const number = (at: number) => Number(words[at]);
    return {
      isOut: words[0] === 'out',
      timeUs: number(1),
      enteredUs: number(2),
      direction: number(3),
      serial: number(4),
      marks: number(5),
      protocol: number(6),
      source: words[7]!,
      sourcePort: number(8),
      target: words[9]!,
      targetPort: number(10),
      sequence: number(11),
      payloadBytes: number(12),
      flags: number(13),
      window: number(14),
      identification: number(15),
      ipBytes: number(16),
    };
  });
}

const columns = 17;
