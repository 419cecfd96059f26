/**
 * Large capture files, read by a thread of the addon's: it copies from the page cache, walks from record to record and packs
 * the headers close together, while this thread decodes what it packed before. See native-notes/files.md.
 */

import { type AheadHandle, type FramePart, loadNative, type Native } from '../../host/native.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { PackedFrames } from '../packed-frames.js';
import type { FrameReceiver } from '../source.js';
import { eventLoopTurns } from './chunk.js';
import type { RegularFile } from './input.js';

/** How many files are read ahead at once: each takes a ring of slots, 18 MB. */
const mostAhead = 2;
let ahead = 0;

/** A smaller file is read before a thread, and libpcap with the addon, are there: 3 ms. */
const leastFileBytes = 4 << 20;

export interface AheadOptions {
  readonly decode: LinkDecoder;
  /** How much of each frame is wanted; all of it where they are not Ethernet. */
  readonly part: FramePart;
  readonly nanoseconds: boolean;
  /** No plain record has captured more. */
  readonly snapshotBytes: number;
}

/** Loads what reading ahead takes: to be called before rights are given up, for it may lie where only root can read. */
export function prepareReadAhead(file: RegularFile | undefined): void {
  if (isWorthwhile(file)) loadNative();
}

/** False while as many files as may be are read ahead: then it is worth asking again later. */
export function hasRoomAhead(): boolean {
  return ahead < mostAhead;
}

/** Starts to read the plain pcap records of `file` from `offset` on. Undefined where that is not worthwhile or not possible. */
export function openReadAhead(
  file: RegularFile | undefined,
  offset: number,
  options: AheadOptions,
): ReadAhead | undefined {
  if (!isWorthwhile(file)) return undefined;
  const { native } = loadNative();
  if (native === undefined) return undefined;
  const { snapshotBytes, nanoseconds, part } = options;
  try {
    const slots = new ArrayBuffer(native.aheadSlots * native.aheadSlotBytes);
    const handle = native.openAhead(file.descriptor, offset, snapshotBytes, nanoseconds, part, slots);
    ahead++;
    return new ReadAhead(native, handle, slots, options.decode);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    // No memory, thread or descriptor is left: the file can be read without.
    return undefined;
  }
}

function isWorthwhile(file: RegularFile | undefined): file is RegularFile {
  return file !== undefined && file.bytes >= leastFileBytes;
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
    const { aheadSlots, aheadSlotBytes } = this.#native;
    try {
      for (let slot = 0; !stopped(); slot = (slot + 1) % aheadSlots) {
        const filledBytes = this.#native.nextAhead(this.#handle);
        if (filledBytes === 0) return this.#native.offsetAhead(this.#handle);
        const start = slot * aheadSlotBytes;
        await this.#deliverSlot(start, start + filledBytes, receiver, stopped);
        await turn();
      }
      return undefined;
    } finally {
      this.#native.closeAhead(this.#handle);
      ahead--;
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
