/** Who takes the records of closed windows: encoders, and what shows records itself. */
import type { FlowRecord, WindowTimes } from './record.js';

/** Is called in this order for each window: openWindow; then for each slice openSlice, take, closeSlice; closeWindow. */
export interface RecordConsumer {
  /** No more than `mostRecords` come in this window. */
  openWindow(window: WindowTimes, mostRecords: number): void;
  /** A slice is a turn's work. No more than `mostRecords` come in it. */
  openSlice(mostRecords: number): void;
  /** `record` is only read during the call. */
  take(record: FlowRecord): void;
  closeSlice(): void;
  closeWindow(): void;
  /** Packets of records that were taken, and handed on to nobody yet. */
  readonly packetsHeld: number;
}
