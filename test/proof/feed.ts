/** The real program, reading a capture that is written to its stdin window by window: faults take place in the middle of it. */
import { once } from 'node:events';
import { mostOpenWindows } from '../../src/flow/capture-windows.js';
import { pcapFile, pcapRecord } from '../support/captures.js';
import { frame } from '../support/frames.js';
import { lastLedger, type PrintedLedger, printedLedgers } from '../support/ledger-text.js';
import {
  type Finished,
  offline,
  type RunningProgram,
  type StartOptions,
  startProgram,
} from '../support/program.js';
import { until } from '../support/until.js';
import type { Ground } from './ground.js';

/** How a run ended. */
export interface FeedEnd extends Finished {
  /** The last ledger that it printed; undefined for a run that was killed. */
  readonly ledger: PrintedLedger | undefined;
  /** How many records its outputs were given, each of them. */
  readonly records: number;
}

export interface Feed {
  readonly program: RunningProgram;
  /** Records of a window. */
  readonly flows: number;
  /** Records that outputs have been given so far. */
  readonly records: number;
  /** Writes so many windows and closes them: each output is given their records while the program runs on. */
  windows(count: number): Promise<void>;
  /** The ledger at this moment. */
  ledger(): Promise<PrintedLedger>;
  /** Ends the capture and waits for the program. */
  end(): Promise<FeedEnd>;
  /** Ends it with a signal: by SIGKILL it has no last ledger. */
  kill(signal: NodeJS.Signals): Promise<FeedEnd>;
}

export interface FeedOptions extends StartOptions {
  readonly flows?: number;
}

const firstSecond = 1_767_225_600; // 2026-01-01T00:00:00Z
const flowsOfWindow = 100;

/** `args` have the outputs; every window is a second long. It is killed when the case is over. */
export function startFeed(ground: Ground, args: readonly string[], options: FeedOptions = {}): Feed {
  const { flows = flowsOfWindow, ...start } = options;
  const program = startProgram(['-r', '-', '--interval', '1s', '--seq', ...offline, ...args], start);
  const { stdin } = program.child;
  stdin.on('error', () => undefined);
  ground.atEnd(() => program.child.kill('SIGKILL'));
  stdin.write(pcapFile({}, []));
  const template = Buffer.concat(Array.from({ length: flows }, (_, flow) => packet(flow)));
  const packetBytes = template.length / flows;
  let second = firstSecond;
  let closed = 0;
  let open = 0;

  const packetsAt = (count: number) => {
    const bytes = Buffer.from(template.subarray(0, count * packetBytes));
    for (let at = 0; at < bytes.length; at += packetBytes) bytes.writeUInt32LE(second, at);
    second++;
    return bytes;
  };
  const write = async (bytes: Uint8Array) => {
    if (!stdin.write(bytes) && !stdin.destroyed) await Promise.race([once(stdin, 'drain'), program.finished]);
  };
  const finish = async (): Promise<FeedEnd> => {
    const finished = await program.finished;
    const hasLedger = printedLedgers(finished.stderr).length > 0;
    const ledger = hasLedger ? lastLedger(finished.stderr) : undefined;
    return { ...finished, ledger, records: closed + open };
  };
  return {
    program,
    flows,
    get records() {
      return closed;
    },
    async windows(count) {
      for (let window = 0; window < count; window++) await write(packetsAt(flows));
      // A packet in each of so many more closes all windows before them.
      for (let window = 0; window < mostOpenWindows; window++) await write(packetsAt(1));
      closed += open + count * flows;
      open = mostOpenWindows;
    },
    async ledger() {
      const before = printedLedgers(program.stderr()).length;
      program.child.kill('SIGUSR1');
      await until(
        'it prints its ledger',
        () => printedLedgers(program.stderr()).length > before,
        program.stderr,
      );
      return lastLedger(program.stderr());
    },
    async end() {
      stdin.end();
      return finish();
    },
    async kill(signal) {
      program.child.kill(signal);
      stdin.destroy();
      return finish();
    },
  };
}

/** Resolves when a reader has all records that were sent so far; `unique` says how many different ones it has. */
export const hasAll = (feed: Feed, unique: () => number): Promise<void> =>
  until(
    'all has arrived',
    () => unique() >= feed.records,
    () => `${unique()} of ${feed.records}\n${feed.program.stderr()}`,
  );

/** Resolves when the program has said that its reader is away. */
export const isAway = ({ program }: Feed): Promise<void> =>
  until('it is noticed', () => program.stderr().includes('records wait'), program.stderr);

/** One of a flow of its own. */
function packet(flow: number): Uint8Array {
  const source = `10.1.${flow >> 8}.${flow & 0xff}`;
  return pcapRecord(
    frame()
      .ethernet()
      .ipv4({ source, target: '192.0.2.1' })
      .udp({ sourcePort: 4_000, targetPort: 5_000 })
      .payload(10)
      .bytes(),
  );
}
