/** What an act takes, and what it measures. */

/** Whom to talk to, and how; `serve` takes nothing. */
export interface Acting {
  readonly host?: string;
  readonly port?: number;
  readonly localPort?: number;
  /** Time to live of what is sent. */
  readonly ttl?: number;
  /** Bytes of the request. */
  readonly bytes?: number;
}

/** Microseconds, or counts, by name. */
export type Measured = Readonly<Record<string, number>>;

export type Act = (what: Acting) => Promise<Measured>;
