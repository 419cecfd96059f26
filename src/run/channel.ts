/** From closed windows to sinks: outputs that want the same records share one drain, those that want the same bytes one encoder. */
import type { ClosedWindow } from '../flow/open-windows.js';
import type { Walk } from '../flow/walk.js';
import type { RecordConsumer } from '../record/consumer.js';
import type { TellingCounts } from '../record/drain.js';
import type { EncodedRecords } from '../record/encoded-records.js';
import { type HandOn, RecordEncoder } from '../record/encoder.js';
import type { RecordFormat } from '../record/record.js';
import type { Sink } from '../sink/sink.js';

/** A consumer of records, and the sinks that get what it makes of them. */
export interface Outlet {
  readonly consumer: RecordConsumer;
  readonly sinks: readonly Sink[];
}

export interface Channel {
  /** How a window's flows become records. */
  readonly walk: (window: ClosedWindow) => Walk;
  readonly outlets: readonly Outlet[];
  readonly counts: TellingCounts;
}

/** An outlet that writes each record once, however many sinks there are. */
export function encodingOutlet(format: RecordFormat, sinks: readonly Sink[], agent: string): Outlet {
  const handOn: HandOn = (records, done) => writeToAll(records, sinks, done);
  return { consumer: new RecordEncoder(format, handOn, agent), sinks };
}

function writeToAll(records: EncodedRecords, sinks: readonly Sink[], done: () => void): void {
  let readers = sinks.length;
  const doneOne = () => {
    if (--readers === 0) done();
  };
  for (const sink of sinks) sink.write(records, doneOne);
}
