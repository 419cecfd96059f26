/** What every part of the benchmarks gets, and what it gives back. */
import type { Tools } from './tools.js';

export interface Bench {
  /** Smaller counts and three runs instead of five. */
  readonly quick: boolean;
  /** Runs of each measurement; tables show medians. */
  readonly runs: number;
  /** The bundle of an earlier build, to be compared with this one. */
  readonly before: string | undefined;
  /** A directory of this run alone, removed at its end. */
  readonly directory: string;
  readonly tools: Tools;
  /** Tells the person who waits. */
  say(line: string): void;
}

/** One part's share of RESULTS.md. */
export interface Section {
  readonly title: string;
  /** Markdown. */
  readonly text: string;
  readonly targets: readonly Target[];
}

/** A promise the program makes, and what was measured. */
export interface Target {
  readonly promise: string;
  /** The measured value must not be greater. */
  readonly limit: number;
  /** Undefined where the measurement did not succeed: the target counts as missed. */
  readonly measured: number | undefined;
  /** As both are shown: "×" for a ratio, else " ms" and the like. */
  readonly unit: string;
}

/** Where exporters send to. Below the ports of the traffic, as pcap-agg leaves the packets of this port out. */
export const SINK_PORT = 999;
