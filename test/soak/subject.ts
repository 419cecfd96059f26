/** One program under test, with a collector of its own and a look at it every minute. */
import { readdirSync, readFileSync } from 'node:fs';
import { lastLedger, type PrintedLedger, printedLedgers } from '../support/ledger-text.js';
import { type RunningProgram, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { SoakCollector } from './collector.js';
import type { MemoryReport } from './probe.js';
import type { Sample } from './verdict.js';

const mebibyte = 1 << 20;

export interface SubjectOptions {
  readonly engine: 'cap' | 'batch';
  readonly interface: string;
  readonly intervalMs: number;
  /** Further arguments. */
  readonly args: readonly string[];
  /** Goes before the program. */
  readonly prefix?: readonly string[];
}

export class Subject {
  readonly name: string;
  readonly collector: SoakCollector;
  readonly samples: Sample[] = [];
  readonly #program: RunningProgram;

  static async start(options: SubjectOptions): Promise<Subject> {
    const collector = new SoakCollector(options.intervalMs);
    await collector.open();
    const subject = new Subject(options, collector);
    await until(`${options.engine} captures`, () => subject.stderr.includes('capturing on'));
    return subject;
  }

  private constructor(options: SubjectOptions, collector: SoakCollector) {
    const { engine, interface: name, intervalMs, args, prefix = [] } = options;
    this.name = engine;
    this.collector = collector;
    const probe = new URL('probe.js', import.meta.url).href;
    const target = ['--to', `127.0.0.1:${collector.port}`, '--seq'];
    this.#program = startProgram(
      ['-i', name, '--engine', engine, '--interval', `${intervalMs}ms`, ...target, ...args],
      { env: { ...process.env, NODE_OPTIONS: `--import=${probe}` }, prefix },
    );
  }

  get stderr(): string {
    return this.#program.stderr();
  }

  get running(): boolean {
    return this.#program.child.exitCode === null && this.#program.child.signalCode === null;
  }

  /** The most memory that it has held so far. */
  get peakMiB(): number {
    return this.#memoryMiB('VmHWM');
  }

  /** Asks it for its memory and its ledger. */
  async look(minute: number): Promise<Sample> {
    const { child } = this.#program;
    const { pid = 0 } = child;
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    const ledger = await this.#answer('SIGUSR1', () => printedLedgers(this.stderr));
    const memory = await this.#answer('SIGUSR2', () => memoryReports(this.stderr));
    const sink = ledger.sinks[0]!;
    const sample = {
      minute,
      residentMiB: this.#memoryMiB('VmRSS'),
      heapMiB: memory.heap / mebibyte,
      externalMiB: memory.external / mebibyte,
      descriptors,
      handles: memory.handles,
      watches: watchesOf(pid),
      ...this.collector.takeArrivals(),
      frames: ledger.frames,
      dropped: ledger.sources[0]?.droppedByKernel,
      recordsSent: sink.records,
      recordsUnsent: sink.recordsUnsent,
      recordsWaiting: sink.recordsWaiting,
      balanced: ledger.balanced,
    };
    this.samples.push(sample);
    return sample;
  }

  /** Ends it; resolves with its exit code and its last ledger when its last records have had time to arrive. */
  async stop(): Promise<{ exitCode: number | null; ledger: PrintedLedger }> {
    this.#program.child.kill('SIGTERM');
    const { exitCode, stderr } = await this.#program.finished;
    const ledger = lastLedger(stderr);
    const sent = ledger.sinks[0]!.records;
    await until('all has arrived', () => this.collector.records >= sent).catch(() => undefined);
    return { exitCode, ledger };
  }

  kill(): void {
    this.#program.child.kill('SIGKILL');
    this.collector.close();
  }

  /** A field of /proc/PID/status. */
  #memoryMiB(field: string): number {
    const status = readFileSync(`/proc/${this.#program.child.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  }

  async #answer<T>(signal: NodeJS.Signals, answers: () => readonly T[]): Promise<T> {
    const before = answers().length;
    this.#program.child.kill(signal);
    await until(`${this.name} answers ${signal}`, () => answers().length > before);
    return answers().at(-1)!;
  }
}

/** proc(5): a line for each in what is told of the descriptor. */
function watchesOf(pid: number): number {
  const folder = `/proc/${pid}/fdinfo`;
  const texts = readdirSync(folder).map((name) => {
    try {
      return readFileSync(`${folder}/${name}`, 'utf8');
    } catch {
      // It was closed meanwhile.
      return '';
    }
  });
  return texts.join('').match(/^inotify wd:/gm)?.length ?? 0;
}

function memoryReports(stderr: string): MemoryReport[] {
  return [...stderr.matchAll(/^soak: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json!) as MemoryReport);
}
