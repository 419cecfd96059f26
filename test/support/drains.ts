/** Closed windows drained whole, each flow by itself. */
import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { ReaderWalk, rowReader } from '../../src/flow/walk.js';
import type { RecordConsumer } from '../../src/record/consumer.js';
import { createDrain, type Drain } from '../../src/record/drain.js';
import type { EncodedRecords } from '../../src/record/encoded-records.js';
import { RecordEncoder } from '../../src/record/encoder.js';
import type { RecordFormat } from '../../src/record/record.js';

export interface HandedOn {
  readonly slice: EncodedRecords;
  readonly recycle: () => void;
}

export function drainOf(
  window: ClosedWindow,
  consumer: RecordConsumer,
  enrich: () => void = () => undefined,
  nowMs: () => number = () => 0,
): Drain {
  const counts = { flows: 0, records: 0 };
  return createDrain({
    window,
    walk: new ReaderWalk(rowReader(window.table)),
    enrich,
    consumers: [consumer],
    counts,
    nowMs,
  });
}

/** An encoder, and what it has handed on, in a list that grows. */
export function listingEncoder(format: RecordFormat): { encoder: RecordEncoder; handedOn: HandedOn[] } {
  const handedOn: HandedOn[] = [];
  const encoder = new RecordEncoder(format, (slice, recycle) => handedOn.push({ slice, recycle }), 'agent');
  return { encoder, handedOn };
}
