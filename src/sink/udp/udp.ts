/**
 * Sends records by UDP, one a datagram unless packing is asked for. One datagram is under way at a time: on a connected
 * socket the kernel takes it at once, so every error is known before the next one is risked.
 *
 * What the counts claim. A record is sent when the kernel took its datagram and no error spoke of it; nobody can know more
 * of UDP. After a pause, and while the collector counts as absent, one datagram goes ahead as a probe. When it is refused
 * (ICMP port unreachable), or there is no way to the collector, it stays the first to be sent, and another probe goes out
 * every second. A probe that meets with silence was sent, and the others follow. A refusal among those says that an earlier
 * one was lost, not which: the last counts as not sent, though others may be lost with it. What Linux does not tell a UDP
 * socket counts as sent (udp(7), IP_RECVERR): a host that does not answer, an interface without a carrier, and what this
 * host drops itself, of which the ledger says how many at the most (local-drops.ts, receive-buffer.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EncodedRecords } from '../../record/encoded-records.js';
import { type Absence, absenceOf, absenceText } from '../absence.js';
import { CollectorAddresses } from '../addresses.js';
import { Outbox } from '../outbox.js';
import { bytesOf, type RecordRun } from '../record-run.js';
import type { Sink, SinkCounts, UnsentReason } from '../sink.js';
import { DatagramPath } from './datagram-path.js';
import { tickMs } from './pacer.js';
import { Throttle } from './throttle.js';
import { type LinkListener, type SendOutcome, UdpLink } from './udp-link.js';
import {
  defaultUdpOptions,
  lingerMs,
  pauseMs,
  retryMs,
  silenceMs,
  type UdpSinkOptions,
} from './udp-options.js';

/** From `start` on its name is resolved and its socket connected, while records wait. */
export class UdpSink implements Sink {
  readonly name: string;
  readonly #options: UdpSinkOptions & typeof defaultUdpOptions;
  readonly #nowMs: () => number;
  readonly #addresses: CollectorAddresses;
  readonly #outbox: Outbox;
  readonly #throttle: Throttle;
  readonly #path: DatagramPath;
  readonly #listener: LinkListener = {
    opened: () => {
      this.#path.open(this.#link!);
      this.#goOn();
    },
    settled: (outcome) => {
      this.#settled(outcome);
      this.#proceed();
    },
    failed: (error) => this.#failed(error),
    refused: (error) => this.#refused(error),
  };
  #state: 'absent' | 'opening' | 'probing' | 'up' | 'closed' = 'absent';
  /** When 'absent' or 'probing' ends. */
  #dueMs = 0;
  #link: UdpLink | undefined;
  /** The link has the outbox's current run. */
  #sending = false;
  /** What went out last over this link. */
  #lastSent: RecordRun | undefined;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #absence: Absence | undefined;
  #closing = false;
  #hopeless = false;

  readonly #report = (subject: string, text: string): void =>
    this.#options.log.limited(`${this.name} ${subject}`, `${this.name}: ${text}`);

  readonly #tooLong = (run: RecordRun): void => {
    this.#outbox.unsent('too-long');
    this.#report(
      'too long',
      `a record of ${bytesOf(run)} bytes is too long for a datagram, and was not sent`,
    );
  };

  constructor(options: UdpSinkOptions) {
    this.#options = { ...defaultUdpOptions, ...options };
    const { target, nowMs, resolve, queueBytes } = this.#options;
    this.name = target.name;
    this.#nowMs = nowMs;
    this.#addresses = new CollectorAddresses(target.host, resolve);
    this.#outbox = new Outbox(queueBytes);
    this.#throttle = new Throttle(this.#options, nowMs(), this.#report);
    this.#path = new DatagramPath(this.#options, this.#report);
  }

  get counts(): SinkCounts {
    return { ...this.#outbox.counts, datagramsDroppedHere: this.#throttle.datagramsDropped };
  }

  get ready(): boolean {
    return this.#outbox.ready;
  }

  get away(): boolean {
    return this.#state === 'absent' || this.#absence !== undefined || this.#throttle.isAsleep;
  }

  announce(records: number): void {
    this.#throttle.announce(records, this.#outbox.counts.recordsWaiting);
  }

  write(encoded: EncodedRecords, done?: () => void): void {
    this.#throttle.written(encoded.records);
    const dropped = this.#outbox.push(encoded, done);
    if (dropped > 0) this.#report('queue', 'the queue is full; the oldest records are dropped');
  }

  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  tick(nowMs: number): void {
    if (this.#state === 'closed') return;
    this.#throttle.advance(nowMs);
    // The counter is of all programs of this host: it is looked at only while drops may well be ours.
    if (nowMs - this.#lastSentMs <= pauseMs) this.#throttle.lookAtDrops(nowMs, !this.#outbox.isHalfFull);
    this.#addresses.refresh(nowMs, () => this.#resolved());
    const due = nowMs >= this.#dueMs;
    if (this.#state === 'absent' && due && !this.#outbox.isEmpty) this.start();
    else if (this.#state === 'probing' && due) this.#probeSent();
    else this.#proceed();
  }

  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    this.#throttle.hurry();
    this.#dueMs = Math.min(this.#dueMs, this.#nowMs() + this.#silenceMs);
    const isHopeless = () => this.#hopeless || this.#throttle.isAsleep;
    while (!this.#outbox.isEmpty && !isHopeless() && this.#nowMs() < deadlineMs) {
      this.tick(this.#nowMs());
      await sleep(tickMs);
    }
    if (this.#lastSent !== undefined || this.#isProbeOut) await sleep(lingerMs);
    // Nothing has spoken of it: what held for every other datagram holds for a probe that nobody can wait for.
    if (this.#isProbeOut) this.#sent();
    this.#state = 'closed';
    this.#leave();
    this.#outbox.close(this.#absence ?? (this.#addresses.current === undefined ? 'unreachable' : 'closed'));
  }

  /** The kernel took a probe, and it is not known yet what befell it. */
  get #isProbeOut(): boolean {
    return this.#state === 'probing' && !this.#sending;
  }

  /** Connects a fresh socket to the collector's present address. */
  start(): void {
    const address = this.#addresses.current;
    if (address === undefined) {
      this.#dueMs = this.#nowMs() + retryMs;
      this.#addresses.refresh(this.#nowMs(), () => this.#resolved(), true);
      return;
    }
    this.#state = 'opening';
    this.#sending = false;
    this.#lastSent = undefined;
    this.#lastSentMs = Number.NEGATIVE_INFINITY;
    this.#leave();
    this.#link = new UdpLink(address, this.#options, this.#listener);
  }

  /** Whatever comes next goes over another link. */
  #leave(): void {
    if (this.#link === undefined) return;
    this.#throttle.leave(this.#nowMs(), this.#link);
    this.#link.close();
    this.#link = undefined;
  }

  #resolved(): void {
    const { failure, current } = this.#addresses;
    if (this.#state === 'closed') return;
    if (failure) this.#report('name', `the name cannot be resolved (${failure.code}), and is asked again`);
    if (current === undefined) this.#hopeless ||= this.#closing;
    else if (this.#link === undefined && this.#absence === undefined) this.start();
  }

  #goOn(): void {
    this.#state = 'up';
    this.#proceed();
  }

  /** Sends all whose time has come. */
  #proceed(): void {
    while (this.#state === 'up' && !this.#sending && this.#sendNext());
  }

  /** Sends the next run; false where its time has not come, or there is no room for it now. */
  #sendNext(): boolean {
    const link = this.#link;
    if (link === undefined || link.address !== this.#addresses.current) {
      this.start();
      return false;
    }
    const nowMs = this.#nowMs();
    const isPaused = nowMs - this.#lastSentMs >= pauseMs;
    // It may take more again than it did.
    if (isPaused) this.#path.fit(link);
    const path = this.#path;
    const run = this.#outbox.nextWithin(path.runBytes(nowMs), path.longestBytes, this.#tooLong);
    if (run === undefined || !this.#throttle.allows(path.datagramBytes(run), nowMs, link)) return false;
    if (isPaused) {
      this.#throttle.resume();
      this.#state = 'probing';
      this.#dueMs = Number.POSITIVE_INFINITY;
    }
    this.#sending = true;
    const outcome = path.send(run, link);
    if (outcome !== undefined) this.#settled(outcome);
    if (outcome?.code !== 'EAGAIN') return true;
    // There is no room now: the next tick tries it again.
    this.#throttle.heldUp();
    return false;
  }

  #settled(error: SendOutcome): void {
    this.#sending = false;
    if (error === null) {
      this.#throttle.sent();
      this.#path.sent();
    }
    const run = this.#outbox.current!;
    if (error?.code === 'EMSGSIZE' && run.inFragments) this.#tooLong(run);
    else if (error?.code === 'EMSGSIZE') this.#pathTakesLess(run, this.#link!);
    if (error?.code === 'EMSGSIZE' || error?.code === 'EAGAIN') {
      this.#state = 'up';
    } else if (error !== null) {
      // Sending fails with this only for what an earlier datagram met with: the last one, or what went before this one.
      if (error.code === 'ECONNREFUSED' && !this.#path.hadPreface) this.#recall('refused');
      this.#failed(error);
    } else if (this.#state === 'probing') {
      this.#dueMs = this.#nowMs() + this.#silenceMs;
    } else {
      this.#sent();
    }
  }

  get #silenceMs(): number {
    return silenceMs(this.#closing, this.#absence !== undefined);
  }

  #probeSent(): void {
    if (this.#absence !== undefined) this.#report('return', 'the collector is back');
    this.#absence = undefined;
    this.#sent();
    this.#goOn();
  }

  #sent(): void {
    this.#lastSent = this.#outbox.current;
    this.#lastSentMs = this.#nowMs();
    this.#path.passed();
    this.#outbox.sent();
  }

  /** An ICMP error has come in: it speaks of the probe, which is kept, or of what was sent last. */
  #refused(error: NodeJS.ErrnoException): void {
    if (error.code === 'EMSGSIZE') {
      // A probe is sent again.
      this.#pathTakesLess(this.#isProbeOut ? this.#outbox.current : undefined, this.#link!);
      if (!this.#sending) this.#goOn();
      return;
    }
    if (this.#state !== 'probing') this.#recall(absenceOf(error));
    this.#failed(error);
  }

  /**
   * The path takes less than it did, as the kernel says of `run`, or of one that went before. What was sent last did not
   * arrive where it is longer than that.
   */
  #pathTakesLess(run: RecordRun | undefined, link: UdpLink): void {
    if (run === undefined) this.#path.fit(link);
    else this.#path.refused(run, link);
    const isOfLast = this.#state === 'up' && (run === undefined || this.#path.takes(run));
    if (isOfLast && this.#lastSent !== undefined && !this.#path.takes(this.#lastSent))
      this.#recall('too-long');
  }

  #recall(reason: UnsentReason): void {
    if (this.#lastSent !== undefined) this.#outbox.recall(this.#lastSent, reason);
    this.#lastSent = undefined;
  }

  /** Gives the collector up for a while. */
  #failed(error: NodeJS.ErrnoException): void {
    this.#leave();
    this.#state = 'absent';
    const another = this.#addresses.next();
    this.#hopeless = this.#closing && !another && this.#absence !== undefined;
    this.#absence = absenceOf(error);
    this.#dueMs = this.#nowMs() + (another ? 0 : this.#closing ? this.#silenceMs : retryMs);
    this.#addresses.refresh(this.#nowMs(), () => this.#resolved(), true);
    this.#report(this.#absence, absenceText(error));
  }
}
