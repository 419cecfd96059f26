/**
 * Records as datagrams of the Unix domain (unix(7)), one each: a reader on this host takes whole records or none, and what the
 * kernel took lies in the reader's queue, which is lost with the reader. Nobody acknowledges it.
 */
import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { connectionFailure } from '../connection.js';
import type { RecordRun } from '../record-run.js';
import { type Answer, type Retry, type RunLimits, sentAnswer, type Transport } from '../transport.js';

/** The addon's calls: descriptors, 0, or negative error numbers. */
export interface UnixCalls {
  connectUnixDatagrams(path: string): number;
  sendDatagram(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
}

/** How many datagrams of a run go out in one turn of the event loop. */
const runRecords = 256;
const runBytes = 256 * 1024;
/** The kernel's own limit is lower (net.core.wmem_max), and says so. */
const longestRecordBytes = 1024 * 1024;

/** How soon to try a full reader again, before the next tick: some have room for ten datagrams only. */
const fullPauseMs = 1;

/** The run that is being sent. */
interface Sending {
  readonly run: RecordRun;
  readonly settle: (answer: Answer) => void;
  /** Records of it that the kernel took. */
  sent: number;
}

export class UnixDatagrams implements Transport {
  readonly limits: RunLimits = {
    records: runRecords,
    bytes: runBytes,
    recordBytes: longestRecordBytes,
    runsUnderWay: 1,
    bytesUnderWay: runBytes,
  };
  readonly acknowledgedBy = undefined;
  readonly #path: string;
  readonly #calls: UnixCalls;
  /** Of the connected socket. */
  #descriptor: number | undefined;
  #sending: Sending | undefined;
  /** When a full reader is looked at before the next tick. */
  #again: { readonly immediate?: NodeJS.Immediate; readonly timer?: NodeJS.Timeout } = {};

  constructor(path: string, calls: UnixCalls) {
    this.#path = path;
    this.#calls = calls;
  }

  async open(): Promise<Retry | undefined> {
    const failure = this.#connect();
    return failure === undefined ? undefined : retryAfter(failure);
  }

  send(run: RecordRun): Promise<Answer> {
    return new Promise((settle) => {
      this.#sending = { run, settle, sent: 0 };
      this.#proceed();
    });
  }

  tick(): void {
    if (this.#again.immediate === undefined) this.#proceed();
  }

  /** The end: a reader that is still full has had its time. */
  async close(): Promise<void> {
    this.#settle(again(this.#sending, { kind: 'retry', why: 'the run of this program ended' }));
    this.#disconnect();
  }

  /** Sends as many records of the run as there is room for. */
  #proceed(): void {
    const { timer } = this.#again;
    clearTimeout(timer);
    this.#again = {};
    const sending = this.#sending;
    if (sending === undefined) return;
    const before = sending.sent;
    const failure = this.#sendOn(sending);
    if (failure === undefined) this.#settle(sentAnswer);
    else if (failure === 'EMSGSIZE') this.#settle(again(sending, tooLong));
    else if (failure !== 'EAGAIN') this.#settle(again(sending, retryAfter(failure)));
    else if (sending.sent > before) this.#again = { immediate: setImmediate(() => this.#proceed()) };
    else if (timer === undefined) this.#again = { timer: setTimeout(() => this.#proceed(), fullPauseMs) };
  }

  /** Undefined when all of it is sent, else the code of what was in the way. */
  #sendOn(sending: Sending): string | undefined {
    const { encoded, first, records, start } = sending.run;
    let isAnother = false;
    while (sending.sent < records) {
      const position = first + sending.sent;
      const from = sending.sent === 0 ? start : encoded.ends[position - 1]!;
      const failure = this.#sendOne(encoded.bytes, from, encoded.ends[position]!);
      if (failure === undefined) {
        sending.sent++;
      } else if (isAnother || failure === 'EAGAIN' || failure === 'EMSGSIZE') {
        return failure;
      } else {
        // The reader that it was connected to has gone. Look for another one once in each try.
        this.#disconnect();
        isAnother = true;
      }
    }
    return undefined;
  }

  #sendOne(bytes: Uint8Array, start: number, end: number): string | undefined {
    const failure = this.#connect();
    return failure ?? nameOf(this.#calls.sendDatagram(this.#descriptor!, bytes, start, end));
  }

  #connect(): string | undefined {
    if (this.#descriptor !== undefined) return undefined;
    const descriptor = this.#calls.connectUnixDatagrams(this.#path);
    if (descriptor < 0) return nameOf(descriptor);
    this.#descriptor = descriptor;
    return undefined;
  }

  #disconnect(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #settle(answer: Answer): void {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.settle(answer);
  }
}

const nameOf = (status: number): string | undefined => (status < 0 ? getSystemErrorName(status) : undefined);

/** A run of one such record is dropped as too long. */
const tooLong = { kind: 'split', why: 'it is longer than the kernel takes (net.core.wmem_default)' } as const;

function retryAfter(code: string): Retry {
  const error = Object.assign(new Error(`its socket does not take records (${code})`), { code });
  return { kind: 'retry', ...connectionFailure(error), isUntried: true };
}

/** What was not sent is to be sent again, and nothing else: `answer` where that is the whole run. */
function again(sending: Sending | undefined, answer: Retry | typeof tooLong): Answer {
  if (sending === undefined || sending.sent === 0) return answer;
  const { run, sent } = sending;
  const left = Array.from({ length: run.records - sent }, (_, position) => sent + position);
  return { kind: 'each', again: left, rejected: [], why: answer.why };
}
