/**
 * pcapng capture files, draft-ietf-opsawg-pcapng: sections of blocks, each section in the byte order of its writer.
 *
 *     block:              type u32, total length u32, body, total length u32
 *     section header:     byte-order magic u32, major u16, minor u16, section length i64, options
 *     interface:          link type u16, reserved u16, snapshot length u32, options
 *     enhanced packet:    interface u32, timestamp u32 ×2, captured length u32, wire length u32, bytes, options
 *     obsolete packet:    interface u16, drops u16, and on like an enhanced packet
 *     simple packet:      wire length u32, bytes
 *
 * All lengths are multiples of four. Blocks of other types are passed over.
 */
import type { LinkDecoder } from '../packet/packet.js';
import { type Chunk, type ChunkParser, chunkBytes, maximumFrameBytes, parseChunks } from './chunk.js';
import { frameDecoder } from './frame-decoder.js';
import type { CaptureFormat } from './input.js';
import { type Interface, readInterface } from './pcapng-interface.js';
import { pcapngTimestampUs } from './pcapng-time.js';
import type { FrameReceiver, SourceError, TimestampUs } from './source.js';

export const pcapngFile: CaptureFormat = {
  name: 'pcapng',
  headBytes: 12,
  recognises: isSectionHeader,
  read: (input, receiver, stopped, warn) =>
    parseChunks(
      input,
      new PcapngParser((linkType) => frameDecoder(linkType, input.name, warn)),
      receiver,
      stopped,
    ),
};

const sectionHeader = 0x0a0d0d0a;
const interfaceDescription = 1;
const obsoletePacket = 2;
const simplePacket = 3;
const enhancedPacket = 6;

/** Reads the same in both byte orders; the magic number behind it does not. */
const sectionHeaderBytes = 28;
const byteOrderMagic = 0x1a2b3c4d;

/** Type and length before a block's body, and the length after it. */
const blockHeadBytes = 8;
const blockTailBytes = 4;

/** libpcap's limit too. A longer block is damage, not data. */
const maximumBlockBytes = 16_777_216;

/** The obsolete packet block can name no more, and a file that describes more means harm. */
const maximumInterfaces = 65_536;

function isSectionHeader(head: Uint8Array): boolean {
  if (head.length < 12) return false;
  const view = new DataView(head.buffer, head.byteOffset, 12);
  return view.getUint32(0) === sectionHeader && byteOrder(view, 8) !== undefined;
}

/** Whether the section whose byte-order magic is at `index` is little-endian; undefined where there is no magic. */
function byteOrder(view: DataView, index: number): boolean | undefined {
  if (view.getUint32(index, true) === byteOrderMagic) return true;
  return view.getUint32(index, false) === byteOrderMagic ? false : undefined;
}

class PcapngParser implements ChunkParser {
  readonly #decoderFor: (linkType: number) => LinkDecoder;
  #littleEndian = true;
  #interfaces: Interface[] = [];
  /** Simple packets have no time of their own. */
  #lastTimestampUs: TimestampUs = 0;
  /** Length of a block of which all but the tail has been passed over; 0 where there is none. */
  #passedBlockBytes = 0;

  constructor(decoderFor: (linkType: number) => LinkDecoder) {
    this.#decoderFor = decoderFor;
  }

  parse(chunk: Chunk, receiver: FrameReceiver): Promise<void> | undefined {
    for (;;) {
      if (this.#passedBlockBytes > 0 && !this.#passTail(chunk)) return undefined;
      const blockBytes = this.#blockBytes(chunk);
      if (blockBytes === 0) return undefined;
      const start = chunk.start;
      // Of a block that no chunk can hold, the beginning is enough: a packet's options and unknown bodies are not read.
      const isWhole = blockBytes <= chunkBytes;
      if (chunk.end - start < (isWhole ? blockBytes : chunkBytes)) return undefined;
      if (isWhole) this.#checkTail(chunk, start + blockBytes - blockTailBytes, blockBytes);
      const waiting = this.#readBlock(chunk, blockBytes, receiver);
      if (waiting) return waiting;
      chunk.start = start + blockBytes - (isWhole ? 0 : blockTailBytes);
      this.#passedBlockBytes = isWhole ? 0 : blockBytes;
    }
  }

  unfinished(chunk: Chunk): string | undefined {
    const thereBytes = chunk.end - chunk.start;
    const blockBytes = this.#passedBlockBytes > 0 ? blockTailBytes : this.#blockBytes(chunk);
    if (blockBytes > 0) return `a block (missing bytes: ${blockBytes - thereBytes})`;
    return thereBytes === 0 ? undefined : "a block's head";
  }

  /** The total length of the block at the chunk's start, 0 until its header has come. A new section's byte order is taken over. */
  #blockBytes(chunk: Chunk): number {
    const { view, start, end } = chunk;
    if (end - start < blockHeadBytes) return 0;
    if (view.getUint32(start) === sectionHeader) {
      if (end - start < blockHeadBytes + 4) return 0;
      const littleEndian = byteOrder(view, start + blockHeadBytes);
      if (littleEndian === undefined)
        throw chunk.damaged(start, 'a section without a byte-order magic number');
      this.#littleEndian = littleEndian;
    }
    const blockBytes = view.getUint32(start + 4, this.#littleEndian);
    if (
      blockBytes < blockHeadBytes + blockTailBytes ||
      blockBytes % 4 !== 0 ||
      blockBytes > maximumBlockBytes
    ) {
      throw chunk.damaged(
        start,
        `a block of ${blockBytes} bytes; lengths are multiples of 4 from 12 to ${maximumBlockBytes}`,
      );
    }
    return blockBytes;
  }

  #checkTail(chunk: Chunk, index: number, blockBytes: number): void {
    const repeatedBytes = chunk.view.getUint32(index, this.#littleEndian);
    if (repeatedBytes !== blockBytes) {
      throw chunk.damaged(
        index,
        `a block that starts with length ${blockBytes} ends with length ${repeatedBytes}`,
      );
    }
  }

  /** False until the tail of the block that was passed over has come. */
  #passTail(chunk: Chunk): boolean {
    if (chunk.end - chunk.start < blockTailBytes) return false;
    this.#checkTail(chunk, chunk.start, this.#passedBlockBytes);
    chunk.start += blockTailBytes;
    this.#passedBlockBytes = 0;
    return true;
  }

