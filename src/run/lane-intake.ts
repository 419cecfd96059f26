/** Several files at once: threads meter them apart, and their windows are merged as they close. */
import { once } from 'node:events';
import { fstatSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { HashSeed } from '../flow/hash.js';
import { type MergeLane, WindowMerge } from '../flow/merge.js';
import { type MeterCounts, newMeterCounts } from '../flow/open-windows.js';
import type { Log } from '../host/log.js';
import { outcomes } from '../packet/packet.js';
import { SourceError } from '../source/source.js';
import type { Intake, IntakeOptions } from './intake.js';
import type { LaneFailure, LaneMessage, LaneOrder, LaneThreadData } from './lane-messages.js';

export interface LaneOptions {
  /** At least two; none of them twice stdin. */
  readonly files: readonly string[];
  readonly intervalUs: number;
  readonly maxFlows: number;
  /** That of the tables that their windows are merged into. */
  readonly seed: HashSeed;
  readonly log: Pick<Log, 'limited'>;
}

/** Starts the threads; resolves when they have opened their files, or know why they cannot. */
export async function openLanes(lanes: LaneOptions): Promise<(options: IntakeOptions) => Intake> {
  const { intervalUs, maxFlows, seed } = lanes;
  const threads = Math.min(lanes.files.length, availableParallelism());
  const files = lanes.files.map((path, lane) => ({
    lane,
    path,
    isPipe: isPipe(path),
    thread: lane % threads,
  }));
  const workers = Array.from({ length: threads }, (_, thread) => {
    const share = files.filter((file) => file.thread === thread);
    const workerData: LaneThreadData = { files: share, intervalUs, maxFlows, seed };
    return new Worker(new URL('./lane-thread.js', import.meta.url), { workerData });
  });
  // A thread's first message says that it has opened its files; it sends no other before it is told to run.
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return (options) => new LaneIntake(lanes, files, workers, options);
}

function isPipe(path: string): boolean {
  try {
    return !(path === '-' ? fstatSync(0) : statSync(path)).isFile();
  } catch {
    // Why it cannot be opened is told by the thread that tries.
    return false;
  }
}

/** How long to sleep where no live window will end. */
const noWindowMs = 1_000;

class LaneIntake implements Intake {
  readonly sources = [];
  readonly #lanes: LaneOptions;
  readonly #options: IntakeOptions;
  readonly #merge: WindowMerge;
  readonly #workers: readonly Worker[];
  readonly #countsOfLanes: MeterCounts[];

  constructor(
    lanes: LaneOptions,
    files: readonly MergeLane[],
    workers: readonly Worker[],
    options: IntakeOptions,
  ) {
    this.#lanes = lanes;
    this.#workers = workers;
    this.#options = options;
    this.#merge = new WindowMerge({
      ...options,
      lanes: files,
      threads: workers.length,
      goOn: (lane) => workers[files[lane]!.thread]!.postMessage({ kind: 'go-on', lane } satisfies LaneOrder),
    });
    this.#countsOfLanes = lanes.files.map(newMeterCounts);
  }

  /** Of all lanes together, up to their last closed windows. */
  get counts(): MeterCounts {
    const byOutcome = new Float64Array(outcomes.length);
    let framesReceived = 0;
    let packetsAggregated = 0;
    for (const lane of this.#countsOfLanes) {
      framesReceived += lane.framesReceived;
      packetsAggregated += lane.packetsAggregated;
      lane.byOutcome.forEach((count, outcome) => {
        byOutcome[outcome]! += count;
      });
    }
    const { packetsFolded } = this.#merge;
    return { framesReceived, packetsAggregated, byOutcome, packetsFolded };
  }

  /** Packets that lanes have counted and that wait to be merged. */
  get packetsOpen(): number {
    return this.#merge.packetsWaiting;
  }

  get description(): string {
    return `reading ${this.#lanes.files.join(', ')}`;
  }

  /** A thread ends with the last of its lanes, whose last windows may still have to be merged then. */
  async run(): Promise<void> {
    const ended = this.#workers.map((worker) => this.#listen(worker));
    this.#orderAll({ kind: 'run' });
    await Promise.all([...ended, this.#merge.ended]);
  }

  stop(): void {
    this.#orderAll({ kind: 'stop' });
  }

  closeDueWindow(): number {
    return noWindowMs;
  }

  /** Resolves when the thread has ended. */
  #listen(worker: Worker): Promise<void> {
    worker.on('message', (message: LaneMessage) => this.#heard(message));
    return new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  }

  #heard(message: LaneMessage): void {
    if (message.kind === 'opened') return;
    if (message.kind === 'warning') {
      this.#lanes.log.limited(message.subject, message.text);
      return;
    }
    const { lane } = message;
    this.#countsOfLanes[lane] = message.counts;
    if (message.kind === 'window') this.#merge.offer(lane, message.window);
    else if (message.kind === 'next') this.#merge.announce(lane, message.startUs);
    else this.#ended(lane, message.failure);
  }

  #ended(lane: number, failure: LaneFailure | undefined): void {
    if (failure) this.#options.failed(new SourceError(failure.kind, failure.message));
    this.#merge.end(lane);
  }

  #orderAll(order: LaneOrder): void {
    for (const worker of this.#workers) worker.postMessage(order);
  }
}
