/** One record's worth of flows, as a walk over a closed window reads it. Filled again and again. */
import { Packet } from '../packet/packet.js';
import { ConversationHealth } from './health/conversation-health.js';
import { Tally } from './tally.js';

/** What decided which end is the client: see conversations.ts. 'none' where nothing did, as for the rest of a protocol. */
export const roleReasons = [
  'none',
  'syn',
  'icmp-type',
  'one-way',
  'earlier-window',
  'listening-port',
  'registered-port',
  'lower-port',
  'first-packet',
] as const;
export type RoleReason = (typeof roleReasons)[number];

/** The owner of an end, as far as grouping flows by owner goes. */
export interface EndOwner {
  /** From 1 on: owners with the same number are one. 0 where there is none. */
  readonly number: number;
  readonly name: string;
}

export class FlowReading {
  /** Source and target of the way forward: see Packet for how addresses and ports are held. */
  readonly key = new Packet();
  /** True for a record of all the other packets of a protocol: both addresses are "*", both ports "". */
  rest = false;
  /** Flows in it, each direction one; 0 where nobody counted them, as of those that found the table full. */
  flows = 1;
  /** From source to target. */
  readonly forward = new Tally();
  /** From target to source: nothing where the record is of one direction, or nothing came back. */
  readonly reverse = new Tally();
  /** Of the conversation, whichever of its directions are told: nothing where nobody asked, or nobody paired them. */
  readonly health = new ConversationHealth();
  /** Which end is the client. A conversation is told from its client, whose side is the source. */
  client: 'source' | 'target' = 'source';
  decidedBy: RoleReason = 'none';
  /** The same for both directions and in each window of a conversation: 64 bits, unsigned. 0 and 0 where nobody asked. */
  idHigh = 0;
  idLow = 0;
  /** The flows differ in this port, which is left out: "". */
  sourcePortFolded = false;
  targetPortFolded = false;
  /** Name of the network or owner that stands in the address's place, because flows differ in the address; null where none does. */
  sourceFold: string | null = null;
  targetFold: string | null = null;
  /** The owner whose name stands there; where none does, null until an enricher fills in the owner of the end. */
  sourceOwner: EndOwner | null = null;
  targetOwner: EndOwner | null = null;

  get packets(): number {
    return this.forward.packets + this.reverse.packets;
  }
}
