/**
 * Questions for names, on their way from a bounded queue to the DNS servers at a bounded pace: however many addresses a
 * window brings, the servers see so many questions a second and so many under way.
 */
import type { Log } from '../../host/log.js';
import { DnsClient, type DnsClientCounts } from './dns-client.js';
import type { DnsAnswer } from './dns-message.js';
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
  readonly now: () => number;
  readonly counts: DnsClientCounts;
  readonly log: Pick<Log, 'limited'>;
  /** The name to ask for on behalf of a row. Called when its turn has come. */
  readonly nameOf: (row: number) => string;
  /** Called once for each row that was asked for, unless `close` comes first. */
  readonly answered: (row: number, answer: DnsAnswer) => void;
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
  readonly #readResolvConf: (() => Promise<DnsServer[] | undefined>) | undefined;
  #loadedMs: number;
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
    this.#loadedMs = options.now();
    if (options.servers.length > 0) {
      this.#client.useServers(options.servers);
    } else {
      this.#readResolvConf = createResolvConfReader(options.resolvConf);
      void this.#loadServers();
    }
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
    this.#lastTickMs = this.#options.now();
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  /** Resolves when nothing is pending, at the latest at `deadlineMs` (same clock as `now`), or on close. */
  settle(deadlineMs: number): Promise<void> {
    if (this.pending === 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(deadline);
        this.#settled.delete(done);
        resolve();
      };
      // This timer keeps the process alive: somebody waits for it.
      const deadline = setTimeout(done, Math.max(0, deadlineMs - this.#options.now()));
      this.#settled.add(done);
    });
  }

  close(): void {
    this.#closed = true;
    this.#client.close();
    this.#rest();
  }

  #tick(): void {
    const nowMs = this.#options.now();
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
      this.#client.ask(row, this.#options.nameOf(row));
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
