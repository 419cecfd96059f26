/**
 * What holds datagrams back: the rate; this host's network, where it drops some of them; and a collector on this host that
 * has no room for more. Says so where it is no matter of moments.
 */
import { LocalDrops } from './local-drops.js';
import { Pacer } from './pacer.js';
import { type AsksReceiver, ReceiveBuffer } from './receive-buffer.js';

/** A collector that has read nothing for so long is said to. */
const noticeMs = 1_000;
/** From then on it counts as away. */
const patienceMs = 10_000;

export class Throttle {
  readonly #report: (subject: string, text: string) => void;
  readonly #pacer: Pacer;
  readonly #drops = new LocalDrops();
  readonly #receiver = new ReceiveBuffer();
  /** When it was last said that the collector reads nothing, if it does not yet. */
  #saidMs: number | undefined;

  constructor(limitPerSecond: number, nowMs: number, report: (subject: string, text: string) => void) {
    this.#report = report;
    this.#pacer = new Pacer(limitPerSecond, nowMs);
  }

  /** Dropped on this host after they counted as sent: at most so many. */
  get datagramsDropped(): number {
    return this.#drops.datagrams + this.#receiver.datagramsDropped;
  }

  /** Whether the collector is there, and has read nothing for long. */
  isAsleep(nowMs: number): boolean {
    return this.#receiver.idleMs(nowMs) >= patienceMs;
  }

  /** Goes on at this rate, or at the limit where that is lower. */
  setRate(perSecond: number): void {
    this.#pacer.setRate(perSecond);
  }

  /** Goes on at the limit. */
  hurry(): void {
    this.#pacer.hurry();
  }

  /** Adds what the time since the last call allows. */
  advance(nowMs: number): void {
    this.#pacer.advance(nowMs);
    if (this.#receiver.idleMs(nowMs) < noticeMs) {
      if (this.#saidMs !== undefined) this.#report('awake', 'the collector reads again');
      this.#saidMs = undefined;
    } else if (this.#saidMs === undefined || nowMs - this.#saidMs >= noticeMs) {
      this.#report('asleep', 'the collector reads nothing; records wait');
      this.#saidMs = nowMs;
    }
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
  finish(nowMs: number, link: AsksReceiver): void {
    this.#receiver.look(nowMs, link);
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

  /** The collector has gone. */
  lostCollector(): void {
    this.#receiver.forget();
    this.#saidMs = undefined;
  }
}
