/** A window's conversations: both directions as one, or each by itself with the roles that both of them tell. */
import type { Packet } from '../../packet/packet.js';
import type { ClosedWindow } from '../open-windows.js';
import { FlowReading } from '../reading.js';
import type { FlowReader } from '../walk.js';
import type { ConversationKnowledge } from './conversation-knowledge.js';
import { isOneWay } from './one-way.js';
import { isTargetClient, reasonOf } from './role.js';

export interface ConversationOptions {
  /** One reading for both directions, whose source is the client. Else one for each, with its own packets only. */
  readonly biflow: boolean;
  /** The same for all that a run reads. */
  readonly knowledge: ConversationKnowledge;
}

/** A conversation is told in the place of its flow that was first seen. */
export class ConversationReader implements FlowReader {
  readonly size: number;
  readonly #window: ClosedWindow;
  readonly #options: ConversationOptions;
  /** A bit for each flow: it was read as the way back of an earlier one, and need not be looked up. */
  readonly #told: Int32Array;
  /** The flow of the way back. */
  readonly #back = new FlowReading();
  /** There is one, but it makes statements. Of ICMP it may have answers, too: the first message says what it is. */
  #isBackStatement = false;

  constructor(window: ClosedWindow, options: ConversationOptions) {
    this.size = window.table.size;
    this.#window = window;
    this.#options = options;
    this.#told = new Int32Array((this.size + 31) >> 5);
  }

  read(position: number, reading: FlowReading): boolean {
    const { biflow, knowledge } = this.#options;
    if (this.#isTold(position)) return false;
    this.#window.table.read(position, reading);
    if (reading.rest) {
      clearConversation(reading);
      return true;
    }
    const { key, forward } = reading;
    const oneWay = isOneWay(key, forward);
    const back = oneWay ? this.#readNoBack() : this.#readBack(position);
    if (biflow && back >= 0) {
      if (back < position) return false;
      this.#told[back >> 5]! |= 1 << back;
    }
    knowledge.enter(this.#window);
    const other = this.#back.forward;
    const sourceFirst = spokeFirst(position, forward.firstUs, back, other.firstUs);
    const { role, idHigh, idLow, startUs } = knowledge.judge(key, forward, other, sourceFirst, oneWay);
    const goesOn = startUs < forward.firstUs && !(startUs >= other.firstUs);
    this.#judgeHealth(reading, oneWay, isTargetClient(role), goesOn);
    reading.idHigh = idHigh;
    reading.idLow = idLow;
    reading.decidedBy = reasonOf(role);
    if (biflow) {
      this.#joinBack(reading, isTargetClient(role));
    } else {
      reading.client = isTargetClient(role) ? 'target' : 'source';
      reading.reverse.clear();
    }
    return true;
  }

  /** `goesOn`: it began in an earlier window. */
  #judgeHealth(
    { health, key, forward }: FlowReading,
    oneWay: boolean,
    isTurned: boolean,
    goesOn: boolean,
  ): void {
    // What asks nobody has nothing that could go well or badly.
    if (oneWay) {
      health.clear();
      return;
    }
    health.becomeOf(key, isTurned, goesOn, forward, this.#back.forward);
    // What came back may have found the table full.
    if (this.#back.forward.packets === 0 && this.#window.table.hasFolded(key.protocol)) health.becomePart();
    if (this.#isBackStatement) health.forgetOutcome();
  }

  #isTold(position: number): boolean {
    return (this.#told[position >> 5]! & (1 << position)) !== 0;
  }

  /** Reads the flow of the way back, and returns its position; -1 where there is none. */
  #readBack(position: number): number {
    const { table } = this.#window;
    const back = table.reverseOf(position);
    this.#isBackStatement = false;
    if (back < 0) return this.#readNoBack();
    table.read(back, this.#back);
    if (!isOneWay(this.#back.key, this.#back.forward)) return back;
    this.#readNoBack();
    this.#isBackStatement = true;
    return -1;
  }

  #readNoBack(): number {
    this.#back.forward.clear();
    this.#isBackStatement = false;
    return -1;
  }

  /** Makes `reading`, which has one direction so far, that of the conversation. */
  #joinBack(reading: FlowReading, isTurned: boolean): void {
    const { key, forward, reverse } = reading;
    const back = this.#back.forward;
    reading.client = 'source';
    reading.flows = back.packets > 0 ? 2 : 1;
    if (isTurned) {
      exchangeEnds(key);
      reverse.become(forward);
      forward.become(back);
    } else {
      reverse.become(back);
    }
  }
}

/** All other packets of a protocol: nobody knows whose they are. */
function clearConversation(reading: FlowReading): void {
  reading.reverse.clear();
  reading.health.becomeUnknown();
  reading.client = 'source';
  reading.decidedBy = 'none';
  reading.idHigh = 0;
  reading.idLow = 0;
}

/**
 * By the clock, for packets of several interfaces need not come in order; without one, the earlier row is that of the earlier
 * packet.
 */
function spokeFirst(position: number, firstUs: number, back: number, backFirstUs: number): boolean {
  if (back < 0 || firstUs < backFirstUs) return true;
  return !(backFirstUs < firstUs) && position < back;
}

function exchangeEnds(key: Packet): void {
  const { source0, source1, source2, source3, ports } = key;
  key.source0 = key.target0;
  key.source1 = key.target1;
  key.source2 = key.target2;
  key.source3 = key.target3;
  key.target0 = source0;
  key.target1 = source1;
  key.target2 = source2;
  key.target3 = source3;
  key.ports = (ports << 16) | (ports >>> 16);
}
