/**
 * What arrived of a stream of records that were numbered with --seq: per agent, what is missing, what came twice, and
 * the sums over everything that arrived.
 */
import { type NumberedRecord, readNumberedRecord } from './numbered-record.js';

/** What is known of one agent. Records are counted once, however often they arrive. */
export interface AgentReport {
  readonly agent: string;
  readonly records: number;
  readonly packets: number;
  readonly payloadBytes: number;
  readonly lowestSeq: number;
  readonly highestSeq: number;
  /**
   * Numbers below the lowest, for every agent begins with 1. They were lost, or sent before anybody looked: that cannot be
   * told, so they are not among the missing.
   */
  readonly beforeFirst: number;
  /** Numbers between the lowest and the highest that did not arrive. */
  readonly missing: number;
  readonly duplicates: number;
  /** Records that arrived after one with a higher number. */
  readonly reordered: number;
  /** Records that lay further back than can be told apart from duplicates; they are in none of the figures above. */
  readonly tooLate: number;
}

/** What an agent gives its first record. */
const firstNumber = 1;
/** How far back of the highest number a record can arrive and still be told from a duplicate. */
export const rememberedNumbers = 8_192;
/** Agents that are told apart; records of further ones are refused. */
export const mostAgents = 1_024;
export const longestAgentName = 320;
/** Agents are printed, and whoever can send to the port could choose any text for one. */
const agentName = new RegExp(`^[\\x21-\\x7e]{1,${longestAgentName}}$`);

/** Why a line is in no report: it has no number; its agent's name is not taken; there are `mostAgents` others. */
export const refusals = ['not-numbered', 'agent-name', 'agent-count'] as const;
export type Refusal = (typeof refusals)[number];

export class SequenceCheck {
  readonly #agents = new Map<string, AgentState>();
  /** Lines that are in no report, by reason. */
  readonly refused: Record<Refusal, number> = { 'not-numbered': 0, 'agent-name': 0, 'agent-count': 0 };

  /** Takes one line of output; one that is refused is only counted. */
  addLine(line: string): void {
    const refusal = this.#add(readNumberedRecord(line));
    if (refusal !== undefined) this.refused[refusal]++;
  }

  #add(record: NumberedRecord | undefined): Refusal | undefined {
    if (record === undefined) return 'not-numbered';
    if (!agentName.test(record.agent)) return 'agent-name';
    const state = this.#stateOf(record.agent);
    if (state === undefined) return 'agent-count';
    state.add(record);
    return undefined;
  }

  /** By agent, in the order in which they were first heard of. */
  report(): AgentReport[] {
    return [...this.#agents.values()].map((state) => state.report());
  }

  #stateOf(agent: string): AgentState | undefined {
    const known = this.#agents.get(agent);
    if (known !== undefined || this.#agents.size === mostAgents) return known;
    const state = new AgentState(agent);
    this.#agents.set(agent, state);
    return state;
  }
}

class AgentState {
  readonly #agent: string;
  /** For each number of the last `rememberedNumbers`, by its remainder: the number that was seen there. */
  readonly #seen = new Float64Array(rememberedNumbers).fill(-1);
  #records = 0;
  #packets = 0;
  #payloadBytes = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;
  #duplicates = 0;
  #reordered = 0;
  #tooLate = 0;

  constructor(agent: string) {
    this.#agent = agent;
  }

  add({ sequence, packets, payloadBytes }: NumberedRecord): void {
    if (sequence <= this.#highest - rememberedNumbers) {
      this.#tooLate++;
      return;
    }
    const slot = sequence % rememberedNumbers;
    if (this.#seen[slot] === sequence) {
      this.#duplicates++;
      return;
    }
    this.#seen[slot] = sequence;
    if (sequence < this.#highest) this.#reordered++;
    this.#records++;
    this.#packets += packets;
    this.#payloadBytes += payloadBytes;
    this.#lowest = Math.min(this.#lowest, sequence);
    this.#highest = Math.max(this.#highest, sequence);
  }

  report(): AgentReport {
    return {
      agent: this.#agent,
      records: this.#records,
      packets: this.#packets,
      payloadBytes: this.#payloadBytes,
      lowestSeq: this.#lowest,
      highestSeq: this.#highest,
      beforeFirst: Math.max(0, this.#lowest - firstNumber),
      missing: this.#highest - this.#lowest + 1 - this.#records,
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      tooLate: this.#tooLate,
    };
  }
}
