/**
 * The metering process (RFC 7011's word): takes the frames of one source, decodes each once, and sums packets into the flow
 * table of the current window. With the next window comes another table, at once.
 */
import { PROTOCOL_UDP } from '../packet/numbers.js';
import { type LinkDecoder, type Outcome, outcomeNumber, PACKET, Packet } from '../packet/packet.js';
import type { FlowTable } from './flow-table.js';
import type { OpenWindow, OpenWindows } from './open-windows.js';
import type { OwnDatagrams } from './own-datagrams.js';
import { type WindowBounds, windowAt, windowFrom } from './window.js';

/** Which clock opens and closes windows: the wall's, or the timestamps of a capture. */
export type MeterClock = 'live' | 'capture';

export interface MeterOptions {
  readonly clock: MeterClock;
  /** Length of a window in microseconds; 0 with the capture clock means one window for the whole input. */
  readonly intervalUs: number;
  /** The wall clock, in microseconds since the epoch. */
  readonly nowUs: () => number;
  /** Where its windows open and close, and what it counts in. Meters on the wall clock may have the same. */
  readonly windows: OpenWindows;
  /** Packets that count in no flow; absent where this program sends none that could come back in. */
  readonly own?: OwnDatagrams | undefined;
  /** Called before a window is left for the next one. */
  readonly leaves?: () => void;
  /** Told the start of each window before its first frame; its promise holds a source on the capture clock back, too. */
  readonly windowOpens?: (startUs: number) => Promise<void>;
  /** Does the work of the timers while a live source keeps the event loop from turning. */
  readonly breathe: () => void;
}

const OWN_DATAGRAM = outcomeNumber('own-datagram');
/** No packet has it. */
const NO_PROTOCOL = -1;

export class Meter {
  windowEndUs = Number.NEGATIVE_INFINITY;
  readonly #options: MeterOptions;
  readonly #counts: OpenWindows['counts'];
  readonly #packet = new Packet();
  readonly #own: OwnDatagrams | undefined;
  /** The protocol whose packets may be own ones. */
  readonly #ownProtocol: number;
  /** Undefined from a window's closing until the next one opens. */
  #window: OpenWindow | undefined;
  /** That of the window. */
  #table: FlowTable | undefined;
  #lastUs = Number.NEGATIVE_INFINITY;

  /** A live meter's first window opens at once, a capture's with its first frame. */
  constructor(options: MeterOptions) {
    this.#options = options;
    this.#counts = options.windows.counts;
    this.#own = options.own;
    this.#ownProtocol = options.own === undefined ? NO_PROTOCOL : PROTOCOL_UDP;
    if (options.clock === 'live') this.#enter(windowFrom(options.nowUs(), options.intervalUs));
  }

  /** Leaves the current window, if it is in one, for the one that holds `timestampUs`. */
  advance(timestampUs: number): Promise<void> | undefined {
    return this.#moveTo(windowAt(timestampUs, this.#options.intervalUs));
  }

  /** Leaves the current window for one that begins at `nowUs` by the wall clock, and is not too short. */
  advanceByClock(nowUs: number): void {
    void this.#moveTo(windowFrom(nowUs, this.#options.intervalUs));
  }

  /** Leaves the current window; it is in none until the next `advance`. */
  close(): Promise<void> | undefined {
    return this.#leave(undefined);
  }

  frame(
    decode: LinkDecoder,
    view: DataView,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timestampUs: number,
  ): void {
    const counts = this.#counts;
    counts.framesReceived++;
    this.#lastUs = timestampUs;
    const outcome = decode(view, offset, offset + capturedBytes, offset + wireBytes, this.#packet);
    if (outcome !== PACKET) {
      counts.byOutcome[outcome]!++;
    } else if (this.#packet.protocol === this.#ownProtocol && this.#own!.has(this.#packet)) {
      counts.byOutcome[OWN_DATAGRAM]!++;
    } else {
      counts.packetsAggregated++;
      this.#table!.add(this.#packet);
    }
  }

  packet(packet: Packet, timestampUs: number): void {
    this.#counts.framesReceived++;
    this.#lastUs = timestampUs;
    this.#counts.packetsAggregated++;
    this.#table!.add(packet);
  }

  undecoded(outcome: Outcome): void {
    this.#counts.framesReceived++;
    this.#counts.byOutcome[outcome]!++;
  }

  breathe(): void {
    this.#options.breathe();
  }

  #moveTo(next: WindowBounds): Promise<void> | undefined {
    this.#options.leaves?.();
    const last = this.#window;
    const held = this.#leave(next.endUs);
    this.#enter(next, last);
    return held ?? this.#options.windowOpens?.(next.startUs);
  }

  #enter(bounds: WindowBounds, last?: OpenWindow): void {
    this.#window = this.#options.windows.enter(bounds, last);
    this.#table = this.#window.table;
    this.windowEndUs = bounds.endUs;
  }

  #leave(nextEndUs: number | undefined): Promise<void> | undefined {
    const window = this.#window;
    if (window === undefined) return undefined;
    const nowUs = this.#closingTimeUs();
    this.#window = undefined;
    this.#table = undefined;
    this.windowEndUs = Number.NEGATIVE_INFINITY;
    return this.#options.windows.leave(window, nowUs, nextEndUs);
  }

  /** A live window ends when it is closed; a capture's at its boundary or, where it has none, with its last frame. */
  #closingTimeUs(): number {
    if (this.#options.clock === 'live') return liveEndUs(this.#options.nowUs(), this.windowEndUs);
    return this.windowEndUs === Number.POSITIVE_INFINITY ? this.#lastUs : this.windowEndUs;
  }
}

/** Two looks at the wall clock in a row may differ by so much when it is being corrected. */
const clockJitterUs = 5_000;

/** When a live window was closed: at its boundary, not before it, where the clock was moved back a little just then. */
function liveEndUs(nowUs: number, boundaryUs: number): number {
  return nowUs < boundaryUs && boundaryUs - nowUs < clockJitterUs ? boundaryUs : nowUs;
}
