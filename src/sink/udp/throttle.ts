/**
 * What holds datagrams back: the rate; this host's network, where it drops some of them; and a collector on this host that
 * has no room for more. Says so where it is no matter of moments.
 */
import { LocalDrops } from './local-drops.js';
import { Pacer } from './pacer.js';
import { type AsksReceiver, ReceiveBuffer } from './receive-buffer.js';

/** No record that is announced waits for its turn because of a lower rate than this. */
const lowestSpreadRatePerSecond = 1000;
/** From then on a collector that reads nothing counts as away. */
const patienceMs = 10_000;
/** What is said of one that has read nothing for so long. */
const notices = [
  { afterMs: 1_000, subject: 'asleep', text: 'the collector reads nothing; records wait' },
  { afterMs: patienceMs, subject: 'away', text: 'the collector has read nothing for ten seconds' },
] as const;

export class Throttle {
  readonly #report: (subject: string, text: string) => void;
  readonly #pacer: Pacer;
  readonly #drops = new LocalDrops();
  readonly #receiver = new ReceiveBuffer();
  readonly #spreadMs: number;
  /** Records that were announced and have not been written. */
  #announced = 0;
  /** The rate that spreads what was announced. */
  #spreadRatePerSecond = 0;
  /** How many of the notices hold. */
  #noticed = 0;

  constructor(
    { ratePerSecond, spreadMs }: { readonly ratePerSecond: number; readonly spreadMs: number },
    nowMs: number,
    report: (subject: string, text: string) => void,
  ) {
    this.#report = report;
    this.#pacer = new Pacer(ratePerSecond, nowMs);
    this.#spreadMs = spreadMs;
  }

  /** Dropped on this host after they counted as sent: at most so many. */
  get datagramsDropped(): number {
    return this.#drops.datagrams + this.#receiver.datagramsDropped;
  }

  /** The collector is there, and has read nothing for long. */
  get isAsleep(): boolean {
    return this.#receiver.idleMs >= patienceMs;
  }

  /**
   * Spreads this many records that are still to come, together with those that wait. Where a negative number takes some back,
   * the others are through when all would have been.
   */
  announce(records: number, waiting: number): void {
    const before = this.#announced + waiting;
    this.#announced = Math.max(0, this.#announced + records);
    const expected = this.#announced + waiting;
    if (records > 0) this.#spreadRatePerSecond = (expected / this.#spreadMs) * 1000;
    else if (before > 0) this.#spreadRatePerSecond *= expected / before;
    this.#pacer.setRate(Math.max(lowestSpreadRatePerSecond, this.#spreadRatePerSecond));
  }

  /** This many have come. */
  written(records: number): void {
    this.#announced = Math.max(0, this.#announced - records);
  }

  /** Goes on at the limit. */
  hurry(): void {
    this.#pacer.hurry();
  }

  /** Adds what the time since the last call allows. */
  advance(nowMs: number): void {
    this.#pacer.advance(nowMs);
    const { idleMs } = this.#receiver;
    const noticed = notices.filter(({ afterMs }) => idleMs >= afterMs);
    for (const { subject, text } of noticed.slice(this.#noticed)) this.#report(subject, text);
    this.#noticed = noticed.length;
  }

  /** To be called while datagrams go out: goes slower where this host drops some, if that `mayHelp`. */
  lookAtDrops(nowMs: number, mayHelp: boolean): void {
    if (!this.#drops.look(nowMs) || !mayHelp) return;
    this.#pacer.slowDown();
    this.#report('drops', 'this host has no room for some datagrams (tc -s qdisc); sending slower');
  }

  /** Whether a datagram of so many bytes may go out now; it then is to be sent. */
  allows(datagramBytes: number, nowMs: number, link: AsksReceiver): boolean {
    if (!this.#pacer.take()) return false;
    const hasRoom = this.#receiver.hasRoomFor(datagramBytes, nowMs, link);
    if (!hasRoom) this.#pacer.giveBack();
    return hasRoom;
  }

  /** One that was allowed has gone out. */
  sent(): void {
    this.#drops.sent();
    this.#receiver.sent();
  }

  /** Nothing more is sent over this link. */
  leave(nowMs: number, link: AsksReceiver): void {
    this.#receiver.look(nowMs, link);
    this.#receiver.forget();
  }

  /** One that was allowed found the socket's send buffer full. */
  heldUp(): void {
    this.#pacer.giveBack();
    this.#drops.triedInVain();
  }

  /** The next one is the first after a while. */
  resume(): void {
    this.#drops.skip();
  }
}
