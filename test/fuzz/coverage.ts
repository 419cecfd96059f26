/**
 * Which parts of the program have run, to the block: what guides the fuzzer to where it has not been.
 *
 * V8 counts how often each block of source text ran (the DevTools protocol's precise coverage). Which blocks it reports
 * depends on the counts, neighbours with equal ones being joined; so what is kept here is each character of the source
 * that has ever been part of a block that ran.
 */
import { type Profiler, Session } from 'node:inspector';

/** Of each script by its URL: 1 for every character that ran. */
export type Reached = ReadonlyMap<string, Uint8Array>;

export class Coverage {
  /** Characters of source that have run. */
  characters = 0;
  readonly #session = new Session();
  readonly #start: string;
  readonly #known = new Map<string, Uint8Array>();

  /** Follows the scripts of this thread whose URL starts with `start`, from now on. */
  constructor(start: string) {
    this.#start = start;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What has run since the last call. Takes about a millisecond. */
  take(): Reached {
    const reached = new Map<string, Uint8Array>();
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const script of coverage.result) {
        if (script.url.startsWith(this.#start)) reached.set(script.url, paint(script));
      }
    });
    return reached;
  }

  /** How many characters of `reached` are new. */
  newIn(reached: Reached): number {
    let count = 0;
    for (const [url, characters] of reached) {
      const known = this.#known.get(url);
      for (let at = 0; at < characters.length; at++) {
        if (characters[at] === 1 && known?.[at] !== 1) count++;
      }
    }
    return count;
  }

  add(reached: Reached): void {
    this.characters += this.newIn(reached);
    for (const [url, characters] of reached) {
      const known = this.#known.get(url) ?? new Uint8Array(0);
      const longer = new Uint8Array(Math.max(known.length, characters.length));
      longer.set(known);
      for (let at = 0; at < characters.length; at++) longer[at]! |= characters[at]!;
      this.#known.set(url, longer);
    }
  }

  close(): void {
    this.#session.disconnect();
  }
}

/** An outer block comes before those inside it, so that the innermost has the last word. */
function paint({ functions }: Profiler.ScriptCoverage): Uint8Array {
  const ranges = functions.flatMap((each) => each.ranges);
  const characters = new Uint8Array(ranges.reduce((end, { endOffset }) => Math.max(end, endOffset), 0));
  for (const { startOffset, endOffset, count } of ranges) {
    characters.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return characters;
}
