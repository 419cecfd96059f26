/** Turns a closed window into records, a slice at a time, so that nobody else waits for long. */
import type { ClosedWindow } from '../flow/open-windows.js';
import { END, READING, type Walk } from '../flow/walk.js';
import type { RecordConsumer } from './consumer.js';
import { FlowRecord, type WindowTimes } from './record.js';
import { mostSliceRecords } from './slices.js';

/**
 * Each window begins with small slices, which double as long as they are quick: V8 may have to compile the code first, and
 * until then a record takes 10 µs.
 */
const firstSliceSteps = 128;
const longMs = 1;

export interface Drain {
  /** Does the next slice of work; false where there was none left. */
  next(): boolean;
  /** No more records than this come of the window; once it has ended, as many as came. Becomes less, never more. */
  readonly mostRecords: number;
  /** Skips all that is left. Returns what that was; of records that flows are folded into, how many at the most. */
  skip(): { readonly records: number; readonly packets: number };
  /** Packets of the records that are still to come, without those that a consumer holds. */
  packetsLeft(): number;
}

/** What became of flows, counted since the start: of windows that were told whole. */
export interface TellingCounts {
  /** Each direction is one. Without those that found the table full, which nobody counts. */
  flows: number;
  /** The records that told of them. */
  records: number;
}

export interface DrainOptions {
  readonly window: ClosedWindow;
  /** How the window's flows become records. */
  readonly walk: Walk;
  /** Fills in names and labels, just before a record is taken. */
  readonly enrich: (record: FlowRecord, window: WindowTimes) => void;
  readonly consumers: readonly RecordConsumer[];
  readonly counts: TellingCounts;
  /** A steady clock. */
  readonly nowMs: () => number;
}

export function createDrain({ window, walk, enrich, consumers, counts, nowMs }: DrainOptions): Drain {
  const record = new FlowRecord();
  const taken = { records: 0, packets: 0 };
  let state: 'new' | 'open' | 'ended' = 'new';
  let steps = firstSliceSteps;
  const close = () => {
    if (state === 'open') for (const consumer of consumers) consumer.closeWindow();
    state = 'ended';
  };
  const packetsLeft = () => (state === 'ended' ? 0 : window.table.packetsFrom(0) - taken.packets);
  return {
    packetsLeft,
    get mostRecords() {
      return state === 'ended' ? taken.records : walk.mostReadings;
    },
    skip() {
      if (state === 'ended') return { records: 0, packets: 0 };
      const skipped = { records: walk.mostReadings - taken.records, packets: packetsLeft() };
      close();
      return skipped;
    },
    next() {
      if (state === 'ended') return false;
      const startMs = nowMs();
      if (state === 'new') for (const consumer of consumers) consumer.openWindow(window, walk.mostReadings);
      state = 'open';
      const most = Math.min(steps, walk.mostReadings - taken.records);
      for (const consumer of consumers) consumer.openSlice(most);
      const isEnd = takeSome(walk, steps, record, window, enrich, consumers, taken);
      for (const consumer of consumers) consumer.closeSlice();
      if (isEnd) {
        close();
        counts.flows += window.table.flows;
        counts.records += taken.records;
      }
      steps =
        nowMs() - startMs < longMs
          ? Math.min(2 * steps, mostSliceRecords)
          : Math.max(steps / 2, firstSliceSteps);
      return true;
    },
  };
}

/** Whether the walk has ended. On its own, so that what is done once a slice is not compiled with it. */
function takeSome(
  walk: Walk,
  steps: number,
  record: FlowRecord,
  window: WindowTimes,
  enrich: DrainOptions['enrich'],
  consumers: readonly RecordConsumer[],
  taken: { records: number; packets: number },
): boolean {
  for (let count = 0; count < steps; count++) {
    const step = walk.step(record);
    if (step === END) return true;
    if (step !== READING) continue;
    enrich(record, window);
    for (const consumer of consumers) consumer.take(record);
    taken.records++;
    taken.packets += record.forward.packets + record.reverse.packets;
  }
  return taken.records === walk.mostReadings;
}
