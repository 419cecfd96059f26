/**
 * The contract of a dialect: what one kind of HTTP reader wants around records, and what its answers mean. What all readers
 * share is in http-transport.ts: statuses, Retry-After, compression, the connection.
 */
import type { RecordRun } from '../record-run.js';
import type { Answer } from '../transport.js';

/** Where an API key or token comes from, and where it goes. */
export interface DialectKey {
  /** The environment variable that may hold it: "DD_API_KEY". */
  readonly variable: string;
  /** Nothing can be sent without one. */
  readonly required: boolean;
  /** The headers that carry it. Throws a UsageError, which never shows the key, when this cannot be one. */
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
  /** What to POST to: the given URL, or a path below it. */
  readonly url: URL;
  readonly contentType: string;
  readonly key?: DialectKey;
  /** Limits of a request, uncompressed, framing included. */
  readonly limits: { readonly records: number; readonly bytes: number; readonly recordBytes: number };
  /** The most bytes of framing: for each record, and for the request. */
  readonly overhead: { readonly record: number; readonly request: number };
  /** A request's body, in pieces; one of them may be made in `memory`. */
  body(run: RecordRun, memory?: BodyMemory): readonly Uint8Array[];
  /** What an answer of 200 to 299 says of each record; without it, all are sent. */
  accepted?(body: string, run: RecordRun): Answer;
  /** What a status means here, where that differs from other readers. */
  refused?(status: number, body: string, run: RecordRun): Answer | undefined;
  /**
   * A request that changes nothing, for the doctor: it succeeds where the reader, the path and the key are right. Absent where the
   * reader has none.
   */
  readonly probe?: { readonly method: 'GET' | 'POST'; readonly url: URL; readonly body?: string };
}

/** Gives memory of this size for one body; it is used again for the next body. Called once for a body. */
export type BodyMemory = (bytes: number) => Buffer;

/** Throws a UsageError where the URL or the schema does not suit the reader. */
export type OpenDialect = (facts: DialectFacts) => Dialect;
