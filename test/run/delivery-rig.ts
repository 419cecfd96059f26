/** A delivery to sinks that a test fills and empties, on a clock that the test moves. */
import type { WalkSettings } from '../../src/flow/walk-settings.js';
import type { EncodedRecords } from '../../src/record/encoded-records.js';
import { encodingOutlet } from '../../src/run/channel.js';
import { Delivery } from '../../src/run/delivery.js';
import { newSinkCounts, type Sink } from '../../src/sink/sink.js';
import { packetOf, testSeed } from '../support/flows.js';
import { allFlows, walkOver } from '../support/folds.js';
import { legacyFormat } from '../support/formats.js';

export const flows = 5_000;
export const patienceMs = 1_000;

export const textOf = ({ bytes }: EncodedRecords) => Buffer.from(bytes).toString();

/** A sink that a test fills and empties. */
export class StandIn implements Sink {
  readonly name = 'stand-in';
  readonly counts = newSinkCounts();
  readonly waiting = { records: 0, packets: 0 };
  ready = true;
  away = false;
  taken = 0;
  packetsTaken = 0;
  /** Records that were announced and have not come. */
  expected = 0;
  #drained: (() => void)[] = [];
  promises = 0;

  /** What it has not let go of, with the text that it came as. */
  readonly held: { encoded: EncodedRecords; text: string; done: () => void }[] = [];

  write(encoded: EncodedRecords, done: () => void): void {
    this.taken += encoded.records;
    this.packetsTaken += encoded.packetSums[encoded.records - 1]!;
    this.expected -= encoded.records;
    this.held.push({ encoded, text: textOf(encoded), done });
  }

  announce(records: number): void {
    this.expected += records;
  }

  letGo(): void {
    for (const { done } of this.held.splice(0)) done();
  }

  tick(): void {}

  drained(): Promise<void> {
    this.promises++;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** It has room again. */
  empty(): void {
    this.ready = true;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  async close(): Promise<void> {}
}

/** A delivery to some sinks, on a clock that the test moves. */
export function createRig(holdsBack: boolean, ...sinks: StandIn[]) {
  return createFoldingRig(holdsBack, allFlows, ...sinks);
}

export function createFoldingRig(holdsBack: boolean, settings: WalkSettings, ...sinks: StandIn[]) {
  const counts = { flows: 0, records: 0 };
  const clock = { nowMs: 0, hurryAtMs: Number.POSITIVE_INFINITY, recordMs: 0, lookMs: 0 };
  const delivery = new Delivery({
    channels: [
      {
        walk: (window) => walkOver(window, settings),
        outlets: [encodingOutlet(legacyFormat(), sinks, 'agent')],
        counts,
      },
    ],
    figures: new Set(),
    enrich: () => {
      clock.nowMs += clock.recordMs;
    },
    maxFlows: flows,
    seed: testSeed,
    nowMs: () => {
      clock.nowMs += clock.lookMs;
      return clock.nowMs;
    },
    patienceMs,
    holdsBack,
    hurryAtMs: () => clock.hurryAtMs,
  });
  const window = () => {
    const table = delivery.emptyTable();
    for (let source0 = 0; source0 < flows; source0++)
      table.add(packetOf({ family: 4, source0, protocol: 17 }));
    table.apply();
    return { startUs: 0, endUs: 1, table };
  };
  return {
    clock,
    counts,
    delivery,
    /** A live window closes. */
    accept: () => delivery.acceptAndSpread(window()),
    /** A file's window closes; resolves when the file may go on. */
    drain: async () => delivery.acceptAndDrain(window()),
    tickUntil(endMs: number) {
      for (; clock.nowMs < endMs; clock.nowMs += 5) delivery.tick(clock.nowMs);
    },
  };
}
