/** Entry of a thread that meters some of several files, each into windows of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { FlowTable } from '../flow/flow-table.js';
import { Meter } from '../flow/meter.js';
import { type ClosedWindow, OpenWindows } from '../flow/open-windows.js';
import { openCapture } from '../source/capture-source.js';
import { type Source, SourceError } from '../source/source.js';
import type { LaneFailure, LaneMessage, LaneOrder, LaneThreadData } from './lane-messages.js';

const port = parentPort!;
const data = workerData as LaneThreadData;
const goOn = new Map<number, () => void>();
/** Files have their turns one after the other, and each leaves the table empty: see flow/merge.ts. */
const sharedTable = new FlowTable(data.maxFlows, data.seed);
const lanes = data.files.map((file) => ({ ...file, opened: openLane(file.path) }));

port.on('message', (order: LaneOrder) => {
  if (order.kind === 'go-on') goOn.get(order.lane)?.();
  else if (order.kind === 'stop') for (const { opened } of lanes) opened.source?.stop();
  else void runAll();
});
// The files are open: from here on the process may give up the rights that opening them took.
say({ kind: 'opened' });

async function runAll(): Promise<void> {
  await Promise.all(
    lanes.map(({ lane, isPipe, opened }) =>
      runLane(lane, opened, isPipe ? new FlowTable(data.maxFlows, data.seed) : sharedTable),
    ),
  );
  port.close();
}

/** One of the two is there. */
interface OpenedLane {
  readonly source?: Source;
  readonly failure?: LaneFailure;
}

function openLane(path: string): OpenedLane {
  try {
    return {
      source: openCapture(path, {
        log: { limited: (subject, text) => say({ kind: 'warning', subject, text }) },
        nowUs: () => Date.now() * 1_000,
      }),
    };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

async function runLane(lane: number, { source, failure }: OpenedLane, table: FlowTable): Promise<void> {
  const emptyTable = () => table;
  const windowClosed = ({ startUs, endUs }: ClosedWindow) => {
    const flows = table.copy();
    table.clear();
    say({ kind: 'window', lane, window: { startUs, endUs, flows }, counts }, [
      flows.rows4.buffer,
      flows.rows6.buffer,
    ]);
    return undefined;
  };
  const windows = new OpenWindows({ emptyTable, windowClosed });
  const { counts } = windows;
  const windowOpens = (startUs: number) => {
    say({ kind: 'next', lane, startUs, counts });
    return new Promise<void>((resolve) => goOn.set(lane, resolve));
  };
  const meter = new Meter({
    clock: 'capture',
    intervalUs: data.intervalUs,
    nowUs: () => Number.NaN,
    windows,
    windowOpens,
    breathe: () => {},
  });
  const end = failure ?? (await runSource(source!, meter));
  await meter.close();
  say({ kind: 'ended', lane, counts, ...(end === undefined ? {} : { failure: end }) });
}

async function runSource(source: Source, meter: Meter): Promise<LaneFailure | undefined> {
  try {
    await source.run(meter);
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): LaneFailure {
  if (!(error instanceof SourceError)) throw error;
  return { kind: error.kind, message: error.message };
}

function say(message: LaneMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
