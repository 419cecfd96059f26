/** Live sources for tests: opened with defaults, run until the test says so. */
import { steadyMs } from '../../src/host/clock.js';
import { AutoEngine } from '../../src/source/live/auto.js';
import { batchEngine } from '../../src/source/live/batch.js';
import { capEngine } from '../../src/source/live/cap.js';
import type { LiveClocks, LiveEngine, LiveOptions } from '../../src/source/live/live.js';
import { openLive } from '../../src/source/live/live-source.js';
import type { FrameReceiver, Source } from '../../src/source/source.js';

/** Anew for each source, as the program makes it. */
export const autoEngine: LiveEngine = { name: 'auto', open: (...how) => new AutoEngine().open(...how) };
export const engines: readonly LiveEngine[] = [capEngine, batchEngine, autoEngine];

export const liveClocks: LiveClocks = { wallMs: Date.now, nowMs: steadyMs };

export function liveOptions(options: Partial<LiveOptions> & { readonly interface: string }): LiveOptions {
  return {
    filter: '',
    bufferBytes: 16 << 20,
    snapshotBytes: 128,
    promiscuous: true,
    direction: 'inout',
    tunnels: 'outer',
    namesToo: false,
    healthToo: false,
    exitOnInterfaceLoss: false,
    ...options,
  };
}

export interface RunningSource {
  readonly source: Source;
  /** What it logged, in order. */
  readonly lines: readonly string[];
  /** Settles when `run` does. */
  readonly ended: Promise<void>;
  /** Stops it and waits for its end. */
  stop(): Promise<void>;
}

/** Opens and runs. `told` is called with each line while it is logged. Rejects where it cannot be opened. */
export async function runLive(
  engine: LiveEngine,
  options: Partial<LiveOptions> & { readonly interface: string },
  receiver: FrameReceiver,
  told: (line: string) => void = () => undefined,
): Promise<RunningSource> {
  const lines: string[] = [];
  const line = (text: string) => {
    lines.push(text);
    told(text);
  };
  const log = { line, limited: (_subject: string, text: string) => line(text) };
  const source = await openLive(engine, liveOptions(options), log, liveClocks);
  const ended = source.run(receiver);
  // A test that expects a failure looks at `ended` itself.
  ended.catch(() => undefined);
  const stop = () => {
    source.stop();
    return ended;
  };
  return { source, lines, ended, stop };
}
