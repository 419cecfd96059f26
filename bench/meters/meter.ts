/** The contract of a program under measurement: how it is run, and how to see that it did the whole job. */
import { readFileSync } from 'node:fs';
import { outputOf } from '../command.js';

export interface Job {
  /** A directory for its files, empty at the start. */
  readonly directory: string;
  /** Flows in the traffic: tables are made large enough for all of them. */
  readonly flows: number;
  /** Where run.c holds a sink for exporters: a port on 127.0.0.1. */
  readonly sinkPort: number;
  /** Files with its output. */
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program itself says it has processed; `undefined` where it does not say. */
export interface Totals {
  readonly packets: number;
  readonly flows?: number;
  readonly droppedByKernel?: number;
  /** Of the records at its end, as far as it says. */
  readonly recordsNotSent?: number;
}

export interface Meter {
  readonly name: string;
  /** Prints its version somewhere. */
  readonly versionCommand: readonly string[];
  /** The settings that are not its defaults, and why, for RESULTS.md. */
  readonly settings: string;
  offline?(job: Job, file: string): readonly string[];
  /** Reads the totals when the command has ended. */
  offlineTotals?(job: Job): Promise<Totals>;
  live?(job: Job, interfaces: readonly string[]): readonly string[];
  /** Asked while it still runs, after the last packet; for those that say nothing when they end. */
  liveTotalsBeforeEnd?(job: Job): Promise<Totals>;
  /** Asked when it has ended. */
  liveTotals?(job: Job): Promise<Totals>;
  /** Ends it so that it exports everything: a signal, or a command to run. */
  readonly end: 'SIGINT' | 'SIGTERM' | ((job: Job) => readonly string[]);
}

/** The number in the last match of `pattern`'s first group; throws where there is none. */
export function numberIn(text: string, pattern: RegExp, what: string): number {
  const found = [...text.matchAll(new RegExp(pattern, 'gm'))].at(-1)?.[1];
  if (found === undefined) throw new Error(`${what} is not in: ${text.slice(-300)}`);
  return Number(found.replaceAll(',', ''));
}

/** All a program has written so far. */
export function wordsOf(job: Job): string {
  return readFileSync(job.stdout, 'latin1') + readFileSync(job.stderr, 'latin1');
}

/** Counts lines and sums a figure over them with awk, which is given the expression of the figure. */
export async function sumLines(path: string, separator: string, figure: string, skip = 0): Promise<Totals> {
  const program = `NR > ${skip} { lines++; sum += ${figure} } END { printf "%d %.0f", lines, sum }`;
  const words = await outputOf(['awk', '-F', separator, program, path]);
  const [flows, packets] = words.split(' ').map(Number);
  return { flows: flows!, packets: packets! };
}
