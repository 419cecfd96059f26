/**
 * The engine `auto`: `cap`, with `batch` standing by to take over where cap cannot keep up; and where only one of the two can
 * be had, that one. Where somebody asks how well flows go, it is batch at once. Each interface has an engine of its own, as each decides for itself.
 */
import { loadNative, type Native } from '../../host/native.js';
import { SourceError } from '../source.js';
import { batchEngine, openBatch } from './batch.js';
import { type CapCapture, capEngine, openCap } from './cap.js';
import { type CapModule, loadCap } from './cap-module.js';
import { HandOver } from './hand-over.js';
import type { Capture, LiveClocks, LiveEngine, LiveLog, LiveOptions } from './live.js';
import { prompt } from './pace.js';

export class AutoEngine implements LiveEngine {
  readonly name = 'auto';
  /** Once batch has taken over, it stays: also where the interface has to be opened anew. */
  #handedOver = false;

  async open(options: LiveOptions, log: LiveLog, clocks: LiveClocks): Promise<Capture> {
    const { native, problem } = { problem: '', ...loadNative() };
    const { cap, problem: capProblem } = { problem: '', ...loadCap() };
    if (native === undefined) {
      if (cap !== undefined) return capEngine.open(options, log, clocks);
      throw new SourceError('usage', `-i ${options.interface}: ${capProblem}; and ${problem}`);
    }
    // cap does not say when a frame was captured; batch does, and hands frames over nearly as soon.
    if (options.healthToo) return openBatch(native, options, log, clocks, prompt);
    if (this.#handedOver) return batchEngine.open(options, log, clocks);
    if (cap !== undefined) return this.#openBoth(cap, native, options, log, clocks);
    log.limited('no cap', `batch captures in place of cap: ${capProblem}`);
    return batchEngine.open(options, log, clocks);
  }

  /** With half of the kernel's buffer each. batch is the first, so that cap is only asked for what is known to succeed. */
  async #openBoth(
    module: CapModule,
    native: Native,
    options: LiveOptions,
    log: LiveLog,
    clocks: LiveClocks,
  ): Promise<Capture> {
    const halved = { ...options, bufferBytes: options.bufferBytes / 2 };
    const batch = openBatch(native, halved, log, clocks);
    try {
      const cap = await openGuardedCap(module, halved, log, clocks);
      const handedOver = () => {
        this.#handedOver = true;
      };
      return new HandOver({ cap, batch, log, handedOver });
    } catch (error) {
      await batch.close();
      if (!(error instanceof SourceError)) throw error;
      log.limited(`no cap on ${options.interface}`, `batch captures in place of cap: ${error.message}`);
      return batchEngine.open(options, log, clocks);
    }
  }
}

type GuardedCap = CapCapture & { readonly descriptor: number };

/** Rejects with a SourceError also where cap's socket is not to be found, without which nobody could take over from it. */
async function openGuardedCap(
  module: CapModule,
  options: LiveOptions,
  log: LiveLog,
  clocks: LiveClocks,
): Promise<GuardedCap> {
  const cap = openCap(module, options, log, clocks);
  if (isGuarded(cap)) return cap;
  await cap.close();
  throw new SourceError('input', `-i ${options.interface}: cap's socket is not to be found in /proc/self/fd`);
}

function isGuarded(cap: CapCapture): cap is GuardedCap {
  return cap.descriptor !== undefined;
}
