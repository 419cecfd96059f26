/**
 * Only the largest readings of a window, and one for the rest of each protocol, so that sums stay exact. Packets that found the
 * flow table full are a part of that rest.
 *
 * It goes through the window twice: to see what the largest are, then to tell them, and to sum up the others.
 */
import { FlowReading } from '../reading.js';
import { END, NOTHING, READING, type Step, type Walk } from '../walk.js';
import type { RestLimits } from '../walk-settings.js';
import { Largest } from './largest.js';

/** IP knows no more protocols. */
const mostProtocols = 256;

export class RestWalk implements Walk {
  readonly #walk: Walk;
  readonly #limits: RestLimits;
  readonly #byBytes: Largest;
  readonly #byPackets: Largest;
  /** By protocol, in the order in which they were first seen. */
  readonly #rests = new Map<number, FlowReading>();
  #state: 'ranking' | 'telling' | 'ending' = 'ranking';
  /** Readings that are neither too small nor a rest themselves. */
  #large = 0;
  #restsTold = 0;

  constructor(walk: Walk, limits: RestLimits) {
    this.#walk = walk;
    this.#limits = limits;
    this.#byBytes = new Largest(limits.top);
    this.#byPackets = new Largest(limits.top);
  }

  /** Each rest stands for one reading at least. */
  get mostReadings(): number {
    const all = this.#walk.mostReadings;
    if (this.#state === 'ranking') return all;
    return Math.min(all, Math.min(this.#large, 2 * this.#limits.top) + mostProtocols);
  }

  step(reading: FlowReading): Step {
    if (this.#state === 'ending') return this.#tellRest(reading);
    const step = this.#walk.step(reading);
    if (step === END) this.#goOn();
    if (step !== READING) return NOTHING;
    if (this.#state === 'ranking') this.#rank(reading);
    else if (this.#isTold(reading)) return READING;
    else addToRest(this.#restOf(reading.key.protocol), reading);
    return NOTHING;
  }

  restart(): void {
    this.#walk.restart();
    this.#byBytes.restart();
    this.#byPackets.restart();
    this.#rests.clear();
    this.#restsTold = 0;
    if (this.#state === 'ranking') this.#large = 0;
    else this.#state = 'telling';
  }

  #goOn(): void {
    if (this.#state === 'ranking') {
      this.#walk.restart();
      this.#state = 'telling';
    } else {
      this.#state = 'ending';
    }
  }

  #rank(reading: FlowReading): void {
    if (!this.#isLarge(reading)) return;
    this.#large++;
    if (this.#limits.top === Number.POSITIVE_INFINITY) return;
    this.#byBytes.show(bytesOf(reading));
    this.#byPackets.show(reading.packets);
  }

  #isTold(reading: FlowReading): boolean {
    if (!this.#isLarge(reading)) return false;
    // Both are asked, for each counts the equal ones that it has taken.
    const byBytes = this.#byBytes.takes(bytesOf(reading));
    return this.#byPackets.takes(reading.packets) || byBytes;
  }

  #isLarge(reading: FlowReading): boolean {
    const { minBytes, minPackets } = this.#limits;
    return !reading.rest && bytesOf(reading) >= minBytes && reading.packets >= minPackets;
  }

  #restOf(protocol: number): FlowReading {
    let rest = this.#rests.get(protocol);
    if (rest === undefined) {
      rest = new FlowReading();
      rest.key.protocol = protocol;
      this.#rests.set(protocol, rest);
    }
    return rest;
  }

  #tellRest(reading: FlowReading): Step {
    const rest = [...this.#rests.values()][this.#restsTold++];
    if (rest === undefined) return END;
    becomeRest(reading, rest);
    return READING;
  }
}

const bytesOf = ({ forward, reverse }: FlowReading): number => forward.payloadBytes + reverse.payloadBytes;

/** Its way forward is from clients to servers, as far as anybody knows which is which. */
function addToRest(rest: FlowReading, { flows, forward, reverse, health, client }: FlowReading): void {
  const isFirst = rest.packets === 0;
  if (isFirst) rest.flows = flows;
  else rest.flows = rest.flows === 0 || flows === 0 ? 0 : rest.flows + flows;
  const isForward = client === 'source';
  rest.forward.add(isForward ? forward : reverse);
  rest.reverse.add(isForward ? reverse : forward);
  if (isForward) rest.health.add(health);
  else rest.health.addOfServers(health);
}

function becomeRest(reading: FlowReading, { key, flows, forward, reverse, health }: FlowReading): void {
  reading.key.protocol = key.protocol;
  reading.key.hasPorts = 0;
  reading.rest = true;
  reading.flows = flows;
  reading.forward.become(forward);
  reading.reverse.become(reverse);
  reading.health.become(health);
  reading.client = 'source';
  reading.decidedBy = 'none';
  reading.idHigh = 0;
  reading.idLow = 0;
  reading.sourcePortFolded = false;
  reading.targetPortFolded = false;
  reading.sourceFold = null;
  reading.targetFold = null;
  reading.sourceOwner = null;
  reading.targetOwner = null;
}
