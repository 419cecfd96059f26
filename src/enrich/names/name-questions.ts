/**
 * Questions for names, on their way from a bounded queue to the DNS servers at a bounded pace: however many addresses a
 * window brings, the servers see so many questions a second and so many under way.
 */
import type { Log } from '../../host/log.js';
import { DnsClient, type DnsClientCounts } from './dns-client.js';
import type { DnsOutcome, Question } from './dns-query.js';
import { createResolvConfReader, type DnsServer } from './dns-servers.js';
import { RowQueue } from './row-queue.js';

export interface NameQuestionsOptions {
  readonly maxQueued: number;
  readonly maxInFlight: number;
  readonly questionsPerSecond: number;
  readonly timeoutMs: number;
  /** Empty: those of the file `resolvConf`, which is read again when it changes. */
  readonly servers: readonly DnsServer[];
  readonly resolvConf: string;
  /** A steady clock in milliseconds. */
  readonly nowMs: () => number;
  readonly counts: DnsClientCounts;
  readonly log: Pick<Log, 'limited'>;
  /** What to ask on behalf of a row, which is the question's token. Called when its turn has come. */
  readonly questionOf: (row: number) => Question;
  /** Called once for each row that was asked for, unless `close` comes first. */
  readonly answered: (row: number, outcome: DnsOutcome) => void;
}

const tickMs = 10;
/** A tick that comes late counts as no more than this, so that answers that wait to be read are not taken for lost. */
const maxTickMs = 50;
/** How often, while there is something to ask, the system's list of servers is looked at again. */
const reloadMs = 5_000;
/** The last part of the queue is kept for names in use, so that a flood of new addresses does not take them away. */
const newShare = 0.75;

/** Its timer runs while something is pending, and never keeps the process alive. */
export class NameQuestions {
  readonly #options: NameQuestionsOptions;
  readonly #queue: RowQueue;
  readonly #client: DnsClient;
  /** Undefined where the user names the servers. */
  #readResolvConf: (() => Promise<DnsServer[] | undefined>) | undefined;
  #loadedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastTickMs = 0;
  /** The client's clock: time that passed while the event loop was turning. */
  #patientMs = 0;
  /** Questions that may be sent now. */
  #allowance = 0;
  #closed = false;
  readonly #settled = new Set<() => void>();

  constructor(options: NameQuestionsOptions) {
    this.#options = options;
    this.#queue = new RowQueue(options.maxQueued);
    this.#client = new DnsClient(options);
  }

  /** Finds out whom to ask. Questions may come before that is known; they wait. */
  open(): void {
    const { servers, resolvConf, nowMs } = this.#options;
    if (servers.length > 0) {
      this.#client.useServers(servers);
      return;
    }
    this.#readResolvConf = createResolvConfReader(resolvConf);
    this.#loadedMs = nowMs();
    void this.#loadServers();
  }

  /** Rows that wait or are being asked for. */
  get pending(): number {
    return this.#queue.size + this.#client.inFlight;
  }

  /** Whether `ask` takes a row whose address was not asked for before. */
  get hasRoomForNew(): boolean {
    return !this.#closed && this.#queue.size < this.#options.maxQueued * newShare;
  }

  /** Whether `ask` takes a row whose name is to be renewed. */
  get hasRoomForKnown(): boolean {
    return !this.#closed && this.#queue.size < this.#options.maxQueued;
  }

  /** Only where there is room. */
  ask(row: number): void {
    this.#queue.push(row);
    if (this.#timer) return;
    this.#lastTickMs = this.#options.nowMs();
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  /** Resolves when nothing is pending, at the latest at `deadlineMs` (same clock as `nowMs`), or on close. */
  settle(deadlineMs: number): Promise<void> {
    if (this.pending === 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(deadline);
        this.#settled.delete(done);
        resolve();
      };
      // This timer keeps the process alive: somebody waits for it.
      const deadline = setTimeout(done, Math.max(0, deadlineMs - this.#options.nowMs()));
      this.#settled.add(done);
    });
  }

  close(): void {
    this.#closed = true;
    this.#client.close();
    this.#rest();
  }

  #tick(): void {
    const nowMs = this.#options.nowMs();
    const passedMs = Math.min(Math.max(nowMs - this.#lastTickMs, 0), maxTickMs);
    this.#lastTickMs = nowMs;
    this.#patientMs += passedMs;
    this.#client.tick(this.#patientMs);
    if (this.#readResolvConf && nowMs - this.#loadedMs >= reloadMs) {
      this.#loadedMs = nowMs;
      void this.#loadServers();
    }
    this.#askQueued(passedMs);
    if (this.pending === 0) this.#rest();
  }

  #askQueued(passedMs: number): void {
    const perMs = this.#options.questionsPerSecond / 1_000;
    this.#allowance = Math.min(this.#allowance + passedMs * perMs, Math.max(1, maxTickMs * perMs));
    while (this.#allowance >= 1 && this.#client.ready) {
      const row = this.#queue.shift();
      if (row === undefined) return;
      this.#allowance--;
      this.#client.ask(this.#options.questionOf(row));
    }
  }

  async #loadServers(): Promise<void> {
    const servers = await this.#readResolvConf?.();
    if (servers) this.#client.useServers(servers);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const done of this.#settled) done();
  }
}
