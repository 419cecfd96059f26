/**
 * The contract of a dialect: what one kind of HTTP reader wants around records, and what its answers mean. What all readers
 * share, transport.ts does: statuses, Retry-After, compression, the connection.
 */
import type { RecordRun } from '../record-run.js';
import type { Answer } from '../transport.js';

/** Where an API key or token comes from, and where it goes. */
export interface DialectKey {
  /** The environment variable that may hold it: "DD_API_KEY". */
  readonly variable: string;
  /** Nothing can be sent without one. */
  readonly required: boolean;
  /** The headers that it goes out in. Throws a UsageError, which never shows the key, where it is none. */
  headers(key: string): Readonly<Record<string, string>>;
}

/** What a dialect is given of an output. */
export interface DialectFacts {
  /** Without a path where none was written. No user, no query. */
  readonly url: URL;
  /** This host's name. */
  readonly host: string;
  readonly version: string;
  /** A schema's name, or that of a file: some readers take records of one schema only. */
  readonly schema: string;
}

export interface Dialect {
  /** What is sent to: the URL's own path, or below it. */
  readonly url: URL;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: DialectKey;
  /** What one request may hold, uncompressed, with what stands around records. */
  readonly limits: { readonly records: number; readonly bytes: number; readonly recordBytes: number };
  /** Bytes that stand around each record at the most, and around all of them. */
  readonly overhead: { readonly record: number; readonly request: number };
  /** A request's body, in pieces; one of them may be made in `memory`. */
  body(run: RecordRun, memory?: BodyMemory): readonly Uint8Array[];
  /** What an answer of 200 to 299 says of each record; without it, all are sent. */
  accepted?(body: string, run: RecordRun): Answer;
  /** What another status means here, where that is not what it means everywhere. */
  refused?(status: number, body: string, run: RecordRun): Answer | undefined;
  /**
   * A request that changes nothing, for the doctor: it succeeds where the reader, the path and the key are right. Absent where the
   * reader has none.
   */
  readonly probe?: { readonly method: 'GET' | 'POST'; readonly url: URL; readonly body?: string };
}

/** Gives memory of so many bytes, which is used for another body when this one has been sent. Called once for a body. */
export type BodyMemory = (bytes: number) => Buffer;

/** Throws a UsageError where the reader cannot be sent to like that. */
export type OpenDialect = (facts: DialectFacts) => Dialect;
