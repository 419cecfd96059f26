/** The contract between bytes (a file, stdin, either of them gzipped) and the readers of capture formats. */
import type { FrameWishes } from '../frame-part.js';
import type { FrameReceiver } from '../source.js';

/** An input that is a regular file. */
export interface RegularFile {
  readonly descriptor: number;
  /** Its size when it was opened. */
  readonly bytes: number;
  /** Has `read` go on at `offset`, in bytes from the start of the file. Throws a SourceError where the file ends before. */
  skipTo(offset: number): void;
}

export interface Input {
  /** What the user called it: a file name, or "stdin". */
  readonly name: string;
  /** Absent where bytes come one after the other only. */
  readonly file?: RegularFile;
  /**
   * Reads up to `into.length` bytes to the start of `into`. Returns how many, 0 only at the end of the input. Regular
   * files answer at once, pipes with a promise, so that a quiet pipe never holds the event loop.
   */
  read(into: Uint8Array): number | Promise<number>;
  /** Releases the descriptor; a read under way answers 0. */
  close(): void;
}

/** A capture format. Adding one costs its file and one row in the table of formats. */
export interface CaptureFormat {
  /** As it is named to users: "pcap", "pcapng", "tcpdump text". */
  readonly name: string;
  /** How many first bytes `recognises` wants, where the input has as many. */
  readonly headBytes: number;
  /** Tells by content whether the input is of this format. */
  recognises(head: Uint8Array): boolean;
  /**
   * Delivers all frames of `input` (from its first byte on) until its end or until it is stopped. Rejects with a SourceError
   * where the input breaks off or lies, after everything before that point was delivered.
   */
  read(input: Input, receiver: FrameReceiver, reading: Reading): Promise<void>;
}

export interface Reading extends FrameWishes {
  readonly stopped: () => boolean;
  /** Takes one line about what the operator should know and the counters do not show. */
  readonly warn: (text: string) => void;
}
