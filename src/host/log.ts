/** Lines for the operator on stderr, each repeated at most once a minute. */

/** Milliseconds on any steady clock. */
type Milliseconds = number;

const repeatIntervalMs: Milliseconds = 60_000;

export interface Log {
  /** Writes one line, always. */
  line(text: string): void;
  /**
   * Writes one line, unless one with the same `subject` was written within the last minute; those are counted, and
   * the next one that is written says how many were held back.
   */
  limited(subject: string, text: string): void;
}

/** `write` gets whole lines with their newline; `now` is a steady clock. */
export function createLog(write: (line: string) => void, now: () => Milliseconds): Log {
  const subjects = new Map<string, { lastMs: Milliseconds; held: number }>();
  return {
    line: (text) => write(`pcap-agg: ${text}\n`),
    limited(subject, text) {
      const known = subjects.get(subject);
      if (known && now() - known.lastMs < repeatIntervalMs) {
        known.held++;
        return;
      }
      const held = known?.held ? ` (${known.held} more like this since the last line)` : '';
      subjects.set(subject, { lastMs: now(), held: 0 });
      write(`pcap-agg: ${text}${held}\n`);
    },
  };
}
