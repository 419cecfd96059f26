/**
 * Only the largest records of a window, and one for the rest of each protocol, so that sums stay exact. Packets that found
 * the flow table full are a part of that rest.
 */
import { FlowReading } from '../reading.js';
import { END, NOTHING, READING, type Step, type Walk } from '../walk.js';
import { Largest } from './largest.js';

export interface RestLimits {
  /** So many with the most bytes are told by themselves, and so many with the most packets; Infinity tells all. */
  readonly top: number;
  /** Those with fewer bytes of payload, or fewer packets, are not: both directions of a conversation together. */
  readonly minBytes: number;
  readonly minPackets: number;
}

/** IP knows no more protocols. */
const mostProtocols = 256;

export class RestWalk implements Walk {
  readonly #walk: Walk;
  readonly #limits: RestLimits;
  readonly #byBytes: Largest;
  readonly #byPackets: Largest;
  readonly #rests = new Map<number, FlowReading>();
  #state: 'ranking' | 'telling' | 'ending';
  #ending: Iterator<FlowReading> | undefined;

  constructor(walk: Walk, limits: RestLimits) {
    this.#walk = walk;
    this.#limits = limits;
    this.#byBytes = new Largest(limits.top);
    this.#byPackets = new Largest(limits.top);
    this.#state = limits.top === Number.POSITIVE_INFINITY ? 'telling' : 'ranking';
  }

  /** Each rest stands for one of them at least. */
  get mostReadings(): number {
    return Math.min(this.#walk.mostReadings, 2 * this.#limits.top + mostProtocols);
  }

  step(reading: FlowReading): Step {
    if (this.#state === 'ending') return this.#tellRest(reading);
    const step = this.#walk.step(reading);
    if (this.#state === 'ranking') {
      if (step === READING) this.#rank(reading);
      else if (step === END) this.#goBack();
      return NOTHING;
    }
    if (step === END) {
      this.#state = 'ending';
      return NOTHING;
    }
    if (step !== READING || this.#isLarge(reading)) return step;
    addTo(this.#restOf(reading.key.protocol), reading);
    return NOTHING;
  }

  restart(): void {
    this.#rests.clear();
    this.#ending = undefined;
    if (this.#state === 'ranking') this.#walk.restart();
    else this.#goBack();
  }

  #goBack(): void {
    this.#walk.restart();
    this.#byBytes.restart();
    this.#byPackets.restart();
    this.#state = 'telling';
  }

  #rank(reading: FlowReading): void {
    if (reading.rest || !this.#isEnough(reading)) return;
    this.#byBytes.show(bytesOf(reading));
    this.#byPackets.show(packetsOf(reading));
  }

  #isLarge(reading: FlowReading): boolean {
    if (reading.rest || !this.#isEnough(reading)) return false;
    // Both are asked: each counts how often it has said yes to equal ones.
    const byBytes = this.#byBytes.takes(bytesOf(reading));
    return this.#byPackets.takes(packetsOf(reading)) || byBytes;
  }

  #isEnough(reading: FlowReading): boolean {
    const { minBytes, minPackets } = this.#limits;
    return bytesOf(reading) >= minBytes && packetsOf(reading) >= minPackets;
  }

  #restOf(protocol: number): FlowReading {
    let rest = this.#rests.get(protocol);
    if (rest === undefined) {
      rest = new FlowReading();
      rest.key.protocol = protocol;
      rest.rest = true;
      this.#rests.set(protocol, rest);
    }
    return rest;
  }

  #tellRest(reading: FlowReading): Step {
    this.#ending ??= this.#rests.values();
    const { done, value } = this.#ending.next();
    if (done) return END;
    const { key, flows, forward, reverse } = value as FlowReading;
    reading.key.protocol = key.protocol;
    reading.key.hasPorts = 0;
    reading.rest = true;
    reading.flows = flows;
    reading.forward.become(forward);
    reading.reverse.become(reverse);
    reading.client = 'source';
    reading.decidedBy = 'none';
    reading.idHigh = 0;
    reading.idLow = 0;
    reading.sourcePortFolded = false;
    reading.targetPortFolded = false;
    reading.sourceFold = null;
    reading.targetFold = null;
    return READING;
  }
}

const packetsOf = ({ forward, reverse }: FlowReading) => forward.packets + reverse.packets;
const bytesOf = ({ forward, reverse }: FlowReading) => forward.payloadBytes + reverse.payloadBytes;

/** The rest goes forward from clients to servers, as far as it is known which is which. */
function addTo(rest: FlowReading, { flows, forward, reverse, client }: FlowReading): void {
  const isFirst = rest.forward.packets + rest.reverse.packets === 0;
  const isCounted = flows > 0 && (isFirst || rest.flows > 0);
  rest.flows = isCounted ? (isFirst ? 0 : rest.flows) + flows : 0;
  const isForward = client === 'source';
  rest.forward.add(isForward ? forward : reverse);
  rest.reverse.add(isForward ? reverse : forward);
}
