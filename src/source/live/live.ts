/** Live capture: what every engine is opened with, and the contract between an engine and the source made of it. */
import type { FrameWishes } from '../frame-part.js';
import type { FrameReceiver } from '../source.js';

/** Frames that may have a name are captured whole where `namesToo` says so. */
export interface LiveOptions extends FrameWishes {
  /** Interface name as libpcap knows it: "eth0", "lo", "any". */
  readonly interface: string;
  /** Of "any", only the frames of interfaces that these patterns name count (`batch` only). Absent where all do. */
  readonly patterns?: readonly string[];
  /** In pcap-filter(7) syntax; "" takes every packet. */
  readonly filter: string;
  /** Size of the kernel's capture buffer in bytes. */
  readonly bufferBytes: number;
  /** Captured bytes of each frame at the most (`batch` only; `cap` always takes 65,535). */
  readonly snapshotBytes: number;
  /** Whether the interface takes frames for other hosts too (`batch` only; `cap` always does). */
  readonly promiscuous: boolean;
  /** Which frames count, seen from this host (`batch` only). */
  readonly direction: Direction;
  /** Whether `run` rejects when the interface goes down or away, where it would else wait for it to come back. */
  readonly exitOnInterfaceLoss: boolean;
}

/** What the user called it. */
export function inputName({
  interface: name,
  patterns,
}: Pick<LiveOptions, 'interface' | 'patterns'>): string {
  return patterns?.join(',') ?? name;
}

export const directions = ['in', 'out', 'inout'] as const;
export type Direction = (typeof directions)[number];

/** Where a live source tells the operator what happens. */
export interface LiveLog {
  line(text: string): void;
  limited(subject: string, text: string): void;
}

/** The clocks of a live source, milliseconds both. */
export interface LiveClocks {
  /** Since the epoch; may be set at any time. Read once per frame by `cap`, so it has to be a cheap one. */
  readonly wallMs: () => number;
  /** Never goes back. */
  readonly nowMs: () => number;
}

/** A way to capture. Adding one costs its file and its name in the options. */
export interface LiveEngine {
  /** As it stands in --engine. */
  readonly name: string;
  /** Opens the interface; nothing is delivered before `start`. Rejects with a SourceError. */
  open(options: LiveOptions, log: LiveLog, clocks: LiveClocks): Promise<Capture>;
}

/** One interface opened by one engine, until it is closed. */
export interface Capture {
  /** How long after its timestamp a frame may still be delivered, from now on; 0 where frames are stamped on delivery. */
  readonly lagMs: number;
  /**
   * Whether `start` goes on after a loss, or on another interface with the same kind of frames. If not, the interface has to
   * be opened anew, which needs the right to.
   */
  readonly resumable: boolean;
  /** Begins to deliver or, after a loss or on another interface, goes on. Throws where the interface does not let it. */
  start(interfaceName: string, receiver: FrameReceiver, events: CaptureEvents): void;
  /** Delivers what the kernel has ready at this moment, for a few milliseconds at the most; false where more is left. */
  drain(): boolean;
  /** Counts since `start` was first called. */
  counts(): CaptureCounts;
  /** Takes no more frames, delivers those already taken, and closes. */
  close(): Promise<void>;
}

export interface CaptureEvents {
  /** The interface went down or away, or cannot be read; all that was captured before has been delivered. */
  lost(reason: string): void;
  /** For so many milliseconds the engine itself took no frames, and nobody counted them. */
  interrupted(durationMs: number): void;
  /** The engine cannot keep up, for this reason; perhaps called more than once. Without it the engine gives advice. */
  outpaced?(reason: string): void;
}

/** `undefined` is what the engine cannot know. */
export interface CaptureCounts {
  /** Frames that passed the filter; delivered, dropped, or still waiting in the kernel. */
  readonly offered: number | undefined;
  /** Those of them for which the kernel's buffer had no room. */
  readonly dropped: number | undefined;
}

/** A sum is known where both of its parts are. */
export function sumCounts(left: CaptureCounts, right: CaptureCounts): CaptureCounts {
  const add = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? undefined : one + other;
  return { offered: add(left.offered, right.offered), dropped: add(left.dropped, right.dropped) };
}
