/** A window's conversations: both directions as one, or each by itself with the roles that both of them tell. */
import type { Packet } from '../../packet/packet.js';
import type { ClosedWindow } from '../open-windows.js';
import { FlowReading } from '../reading.js';
import type { FlowReader } from '../walk.js';
import type { ConversationKnowledge } from './conversation-knowledge.js';
import { isOneWay, isTwoWay } from './one-way.js';
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
  /** The flow of the way back. */
  readonly #back = new FlowReading();

  constructor(window: ClosedWindow, options: ConversationOptions) {
    this.size = window.table.size;
    this.#window = window;
    this.#options = options;
  }

  read(position: number, reading: FlowReading): boolean {
    const { biflow, knowledge } = this.#options;
    const { table } = this.#window;
    const found = table.reverseOf(position);
    const mayBeTold = biflow && found >= 0 && found < position;
    // What most often settles it costs no look at the figures, which lie far apart.
    if (mayBeTold && table.readKey(position, reading.key) && isTwoWay(reading.key)) return false;
    table.read(position, reading);
    if (reading.rest) {
      clearConversation(reading);
      return true;
    }
    const { key, forward } = reading;
    const oneWay = isOneWay(key, forward);
    const back = oneWay || found < 0 ? this.#readNoBack() : this.#readBack(found);
    if (mayBeTold && back >= 0) return false;
    knowledge.enter(this.#window);
    const other = this.#back.forward;
    const sourceFirst = spokeFirst(position, forward.firstUs, back, other.firstUs);
    const { role, idHigh, idLow } = knowledge.judge(key, forward, other, sourceFirst, oneWay);
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

  /** Reads the flow that was found for the way back, and returns its position; -1 where that is no answer. */
  #readBack(found: number): number {
    this.#window.table.read(found, this.#back);
    return isOneWay(this.#back.key, this.#back.forward) ? this.#readNoBack() : found;
  }

  #readNoBack(): number {
    this.#back.forward.clear();
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
