/** Records as bytes: a consumer that writes them in one format, and hands them on slice by slice. */
import type { RecordConsumer } from './consumer.js';
import type { EncodedRecords } from './encoded-records.js';
import type { FlowRecord, RecordFormat, WindowTimes } from './record.js';
import { type Slice, SlicePool } from './slices.js';

/** Takes encoded records, and calls `done` when nobody reads them any more. */
export type HandOn = (records: EncodedRecords, done: () => void) => void;

export class RecordEncoder implements RecordConsumer {
  readonly #format: RecordFormat;
  readonly #pool: SlicePool;
  readonly #handOn: HandOn;
  #slice: Slice | undefined;
  #mostRecords = 0;
  readonly #agent: string;
  #windowStartUs = 0;
  #nextNumber = 1;

  /** `agent` names this start of the program in the names of records. */
  constructor(format: RecordFormat, handOn: HandOn, agent: string) {
    this.#format = format;
    this.#pool = new SlicePool(format);
    this.#handOn = handOn;
    this.#agent = agent;
  }

  /** It hands on each slice when that closes. */
  get packetsHeld(): number {
    return 0;
  }

  openWindow(window: WindowTimes, mostRecords: number): void {
    this.#pool.openWindow(mostRecords);
    this.#format.openWindow(window);
    this.#windowStartUs = window.startUs;
  }

  openSlice(mostRecords: number): void {
    this.#mostRecords = mostRecords;
  }

  take(record: FlowRecord): void {
    this.#slice ??= this.#pool.take(this.#mostRecords);
    this.#slice.add(record);
  }

  closeSlice(): void {
    const slice = this.#slice;
    if (slice === undefined) return;
    this.#slice = undefined;
    slice.finish({ agent: this.#agent, windowStartUs: this.#windowStartUs, firstNumber: this.#nextNumber });
    this.#nextNumber += slice.records;
    this.#handOn(slice, () => slice.recycle());
  }

  closeWindow(): void {}
}
