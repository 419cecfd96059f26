/**
 * Large capture files, read by a thread of the addon's: it copies from the page cache, walks from record to record and packs
 * the headers close together, while this thread decodes what it packed before. Of a million frames of 650 bytes that takes
 * 60 ms off, a fifth of the whole run: see native-notes/files.md.
 */
import type { LinkDecoder } from '../packet/packet.js';
import { eventLoopTurns } from './chunk.js';
import type { RegularFile } from './input.js';
import { type AheadHandle, aheadSlots, loadNative, type Native } from './native.js';
import { PackedFrames } from './packed-frames.js';
import type { FrameReceiver } from './source.js';

/** A smaller file is read before a thread, and libpcap with the addon, are there: 3 ms. */
const leastFileBytes = 4 << 20;

export interface AheadOptions {
  readonly decode: LinkDecoder;
  readonly ethernet: boolean;
  readonly nanoseconds: boolean;
  /** No plain record has captured more. */
  readonly snapshotBytes: number;
}

/**
 * Starts to read the plain pcap records of `file` from `offset` on. Undefined where that is not worthwhile or not possible.
 */
export function openReadAhead(
  file: RegularFile | undefined,
  offset: number,
  options: AheadOptions,
): ReadAhead | undefined {
  if (file === undefined || file.bytes < leastFileBytes) return undefined;
  const { native } = loadNative();
  if (native === undefined) return undefined;
  const slots = new ArrayBuffer(aheadSlots.count * aheadSlots.bytes);
  const { snapshotBytes, nanoseconds, ethernet } = options;
  try {
    const handle = native.openAhead(file.descriptor, offset, snapshotBytes, nanoseconds, ethernet, slots);
    return new ReadAhead(native, handle, slots, options.decode);
  } catch {
    // No thread or descriptor is left: the file can be read without.
    return undefined;
  }
}

export class ReadAhead {
  readonly #native: Native;
  readonly #handle: AheadHandle;
  readonly #frames: PackedFrames;
  readonly #decode: LinkDecoder;

  constructor(native: Native, handle: AheadHandle, slots: ArrayBuffer, decode: LinkDecoder) {
    this.#native = native;
    this.#handle = handle;
    this.#frames = new PackedFrames(slots);
    this.#decode = decode;
  }

  /**
   * Delivers record after record, as far as they are plain or until `stopped` says so. Resolves to where in the file the
   * first one lies that was not delivered; undefined where it was stopped.
   */
  async deliver(receiver: FrameReceiver, stopped: () => boolean): Promise<number | undefined> {
    const turn = eventLoopTurns();
    try {
      for (let slot = 0; !stopped(); slot = (slot + 1) % aheadSlots.count) {
        const filledBytes = this.#native.nextAhead(this.#handle);
        if (filledBytes === 0) return this.#native.offsetAhead(this.#handle);
        const start = slot * aheadSlots.bytes;
        await this.#deliverSlot(start, start + filledBytes, receiver, stopped);
        await turn();
      }
      return undefined;
    } finally {
      this.#native.closeAhead(this.#handle);
    }
  }

  async #deliverSlot(
    start: number,
    end: number,
    receiver: FrameReceiver,
    stopped: () => boolean,
  ): Promise<void> {
    let at = start;
    while (at < end && !stopped()) {
      at = this.#frames.deliver(at, end, this.#decode, receiver);
      if (at < end) await this.#frames.waiting;
    }
  }
}
