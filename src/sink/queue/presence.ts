/** Whether a reader is there, when it is tried again, and the lines that say when it goes and when it is back. */
import type { UnsentReason } from '../sink.js';
import type { Retry } from '../transport.js';
import { BackOff } from './back-off.js';

/**
 * A reader that comes and goes causes at most one pair of lines a minute: when it goes again within a minute, that is
 * said after that minute, if it is still away. The log holds back lines of the same kind for a minute; this is longer.
 */
const quietMs = 61_000;
/** The longest wait, whatever the reader asks for. */
const longestPauseMs = 3_600_000;

export interface PresenceOptions {
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Whether what waits outlives the run. */
  readonly isDurable: boolean;
  readonly report: (subject: 'away' | 'still away' | 'back', text: string) => void;
}

interface Absence {
  readonly sinceMs: number;
  reason: UnsentReason;
  isSaid: boolean;
  /** Why, as it was last said: it may be down first, and not take the key then. */
  why: string;
}

export class Presence {
  /** The program is ending: there is no time for long waits. */
  isClosing = false;
  readonly #options: PresenceOptions;
  readonly #backOff: BackOff;
  #absence: Absence | undefined;
  /** When the last line was written. */
  #saidMs = Number.NEGATIVE_INFINITY;
  /** When a change was last said. */
  #changeSaidMs = Number.NEGATIVE_INFINITY;
  /** The last try failed and was repeated at once. */
  #wasAtOnce = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.random);
  }

  /** Why records that wait are not sent; undefined while the reader is there, as far as is known. */
  get absentAs(): UnsentReason | undefined {
    return this.#absence?.reason;
  }

  /** A try failed. Returns how long it is until the next; 0 where that is at once, which is not away yet. */
  failed({ why, absence = 'unreachable', afterMs, atOnce = false }: Retry): number {
    // A reader that ends every connection before it was used is away.
    this.#wasAtOnce = atOnce && !this.#wasAtOnce;
    if (this.#wasAtOnce) return 0;
    const nowMs = this.#options.nowMs();
    this.#absence ??= { sinceMs: nowMs, reason: absence, isSaid: false, why };
    this.#absence.reason = absence;
    if (this.#absence.isSaid) {
      this.#sayWhatChanged(this.#absence, why);
    } else if (nowMs - this.#saidMs >= quietMs) {
      this.#absence.isSaid = true;
      this.#absence.why = why;
      const until = this.#options.isDurable
        ? 'on disk until the reader is back'
        : 'until the reader is back or the run ends';
      this.#say('away', `${why}; records wait ${until}`);
    }
    return this.pauseMs(afterMs);
  }

  /** How long nothing is sent: what the back-off says, or what the reader asked for where that is longer. */
  pauseMs(afterMs = 0): number {
    return Math.max(Math.min(afterMs, longestPauseMs), this.#backOff.pauseMs(this.isClosing));
  }

  /** The reader answered, while `recordsWaited` waited for it. */
  answered(recordsWaited: number): void {
    this.#backOff.reset();
    this.#wasAtOnce = false;
    const absence = this.#absence;
    this.#absence = undefined;
    if (absence?.isSaid !== true) return;
    const seconds = ((this.#options.nowMs() - absence.sinceMs) / 1_000).toFixed(1);
    const waited = recordsWaited === 1 ? '1 record' : `${recordsWaited} records`;
    this.#say('back', `the reader is back after ${seconds} s; ${waited} waited for it`);
  }

  /** Once a minute at the most, however often it changes. */
  #sayWhatChanged(absence: Absence, why: string): void {
    const nowMs = this.#options.nowMs();
    if (why === absence.why || nowMs - this.#changeSaidMs < quietMs) return;
    absence.why = why;
    this.#changeSaidMs = nowMs;
    this.#options.report('still away', `still away: ${why}`);
  }

  #say(subject: 'away' | 'back', text: string): void {
    this.#saidMs = this.#options.nowMs();
    this.#options.report(subject, text);
  }
}
