/**
 * Flows that differ only in what nobody wants to know are told as one: in the client's port, or in the address within a
 * network that has a name.
 *
 * It first goes through all flows and links those of a group, each to the next by its place: four words a flow, whatever is
 * counted of them. Then it goes along each group's links and adds up.
 */
import { type HashSeed, hash3, portsKey } from '../hash.js';
import { FlowReading } from '../reading.js';
import { END, type FlowReader, NOTHING, READING, type Step, type Walk } from '../walk.js';
import { type Fold, isSameFlow } from './fold.js';

/** There is no next one. */
const LAST = -1;

export class GroupWalk implements Walk {
  readonly #reader: FlowReader;
  readonly #folds: readonly Fold[];
  readonly #seed: HashSeed;
  /** By hash: a group's number + 1, or 0. At most half of it is taken. */
  readonly #index: Int32Array;
  /** The first and last flow of each group, in the order in which groups were first seen. */
  readonly #firsts: Int32Array;
  readonly #lasts: Int32Array;
  /** For each flow, the next of its group. */
  readonly #next: Int32Array;
  readonly #flow = new FlowReading();
  readonly #first = new FlowReading();
  #groups = 0;
  /** Flows that have a group. */
  #grouped = 0;
  /** The group that is told now, and its flow that is added next; LAST between two groups. */
  #group = 0;
  #link = LAST;

  constructor(reader: FlowReader, folds: readonly Fold[], seed: HashSeed) {
    this.#reader = reader;
    this.#folds = folds;
    this.#seed = seed;
    this.#index = new Int32Array(indexSize(reader.size));
    this.#firsts = new Int32Array(reader.size);
    this.#lasts = new Int32Array(reader.size);
    this.#next = new Int32Array(reader.size).fill(LAST);
  }

  get mostReadings(): number {
    return this.#groups + this.#reader.size - this.#grouped;
  }

  step(reading: FlowReading): Step {
    if (this.#grouped < this.#reader.size) {
      this.#enter(this.#grouped++);
      return NOTHING;
    }
    if (this.#link === LAST) {
      if (this.#group === this.#groups) return END;
      this.#link = this.#begin(this.#firsts[this.#group]!, reading);
    } else {
      this.#link = this.#add(this.#link, reading);
    }
    if (this.#link !== LAST) return NOTHING;
    this.#group++;
    return READING;
  }

  restart(): void {
    this.#group = 0;
    this.#link = LAST;
  }

  /** Links the flow to those of its group. */
  #enter(position: number): void {
    const flow = this.#flow;
    if (!this.#reader.read(position, flow)) return;
    this.#fold(flow);
    const mask = this.#index.length - 1;
    for (let slot = hashOf(this.#seed, flow) & mask; ; slot = (slot + 1) & mask) {
      const group = this.#index[slot]! - 1;
      if (group < 0) {
        this.#index[slot] = ++this.#groups;
        this.#firsts[this.#groups - 1] = position;
        this.#lasts[this.#groups - 1] = position;
        return;
      }
      this.#reader.read(this.#firsts[group]!, this.#first);
      this.#fold(this.#first);
      if (!isSameFlow(this.#first, flow)) continue;
      this.#next[this.#lasts[group]!] = position;
      this.#lasts[group] = position;
      return;
    }
  }

  #fold(reading: FlowReading): void {
    for (const fold of this.#folds) fold(reading);
  }

  #begin(position: number, reading: FlowReading): number {
    this.#reader.read(position, reading);
    this.#fold(reading);
    return this.#next[position]!;
  }

  #add(position: number, reading: FlowReading): number {
    const flow = this.#flow;
    this.#reader.read(position, flow);
    reading.flows += flow.flows;
    reading.forward.add(flow.forward);
    reading.reverse.add(flow.reverse);
    // A group is no conversation that could have a name of its own.
    reading.idHigh = 0;
    reading.idLow = 0;
    return this.#next[position]!;
  }
}

function indexSize(flows: number): number {
  let size = 16;
  while (size < 2 * flows) size *= 2;
  return size;
}

function hashOf(seed: HashSeed, { key }: FlowReading): number {
  const words = hash3(seed, key.source0, key.target0, portsKey(seed, key.ports, key.protocol));
  if (key.family === 4) return words;
  const source = hash3(seed, key.source1, key.source2, key.source3);
  const target = hash3(seed, key.target1, key.target2, key.target3);
  return hash3(seed, words, source, target);
}
