/** Several files at once: threads meter them apart, and their windows are merged as they close. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { WindowMerge } from './flow/merge.js';
import type { MeterCounts } from './flow/meter.js';
import type { Intake, IntakeOptions } from './intake.js';
import type { LaneMessage, LaneOrder, LaneThreadData } from './lane-messages.js';
import type { Log } from './log.js';
import { outcomes } from './packet/packet.js';
import { SourceError } from './source/source.js';

export interface LaneOptions {
  /** At least two; none of them twice stdin. */
  readonly files: readonly string[];
  readonly maxFlows: number;
  readonly log: Pick<Log, 'limited'>;
}

/** How long to sleep where no live window will end. */
const noWindowMs = 1_000;

export class LaneIntake implements Intake {
  readonly sources = [];
  readonly #lanes: LaneOptions;
  readonly #options: IntakeOptions;
  readonly #merge: WindowMerge;
  readonly #workers: Worker[] = [];
  readonly #countsOfLanes: MeterCounts[];

  constructor(lanes: LaneOptions, options: IntakeOptions) {
    this.#lanes = lanes;
    this.#options = options;
    this.#merge = new WindowMerge({ ...options, lanes: lanes.files.length });
    this.#countsOfLanes = lanes.files.map(() => ({
      framesReceived: 0,
      byOutcome: new Float64Array(outcomes.length),
      packetsFolded: 0,
    }));
  }

  /** Of all lanes together, up to their last closed windows. */
  get counts(): MeterCounts {
    const byOutcome = new Float64Array(outcomes.length);
    let framesReceived = 0;
    let packetsFolded = 0;
    for (const lane of this.#countsOfLanes) {
      framesReceived += lane.framesReceived;
      packetsFolded += lane.packetsFolded;
      lane.byOutcome.forEach((count, outcome) => {
        byOutcome[outcome]! += count;
      });
    }
    return { framesReceived, byOutcome, packetsFolded };
  }

  /** Packets that lanes have counted and that wait to be merged. */
  get packetsOpen(): number {
    return this.#merge.packetsWaiting;
  }

  /** A thread ends when the last window of each of its lanes has been merged. */
  async run(): Promise<void> {
    const { files } = this.#lanes;
    const threads = Math.min(files.length, availableParallelism());
    const lanes = files.map((path, lane) => ({ lane, path }));
    await Promise.all(
      Array.from({ length: threads }, (_, thread) =>
        this.#runThread(lanes.filter(({ lane }) => lane % threads === thread)),
      ),
    );
  }

  stop(): void {
    this.#orderAll({ kind: 'stop' });
  }

  closeDueWindow(): number {
    return noWindowMs;
  }

  #runThread(files: LaneThreadData['files']): Promise<void> {
    const workerData: LaneThreadData = {
      files,
      intervalUs: this.#options.intervalUs,
      maxFlows: this.#lanes.maxFlows,
    };
    const worker = new Worker(new URL('./lane-thread.js', import.meta.url), { workerData });
    this.#workers.push(worker);
    worker.on('message', (message: LaneMessage) => this.#heard(worker, message));
    return new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  }

  #heard(worker: Worker, message: LaneMessage): void {
    if (message.kind === 'warning') {
      this.#lanes.log.limited(message.subject, message.text);
      return;
    }
    const { lane } = message;
    this.#countsOfLanes[lane] = message.counts;
    if (message.kind === 'window') {
      const goOn: LaneOrder = { kind: 'go-on', lane };
      void this.#merge.offer(lane, message.window).then(() => worker.postMessage(goOn));
      return;
    }
    if (message.failure) this.#options.failed(new SourceError(message.failure.kind, message.failure.message));
    this.#merge.end(lane);
  }

  #orderAll(order: LaneOrder): void {
    for (const worker of this.#workers) worker.postMessage(order);
  }
}
