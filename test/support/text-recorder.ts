import { type Outcome, outcomes, type Packet } from '../../src/packet/packet.js';
import type { Input } from '../../src/source/files/input.js';
import type { FrameReceiver } from '../../src/source/source.js';
import { tcpdumpText } from '../../src/source/text/tcpdump-text.js';
import { packetText } from './decoding.js';

/** What a text without dates is dated with. */
export const arrivalUs = 1_700_000_000_000_000;

/** Keeps what a source of text delivers, in its order: "1473377300000000 10.0.0.1 > 10.0.0.2 ICMP 64", or the outcome's name. */
export class TextRecorder implements FrameReceiver {
  readonly deliveries: string[] = [];
  windowStartUs = Number.NEGATIVE_INFINITY;
  windowEndUs = Number.NEGATIVE_INFINITY;
  readonly #windowUs: number;
  readonly #hold: (() => Promise<void>) | undefined;

  /** Windows of `windowUs`, noted as "window"; `hold` makes every `advance` wait. */
  constructor(windowUs = Number.POSITIVE_INFINITY, hold?: () => Promise<void>) {
    this.#windowUs = windowUs;
    this.#hold = hold;
  }

  advance(timestampUs: number): Promise<void> | undefined {
    const isWhole = !Number.isFinite(this.#windowUs);
    this.windowStartUs = isWhole
      ? Number.NEGATIVE_INFINITY
      : Math.floor(timestampUs / this.#windowUs) * this.#windowUs;
    this.windowEndUs = isWhole ? Number.POSITIVE_INFINITY : this.windowStartUs + this.#windowUs;
    if (Number.isFinite(this.#windowUs)) this.deliveries.push('window');
    return this.#hold?.();
  }

  packet(packet: Packet, timestampUs: number): void {
    if (!(timestampUs >= this.windowStartUs && timestampUs < this.windowEndUs))
      throw new Error(`no window is open for a packet at ${timestampUs}`);
    this.deliveries.push(`${timestampUs} ${packetText(packet)}`);
  }

  undecoded(outcome: Outcome): void {
    this.deliveries.push(outcomes[outcome] ?? `outcome ${outcome}`);
  }

  breathe(): void {}
  from(): void {
    throw new Error('an origin of frames from a source of text');
  }
  frame(): void {
    throw new Error('a frame from a source of text');
  }
}

/** All that is made of a text, and the warnings. */
export async function readText(
  input: Input,
  recorder = new TextRecorder(),
  stopped = () => false,
): Promise<{ readonly deliveries: readonly string[]; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  await tcpdumpText(() => arrivalUs).read(input, recorder, {
    stopped,
    warn: (text) => warnings.push(text),
    tunnels: 'outer',
    namesToo: false,
    healthToo: false,
  });
  return { deliveries: recorder.deliveries, warnings };
}
