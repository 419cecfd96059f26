/** Entry of a thread that meters some of several files, each into windows of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { FlowTable } from './flow/flow-table.js';
import { hashSeed } from './flow/hash.js';
import { type ClosedWindow, Meter } from './flow/meter.js';
import type { LaneFailure, LaneMessage, LaneOrder, LaneThreadData } from './lane-messages.js';
import { openCapture } from './source/capture-source.js';
import { type Source, SourceError } from './source/source.js';

const port = parentPort!;
const data = workerData as LaneThreadData;
const goOn = new Map<number, () => void>();
const sources: Source[] = [];

port.on('message', (order: LaneOrder) => {
  if (order.kind === 'go-on') goOn.get(order.lane)?.();
  else for (const source of sources) source.stop();
});
await Promise.all(data.files.map(({ lane, path }) => runLane(lane, path)));
port.close();

async function runLane(lane: number, path: string): Promise<void> {
  const seed = hashSeed(crypto.getRandomValues(new Uint32Array(4)));
  const table = new FlowTable(data.maxFlows, seed);
  const windowClosed = ({ startUs, endUs }: ClosedWindow) => {
    const flows = table.copy();
    table.clear();
    say({ kind: 'window', lane, window: { startUs, endUs, flows }, counts: meter.counts }, [
      flows.rows4.buffer,
      flows.rows6.buffer,
    ]);
    return new Promise<void>((resolve) => goOn.set(lane, resolve));
  };
  const meter = new Meter({
    clock: 'capture',
    intervalUs: data.intervalUs,
    nowUs: () => Number.NaN,
    emptyTable: () => table,
    windowClosed,
    breathe: () => {},
  });
  let failure: LaneFailure | undefined;
  try {
    const source = openCapture(path, {
      limited: (subject, text) => say({ kind: 'warning', subject, text }),
    });
    sources.push(source);
    await source.run(meter);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    failure = { kind: error.kind, message: error.message };
  }
  await meter.close();
  say({ kind: 'ended', lane, counts: meter.counts, ...(failure === undefined ? {} : { failure }) });
}

function say(message: LaneMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