  #readBlock(chunk: Chunk, blockBytes: number, receiver: FrameReceiver): Promise<void> | undefined {
    switch (chunk.view.getUint32(chunk.start, this.#littleEndian)) {
      case enhancedPacket:
        return this.#readPacket(chunk, blockBytes, false, receiver);
      case obsoletePacket:
        return this.#readPacket(chunk, blockBytes, true, receiver);
      case simplePacket:
        return this.#readSimplePacket(chunk, blockBytes, receiver);
      case interfaceDescription:
        this.#describeInterface(chunk, blockBytes);
        return undefined;
      case sectionHeader:
        this.#startSection(chunk, blockBytes);
        return undefined;
      default:
        return undefined;
    }
  }

  #startSection(chunk: Chunk, blockBytes: number): void {
    const { start, view } = chunk;
    if (blockBytes < sectionHeaderBytes) throw chunk.damaged(start, 'a section header that is cut short');
    const major = view.getUint16(start + 12, this.#littleEndian);
    if (major !== 1)
      throw chunk.damaged(start, `a section of pcapng version ${major}; only version 1 is known`);
    this.#interfaces = [];
  }

  #describeInterface(chunk: Chunk, blockBytes: number): void {
    const { start } = chunk;
    if (blockBytes > chunkBytes)
      throw chunk.damaged(start, `an interface description of ${blockBytes} bytes`);
    if (this.#interfaces.length === maximumInterfaces) {
      throw chunk.damaged(start, `more than ${maximumInterfaces} interfaces in one section`);
    }
    const end = start + blockBytes - blockTailBytes;
    this.#interfaces.push(
      readInterface(chunk, start + blockHeadBytes, end, this.#littleEndian, this.#decoderFor),
    );
  }

  /** An enhanced packet, or an obsolete one: they differ in how they name the interface. */
  #readPacket(
    chunk: Chunk,
    blockBytes: number,
    isObsolete: boolean,
    receiver: FrameReceiver,
  ): Promise<void> | undefined {
    const { view } = chunk;
    const littleEndian = this.#littleEndian;
    const body = chunk.start + blockHeadBytes;
    const roomBytes = this.#roomBytes(chunk, blockBytes, 20);
    const index = isObsolete ? view.getUint16(body, littleEndian) : view.getUint32(body, littleEndian);
    const origin = this.#origin(chunk, index);
    const high = view.getUint32(body + 4, littleEndian);
    const timestampUs = pcapngTimestampUs(origin.scale, high, view.getUint32(body + 8, littleEndian));
    const storedBytes = view.getUint32(body + 12, littleEndian);
    const wireBytes = view.getUint32(body + 16, littleEndian);
    if (storedBytes > roomBytes) throw tooLong(chunk, storedBytes, roomBytes);
    if (timestampUs >= receiver.windowEndUs) {
      const waiting = receiver.advance(timestampUs);
      if (waiting) return waiting;
    }
    this.#lastTimestampUs = timestampUs;
    const capturedBytes = Math.min(storedBytes, maximumFrameBytes);
    receiver.frame(origin.decode, view, body + 20, capturedBytes, wireBytes, timestampUs);
    return undefined;
  }

  /** A packet of the first interface, cut to its snapshot length. It takes the time of the packet before it. */
  #readSimplePacket(chunk: Chunk, blockBytes: number, receiver: FrameReceiver): Promise<void> | undefined {
    const body = chunk.start + blockHeadBytes;
    const roomBytes = this.#roomBytes(chunk, blockBytes, 4);
    const origin = this.#origin(chunk, 0);
    const wireBytes = chunk.view.getUint32(body, this.#littleEndian);
    const storedBytes = Math.min(wireBytes, origin.snapshotBytes);
    if (storedBytes > roomBytes) throw tooLong(chunk, storedBytes, roomBytes);
    const timestampUs = this.#lastTimestampUs;
    if (timestampUs >= receiver.windowEndUs) {
      const waiting = receiver.advance(timestampUs);
      if (waiting) return waiting;
    }
    const capturedBytes = Math.min(storedBytes, maximumFrameBytes);
    receiver.frame(origin.decode, chunk.view, body + 4, capturedBytes, wireBytes, timestampUs);
    return undefined;
  }

  /** Bytes that a packet block has left for the packet behind its `fieldBytes`. */
  #roomBytes(chunk: Chunk, blockBytes: number, fieldBytes: number): number {
    const roomBytes = blockBytes - blockHeadBytes - fieldBytes - blockTailBytes;
    if (roomBytes < 0) throw chunk.damaged(chunk.start, `a packet in a block of ${blockBytes} bytes`);
    return roomBytes;
  }

  #origin(chunk: Chunk, index: number): Interface {
    const origin = this.#interfaces[index];
    if (origin) return origin;
    const known = this.#interfaces.length;
    throw chunk.damaged(
      chunk.start,
      `a packet of interface ${index}, of which the section describes ${known}`,
    );
  }
}

const tooLong = (chunk: Chunk, storedBytes: number, roomBytes: number): SourceError =>
  chunk.damaged(
    chunk.start,
    `a packet of ${storedBytes} captured bytes in a block with room for ${roomBytes}`,
  );
