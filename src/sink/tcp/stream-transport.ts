/**
 * Sends runs as one stream of bytes, over TCP, TLS or a socket of the Unix domain, to a reader that says nothing.
 *
 * A run counts as sent when the reader's kernel has acknowledged all of it, and a moment longer has passed without a break:
 * what that kernel had and the reader had not read yet is lost when the reader dies. So what is younger is sent again after
 * a break: the reader may get it twice, and loses nothing. Where this host's kernel does not tell what was acknowledged
 * (there is no addon), a run counts as sent when it was given to the kernel.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionFailure } from '../connection.js';
import type { RecordRun } from '../record-run.js';
import { type Answer, type Retry, type RunLimits, sentAnswer, type Transport } from '../transport.js';
import { dial } from './dialling.js';
import { KeptRuns } from './kept-runs.js';
import { StreamConnection } from './stream-connection.js';
import { type StreamOptions, type StreamWaits, streamWaits, usualRunBytes } from './stream-options.js';

const mostRunsUnderWay = 512;
/** Readers have limits of their own, which are lower. */
const longestRecordBytes = 1024 * 1024;
/** How often the end looks whether the reader has acknowledged everything. */
const closingTickMs = 5;
/** How long to wait for the reader to end the connection, too, when nothing depends on it. */
const lingerMs = 250;
/** How many tries of the kernel without an answer count as silence. A slow reader's kernel does answer. */
const fewestTries = 2;

const ended = { why: 'it ended the connection', absence: 'unreachable' } as const;

export class StreamTransport implements Transport {
  readonly limits: RunLimits;
  acknowledgedBy: Transport['acknowledgedBy'];
  readonly #options: StreamOptions;
  readonly #waits: StreamWaits;
  readonly #kept: KeptRuns;
  readonly #aborting = new AbortController();
  /** 'ending': nothing more is written to this connection, and what was written is waiting to be read. */
  #state: 'down' | 'opening' | 'up' | 'ending' = 'down';
  #connection: StreamConnection | undefined;
  #isWriting = false;
  /** A run that went over this connection has been answered as sent. */
  #hasBrought = false;
  /** The last acknowledged position, and when it last moved. */
  #progress = { position: 0, sinceMs: 0 };
  /** No more runs are expected for now. */
  #isFlushing = false;

  constructor(options: StreamOptions) {
    const { bytesUnderWay, runBytes = usualRunBytes, calls } = options;
    this.#options = options;
    this.#waits = { ...streamWaits, ...options.waits };
    this.limits = {
      records: Number.POSITIVE_INFINITY,
      bytes: Math.min(runBytes, bytesUnderWay),
      recordBytes: Math.min(longestRecordBytes, options.runBytes ?? longestRecordBytes),
      runsUnderWay: mostRunsUnderWay,
      bytesUnderWay,
    };
    this.acknowledgedBy = calls === undefined ? undefined : "reader's host";
    // Half is for acknowledged runs that are kept, so that they do not hold up those on their way.
    const { keepMs } = this.#waits;
    this.#kept = new KeptRuns({ keepMs, bytes: bytesUnderWay / 2, runs: mostRunsUnderWay / 2 });
  }

  open(): Promise<Retry | undefined> {
    return this.#connect();
  }

  send(run: RecordRun): Promise<Answer> {
    this.#isFlushing = false;
    return new Promise((settle) => {
      this.#kept.add(run, settle);
      this.#advance();
    });
  }

  tick(nowMs: number): void {
    if (this.#connection === undefined) return;
    this.#look(this.#connection, nowMs);
    if (this.#connection !== undefined && this.#isSilent(this.#connection, nowMs)) {
      const seconds = Math.round(this.#waits.silenceMs / 1_000);
      this.#connection.reset();
      this.#break({
        kind: 'retry',
        why: `its host has been silent for ${seconds} s`,
        absence: 'unreachable',
      });
    }
  }

  /** Hurries the answers: ends the connection, so that the reader reads all of it and ends it, too. */
  flush(): void {
    this.#isFlushing = true;
    this.#advance();
  }

  async close(deadlineMs: number): Promise<void> {
    const { nowMs } = this.#options.edges;
    const lingerUntilMs = Math.min(deadlineMs, nowMs() + lingerMs);
    this.flush();
    this.#end();
    while (!this.#kept.isEmpty ? nowMs() < deadlineMs : this.#state === 'ending' && nowMs() < lingerUntilMs) {
      await sleep(closingTickMs);
      this.tick(nowMs());
      this.#end();
    }
    this.#aborting.abort();
    this.#break({ kind: 'retry', why: 'the run of this program ended' });
  }

