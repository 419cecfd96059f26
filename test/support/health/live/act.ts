/** What an act takes, and what it measures. */

/** Whom to talk to, and how; `serve` takes nothing. */
export interface Acting {
  readonly host?: string;
  readonly port?: number;
  readonly localPort?: number;
  /** Time to live of what is sent. */
  readonly ttl?: number;
  /** Begins so many milliseconds after a second's start, in which it is a second for as long as it goes on. */
  readonly atMs?: number;
  readonly seconds?: number;
}

/** Microseconds, or counts, by name. */
export type Measured = Readonly<Record<string, number>>;

export type Act = (what: Acting) => Promise<Measured>;
