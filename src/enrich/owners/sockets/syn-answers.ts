/** Takes the findings of the addon's SYN watch: the sockets of connections that this host opens, by their first packets. */
import { socketAnswerWords, socketQuestionWords } from '../../../host/socket-look-ups.js';
import { CONNECTION_WORDS } from '../../tables/ends.js';
import type { OwnerMemory } from './owner-memory.js';
import { readQuestion, SocketAnswer } from './socket-questions.js';

export interface SynSource {
  /** Fills in questions, each followed by its answer; returns how many. */
  read(into: Int32Array): number;
  /** "1200 SYNs looked up, 0 passed over, 0 dropped" */
  readonly inWords: string;
}

const synWords = socketQuestionWords + socketAnswerWords;
const mostAtOnce = 256;
/** How often it is read in a row at most. */
const mostReads = 16;

export class SynAnswers {
  /** How many sockets were found. */
  found = 0;
  readonly #source: SynSource;
  readonly #memory: OwnerMemory;
  readonly #words = new Int32Array(mostAtOnce * synWords);
  readonly #ids = new Float64Array(this.#words.buffer);
  readonly #key = new Int32Array(CONNECTION_WORDS);
  readonly #answer = new SocketAnswer();

  constructor(source: SynSource, memory: OwnerMemory) {
    this.#source = source;
    this.#memory = memory;
  }

  /** `latestUs`: the start of the window whose flows were told last. */
  takeAll(latestUs: number): void {
    let count = mostAtOnce;
    for (let reads = 0; reads < mostReads && count === mostAtOnce; reads++) {
      count = this.#source.read(this.#words);
      for (let syn = 0; syn < count; syn++) this.#take(syn * synWords, latestUs);
    }
  }

  #take(at: number, latestUs: number): void {
    const answer = this.#answer;
    answer.read(this.#words, this.#ids, at + socketQuestionWords);
    if (!answer.isFound || answer.isListener) return;
    this.found++;
    readQuestion(this.#words, at, this.#key);
    this.#memory.takeEarly(this.#key, answer, latestUs);
  }
}
