/** Whether a run lost records that will be missed: then it ends with exit code 1, so that scripts notice. */
import { type Sink, type UnsentReason, unsentReasons } from '../sink/sink.js';

/** A file is meant to be sent whole. */
const missedOfFiles: readonly UnsentReason[] = unsentReasons;
/**
 * A capture goes on without a reader that is away, has no room or is slow, and so does a replay that was ended early. These
 * records were lost although there was a reader: something has to be mended.
 */
const missedOfCaptures: readonly UnsentReason[] = ['failed', 'rejected', 'damaged'];

/** `isCutShort`: the user ended the run. What waits on disk is not lost. */
export function missesRecords(
  { counts: { recordsUnsent }, broken }: Pick<Sink, 'counts' | 'broken'>,
  { isCapture, isCutShort }: { readonly isCapture: boolean; readonly isCutShort: boolean },
): boolean {
  // The reader of a pipe that closed it has had enough.
  const missed = isCapture || isCutShort || broken === true ? missedOfCaptures : missedOfFiles;
  return missed.some((reason) => recordsUnsent[reason] > 0);
}
