import type { FrameOrigin } from '../../src/packet/details.js';
import type { LinkDecoder } from '../../src/packet/packet.js';
import type { CaptureEdges } from '../../src/source/capture-source.js';
import type { CaptureFormat, Input } from '../../src/source/files/input.js';
import { type FrameReceiver, type Source, SourceError } from '../../src/source/source.js';

/** A frame as a source delivered it. */
export interface RecordedFrame {
  readonly decode: LinkDecoder;
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
  readonly timestampUs: number;
}

/** Keeps copies of all frames. `advance` puts the window's end at what `windowEnd` answers, or holds the source back with it. */
export class FrameRecorder implements FrameReceiver {
  readonly frames: RecordedFrame[] = [];
  readonly advances: number[] = [];
  /** Where frames came from, with the number of frames before. */
  readonly origins: (FrameOrigin & { readonly frame: number })[] = [];
  windowStartUs = Number.NEGATIVE_INFINITY;
  windowEndUs = Number.NEGATIVE_INFINITY;
  readonly #windowUs: number;
  readonly #hold: (() => Promise<void>) | undefined;

  /** Windows of `windowUs`; `hold` makes every `advance` wait. */
  constructor(windowUs = Number.POSITIVE_INFINITY, hold?: () => Promise<void>) {
    this.#windowUs = windowUs;
    this.#hold = hold;
  }

  advance(timestampUs: number): Promise<void> | undefined {
    this.advances.push(timestampUs);
    const isWhole = !Number.isFinite(this.#windowUs);
    this.windowStartUs = isWhole
      ? Number.NEGATIVE_INFINITY
      : Math.floor(timestampUs / this.#windowUs) * this.#windowUs;
    this.windowEndUs = isWhole ? Number.POSITIVE_INFINITY : this.windowStartUs + this.#windowUs;
    return this.#hold?.();
  }

  from({ linkType, interfaceName, stampedOnArrival }: FrameOrigin): void {
    const late = stampedOnArrival === undefined ? {} : { stampedOnArrival };
    this.origins.push({ frame: this.frames.length, linkType, interfaceName, ...late });
  }

  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    if (!(timestampUs >= this.windowStartUs && timestampUs < this.windowEndUs))
      throw new Error(`no window is open for a frame at ${timestampUs}`);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, capturedBytes).slice();
    this.frames.push({ decode, bytes, wireBytes, timestampUs });
  }

  packet(): void {
    throw new Error('a packet from a source of frames');
  }
  breathe(): void {}
  undecoded(): void {
    throw new Error('an undecoded line from a source of frames');
  }
}

/** How reading went: the frames, the SourceError's message if there was one, and the warnings. */
export interface Reading {
  readonly frames: readonly RecordedFrame[];
  readonly failure: string | undefined;
  readonly warnings: readonly string[];
}

/** All that `format` makes of `input`. Errors other than SourceError are thrown. */
export async function readFormat(
  format: CaptureFormat,
  input: Input,
  recorder = new FrameRecorder(),
): Promise<Reading> {
  const warnings: string[] = [];
  const failure = await failureOf(
    format.read(input, recorder, {
      stopped: () => false,
      warn: (text) => warnings.push(text),
      tunnels: 'outer',
      namesToo: false,
      healthToo: false,
    }),
  );
  return { frames: recorder.frames, failure, warnings };
}

/** All that `open` delivers. Errors other than SourceError are thrown. */
export async function readSource(
  open: (edges: CaptureEdges) => Source,
  recorder = new FrameRecorder(),
): Promise<Reading> {
  const warnings: string[] = [];
  const source = open({ log: { limited: (_subject, text) => warnings.push(text) }, nowUs: () => 0 });
  const failure = await failureOf(source.run(recorder));
  return { frames: recorder.frames, failure, warnings };
}

async function failureOf(reading: Promise<void>): Promise<string | undefined> {
  try {
    await reading;
    return undefined;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.message;
  }
}
