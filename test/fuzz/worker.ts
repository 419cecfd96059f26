/** Entry of a thread that fuzzes one target for a while: mutates, runs, and keeps what reaches new parts of the program. */
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../support/random.js';
import { readCorpus, seedsOf, writeCorpus } from './corpus.js';
import { Coverage, type Reached } from './coverage.js';
import { mutator, shrink } from './mutate.js';
import type { Target } from './targets/target.js';
import { targetNamed } from './targets.js';

export interface WorkerOrder {
  readonly target: string;
  readonly forMs: number;
  readonly seed: number;
  /** The input that runs: its length, then its bytes. It is still there when the thread is not. */
  readonly current: SharedArrayBuffer;
  /** Inputs that have run. */
  readonly executions: SharedArrayBuffer;
}

export type WorkerMessage =
  | { readonly kind: 'finding'; readonly input: Uint8Array; readonly error: string }
  | { readonly kind: 'ended'; readonly seeds: number; readonly kept: number; readonly characters: number };

/** Inputs between two looks at the coverage, which take a millisecond each. */
const batchInputs = 2_000;
const batchMs = 50;
/** An input that takes longer is looked at again. */
const slowMs = 250;
/** Of one target. The same error, thrown at the same place, is found once. */
const mostFindings = 20;

class Fuzzer {
  readonly #target: Target;
  readonly #order: WorkerOrder;
  readonly #length: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #executions: BigInt64Array;
  readonly #coverage = new Coverage(new URL('../../src/', import.meta.url).href);
  readonly #found = new Set<string>();
  /** What inputs are made of: seeds and all that reached something new. */
  readonly #pool: Uint8Array[] = [];

  constructor(target: Target, order: WorkerOrder) {
    this.#target = target;
    this.#order = order;
    this.#length = new Int32Array(order.current, 0, 1);
    this.#bytes = new Uint8Array(order.current, 4);
    this.#executions = new BigInt64Array(order.executions);
  }

  async run(): Promise<WorkerMessage> {
    const seeds = seedsOf(this.#target);
    for (const seed of seeds) await this.#attempt(seed);
    this.#coverage.add(this.#coverage.take());
    this.#pool.push(...seeds);
    const kept: Uint8Array[] = [];
    for (const input of readCorpus(this.#target)) {
      if (await this.#keepIfNew(input)) kept.push(input);
    }
    kept.push(...(await this.#search()));
    writeCorpus(this.#target, kept);
    return { kind: 'ended', seeds: seeds.length, kept: kept.length, characters: this.#coverage.characters };
  }

  /** Returns what was found until the time is over, each input shrunk. */
  async #search(): Promise<Uint8Array[]> {
    const random = seededRandom(this.#order.seed);
    const { words, maxBytes } = this.#target;
    const mutate = mutator({ pool: this.#pool, words, maxBytes }, random);
    const endMs = performance.now() + this.#order.forMs;
    const found: Uint8Array[] = [];
    while (performance.now() < endMs && this.#found.size < mostFindings) {
      const batch: Uint8Array[] = [];
      const startMs = performance.now();
      while (batch.length < batchInputs && performance.now() - startMs < batchMs) {
        const input = mutate(this.#pool[random() % this.#pool.length]!);
        batch.push(input);
        await this.#attempt(input);
      }
      const reached = this.#coverage.take();
      if (this.#coverage.newIn(reached) === 0) continue;
      found.push(...(await this.#findNew(batch)));
      // What only the whole batch reaches (a state that one input left for another) is not looked for again.
      this.#coverage.add(reached);
    }
    return found;
  }

  /** The inputs of a batch that reach something new, by halves. */
  async #findNew(batch: readonly Uint8Array[]): Promise<Uint8Array[]> {
    if (batch.length === 1) {
      const characters = this.#coverage.newIn(await this.#reachedBy(batch));
      const small = await shrink(
        batch[0]!,
        async (candidate) => this.#coverage.newIn(await this.#reachedBy([candidate])) >= characters,
      );
      return (await this.#keepIfNew(small)) ? [small] : [];
    }
    const middle = batch.length >> 1;
    const found: Uint8Array[] = [];
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      if (this.#coverage.newIn(await this.#reachedBy(half)) > 0) found.push(...(await this.#findNew(half)));
    }
    return found;
  }

  async #keepIfNew(input: Uint8Array): Promise<boolean> {
    const reached = await this.#reachedBy([input]);
    const isNew = this.#coverage.newIn(reached) > 0;
    this.#coverage.add(reached);
    if (isNew) this.#pool.push(input);
    return isNew;
  }

  async #reachedBy(inputs: readonly Uint8Array[]): Promise<Reached> {
    this.#coverage.take();
    for (const input of inputs) await this.#attempt(input);
    return this.#coverage.take();
  }

  async #attempt(input: Uint8Array): Promise<void> {
    const error = await this.#errorOf(input);
    if (error === undefined || this.#found.has(signature(error)) || this.#found.size >= mostFindings) return;
    this.#found.add(signature(error));
    const small = await shrink(input, async (candidate) => {
      const other = await this.#errorOf(candidate);
      return other !== undefined && signature(other) === signature(error);
    });
    say({ kind: 'finding', input: small, error });
  }

  /** The stack of what `input` brings about, or that it takes long; undefined where all is well. */
  async #errorOf(input: Uint8Array): Promise<string | undefined> {
    this.#length[0] = input.length;
    this.#bytes.set(input);
    this.#executions[0]!++;
    try {
      const startMs = performance.now();
      await this.#target.run(input);
      if (performance.now() - startMs < slowMs) return undefined;
      // It may have been another process that was slow.
      const start = process.cpuUsage();
      await this.#target.run(input);
      const { user, system } = process.cpuUsage(start);
      const tookMs = Math.round((user + system) / 1_000);
      return tookMs < slowMs ? undefined : `it takes ${tookMs} ms of a processor's time`;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }
}

/** What two errors of one cause have in common: message without numbers, and where it was thrown. */
function signature(error: string): string {
  return error.replace(/\d+/g, '0').split('\n    at ').slice(0, 3).join('\n');
}

function say(message: WorkerMessage): void {
  parentPort!.postMessage(message);
}

const order = workerData as WorkerOrder;
say(await new Fuzzer(targetNamed(order.target)!, order).run());
