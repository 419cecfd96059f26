/** Where `-i auto` captures: on the interface that the default route leads over, as far as the capture can go there. */

import type { LiveLog } from '../live.js';
import { mayCapture } from '../rehearsal.js';
import { interfaceStateIfKnown } from './interfaces.js';

export class RouteFollower {
  readonly #leads: () => string | undefined;
  readonly #log: LiveLog;
  /** Where the route leads and the capture cannot go, which has been told. */
  #refused: string | undefined;

  /** `leads` returns the interface to be on; undefined where there is none, and then it stays where it is. */
  constructor(leads: () => string | undefined, log: LiveLog) {
    this.#leads = leads;
    this.#log = log;
  }

  /**
   * Where to go from `current`; undefined to stay. `resumes` says whether the capture goes on, as it is, on an interface of
   * this hardware type: else it is opened anew, which takes the right to.
   */
  next(current: string, resumes: (hardwareType: number) => boolean): string | undefined {
    const name = this.#leads();
    if (name === undefined || name === this.#refused) return undefined;
    this.#refused = undefined;
    const state = name === current ? undefined : interfaceStateIfKnown(name);
    if (state?.up !== true) return undefined;
    if (resumes(state.hardwareType) || mayCapture()) return name;
    this.refuse(
      name,
      current,
      'opening it takes the right to capture, which was given up after the start',
      'restart pcap-agg, let it keep the right with "-Z root", or ',
    );
    return undefined;
  }

  /** Tells once why it cannot go there. */
  refuse(name: string, current: string, reason: string, remedies = ''): void {
    this.#refused = name;
    this.#log.limited(
      `default route ${name}`,
      `-i auto: the default route leads over ${name} now, but ${reason}; it stays on ${current}; ` +
        `${remedies}name all that the route may lead over: -i ${current} -i ${name}`,
    );
  }

  /** Tells that it captures there now. */
  arrived(name: string, gapMs: number): void {
    this.#log.limited(
      `default route ${name}`,
      `-i auto: the default route leads over ${name} now; capturing there after ${Math.ceil(gapMs)} ms`,
    );
  }
}
