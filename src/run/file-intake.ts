/** Captures from files and pipes, on the clock of their timestamps: several share their windows, and take turns in them. */
import { fstatSync, statSync } from 'node:fs';
import { CaptureMeter } from '../flow/capture-meter.js';
import { CaptureWindows, mostOpenWindows } from '../flow/capture-windows.js';
import type { MeterCounts } from '../flow/meter.js';
import { Turns } from '../flow/turns.js';
import type { Log } from '../host/log.js';
import { type CaptureEdges, type CaptureSettings, openCapture } from '../source/capture-source.js';
import { type Source, SourceError } from '../source/source.js';
import type { Intake, IntakeOptions } from './intake.js';

export interface OpenedFiles {
  readonly sources: readonly Source[];
  /** For each source, whether a writer may keep it waiting. */
  readonly pipes: readonly boolean[];
  /** Why others could not be opened. */
  readonly failures: readonly SourceError[];
}

/**
 * Opens the captures at `paths`, "-" being stdin. One of several that cannot be opened does not keep the others from
 * being read; throws a SourceError where it is the only one.
 */
export function openFiles(
  paths: readonly string[],
  edges: CaptureEdges,
  settings: CaptureSettings,
): OpenedFiles {
  const sources: Source[] = [];
  const pipes: boolean[] = [];
  const failures: SourceError[] = [];
  for (const path of paths) {
    try {
      sources.push(openCapture(path, edges, settings));
      pipes.push(isPipe(path));
    } catch (error) {
      if (!(error instanceof SourceError) || paths.length === 1) throw error;
      failures.push(error);
    }
  }
  return { sources, pipes, failures };
}

function isPipe(path: string): boolean {
  const status = path === '-' ? fstatSync(0) : statSync(path, { throwIfNoEntry: false });
  return status?.isFile() !== true;
}

/** How long to sleep where no live window will end. */
const noWindowMs = 1_000;

export class FileIntake implements Intake {
  readonly sources = [];
  readonly #files: OpenedFiles;
  readonly #log: Pick<Log, 'line'>;
  readonly #options: IntakeOptions;
  readonly #windows: CaptureWindows;
  readonly #meters: readonly CaptureMeter[];

  constructor(files: OpenedFiles, log: Pick<Log, 'line'>, options: IntakeOptions) {
    this.#files = files;
    this.#log = log;
    this.#options = options;
    const { intervalUs, interfaces, payloads } = options;
    const windows = new CaptureWindows(options);
    const turns = new Turns(files.pipes);
    this.#windows = windows;
    this.#meters = files.sources.map(
      (_, position) => new CaptureMeter({ intervalUs, windows, turns, position, interfaces, payloads }),
    );
  }

  get counts(): MeterCounts {
    return this.#windows.counts;
  }

  get packetsOpen(): number {
    return this.#windows.packetsOpen;
  }

  get description(): string {
    return `reading ${this.#names}`;
  }

  async run(): Promise<void> {
    const { sources, failures } = this.#files;
    for (const failure of failures) this.#options.failed(failure);
    await Promise.all(sources.map((source, position) => this.#read(source, this.#meters[position]!)));
    await this.#windows.close();
    const { windowsOpenedAgain } = this.counts;
    if (windowsOpenedAgain > 0) this.#log.line(timesGoBack(this.#names, windowsOpenedAgain));
  }

  stop(): void {
    for (const source of this.#files.sources) source.stop();
  }

  closeDueWindow(): number {
    return noWindowMs;
  }

  get #names(): string {
    return this.#files.sources.map(({ name }) => name).join(', ');
  }

  async #read(source: Source, meter: CaptureMeter): Promise<void> {
    try {
      await source.run(meter);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#options.failed(error);
    }
    meter.end();
  }
}

const timesGoBack = (names: string, windows: number): string =>
  `${names}: times go back by more than the ${mostOpenWindows} windows that are open at once; ` +
  `${windows === 1 ? '1 window' : `${windows} windows`} opened again after being closed, so a flow may have several ` +
  'records of one time, which add up; to have one, sort the packets by time first (reordercap IN OUT)';