  /** Writes what waits, connects for it, or ends the connection, whatever is next. */
  #advance(): void {
    if (this.#state === 'down' && this.#kept.hasWaiting) void this.#connect();
    else if (this.#state === 'up' && !this.#isWriting && this.#kept.hasWaiting)
      this.#write(this.#connection!);
    else if (this.#isFlushing && this.#kept.hasBegun) this.#end();
  }

  #write(connection: StreamConnection): void {
    const { framing, edges, wallMs = Date.now } = this.#options;
    if (!this.#kept.hasUnacknowledged) this.#progress.sinceMs = edges.nowMs();
    const kept = this.#kept.begin();
    this.#isWriting = true;
    connection.write(framing.frame(kept.run, wallMs()), () => {
      if (connection !== this.#connection) return;
      this.#isWriting = false;
      kept.end = connection.position;
      this.#look(connection, edges.nowMs());
      this.#advance();
    });
  }

  /** Ends the connection if nothing is left to write. */
  #end(): void {
    if (this.#state !== 'up' || this.#isWriting || this.#kept.hasWaiting) return;
    this.#state = 'ending';
    this.#connection!.end();
  }

  /** Answers what has been acknowledged and kept for long enough. */
  #look(connection: StreamConnection, nowMs: number): void {
    this.#acknowledge(connection, nowMs);
    if (this.#kept.release(nowMs) > 0) this.#hasBrought = true;
    // Without acknowledgement everything is answered already; then wait for the reader to end the connection.
    const isAnswered = this.acknowledgedBy !== undefined && !this.#kept.hasBegun;
    if (this.#state === 'ending' && isAnswered) this.#letGo();
  }

  #acknowledge(connection: StreamConnection, nowMs: number): void {
    if (this.acknowledgedBy === undefined) {
      this.#kept.acknowledge(connection.position, Number.NEGATIVE_INFINITY);
      return;
    }
    const position = connection.acknowledgedPosition() ?? 0;
    if (position > this.#progress.position) this.#progress = { position, sinceMs: nowMs };
    this.#kept.acknowledge(position, nowMs);
  }

  /** A reader that is slow, or has no room, has a kernel that answers. */
  #isSilent(connection: StreamConnection, nowMs: number): boolean {
    if (!this.#kept.hasUnacknowledged || nowMs - this.#progress.sinceMs < this.#waits.silenceMs) return false;
    return connection.unansweredTries() >= fewestTries;
  }

  async #connect(): Promise<Retry | undefined> {
    const { edges, framing } = this.#options;
    const { connectMs } = this.#waits;
    this.#state = 'opening';
    const dialled = await dial(
      {
        ...this.#options,
        connectMs,
        over: (connection, error) => {
          if (connection === this.#connection) this.#over(connection, error);
        },
      },
      this.#aborting.signal,
    );
    if (this.#aborting.signal.aborted) {
      if (dialled instanceof StreamConnection) dialled.destroy();
      return undefined;
    }
    if (!(dialled instanceof StreamConnection)) {
      this.#break(dialled);
      return dialled;
    }
    this.#connection = dialled;
    this.#state = 'up';
    if (!dialled.isTold) this.acknowledgedBy = undefined;
    this.#hasBrought = false;
    this.#progress = { position: 0, sinceMs: edges.nowMs() };
    framing.connected?.();
    // It may be over by now: nobody was there to be told.
    if (dialled.isOver) this.#over(dialled, dialled.error);
    else this.#advance();
    return undefined;
  }

  /** If this side ended the connection first, and the reader's kernel has everything, the reader has read it all. */
  #over(connection: StreamConnection, error: NodeJS.ErrnoException | undefined): void {
    this.#acknowledge(connection, this.#options.edges.nowMs());
    if (this.#state === 'ending' && error === undefined && !this.#kept.hasUnacknowledged) {
      this.#kept.settleBegun(sentAnswer);
      this.#letGo();
    } else {
      const failure = error === undefined ? ended : connectionFailure(error);
      // A reader that ends a connection over which it got records is not away: the connection may have been idle.
      this.#break({ kind: 'retry', ...failure, atOnce: error === undefined && this.#hasBrought });
    }
  }

  /** The connection is gone: everything under way has to be sent again. */
  #break(failure: Retry): void {
    this.#kept.settleAll({ ...failure, mayHaveArrived: true }, { ...failure, isUntried: true });
    this.#letGo();
  }

  #letGo(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#isWriting = false;
    this.#state = 'down';
    this.#advance();
  }
}
