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
import type { LinkDecoder } from '../../packet/packet.js';
import { frameDecoder } from '../frame-decoder.js';
import type { FrameReceiver, SourceError, TimestampUs } from '../source.js';
import { type Chunk, type ChunkParser, chunkBytes, maximumFrameBytes, parseChunks } from './chunk.js';
import type { CaptureFormat } from './input.js';
import { type Interface, readInterface } from './pcapng-interface.js';
import { pcapngTimestampUs } from './pcapng-time.js';

export const pcapngFile: CaptureFormat = {
  name: 'pcapng',
  headBytes: 12,
  recognises: isSectionHeader,
  read: (input, receiver, { stopped, warn, tunnels }) =>
    parseChunks(
      input,
      pcapngParser((linkType) => frameDecoder(linkType, tunnels, input.name, warn)),
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

/** What stands before a packet's bytes, from the start of its block on. */
const packetHeadBytes = 28;
const simplePacketHeadBytes = 12;

/** libpcap's limit too. A longer block is damage, not data. */
const maximumBlockBytes = 16_777_216;

/** The obsolete packet block can name no more, and a file that describes more means harm. */
const maximumInterfaces = 65_536;

/** How far a file has been understood. */
interface Progress {
  readonly decoderFor: (linkType: number) => LinkDecoder;
  /** Of the section at hand. */
  littleEndian: boolean;
  isFirstSection: boolean;
  interfaces: Interface[];
  /** Of the last packet. */
  origin: Interface | undefined;
  /** Simple packets have no time of their own. */
  lastTimestampUs: TimestampUs;
  /** Length of a block of which all but the tail has been passed over; 0 where there is none. */
  passedBlockBytes: number;
}

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

function pcapngParser(decoderFor: (linkType: number) => LinkDecoder): ChunkParser {
  const progress: Progress = {
    decoderFor,
    littleEndian: true,
    isFirstSection: true,
    interfaces: [],
    origin: undefined,
    lastTimestampUs: 0,
    passedBlockBytes: 0,
  };
  return {
    parse: (chunk, receiver) => readBlocks(chunk, progress, receiver),
    unfinished: (chunk) => unfinishedBlock(chunk, progress),
  };
}

function readBlocks(chunk: Chunk, progress: Progress, receiver: FrameReceiver): Promise<void> | undefined {
  for (;;) {
    if (progress.passedBlockBytes > 0 && !passTail(chunk, progress)) return undefined;
    const blockBytes = blockLength(chunk, progress);
    if (blockBytes === 0) return undefined;
    const start = chunk.start;
    // Of a block that no chunk can hold, the beginning is enough: options of packets and unknown bodies are not read.
    const isWhole = blockBytes <= chunkBytes;
    if (chunk.end - start < (isWhole ? blockBytes : chunkBytes)) return undefined;
    if (isWhole) checkTail(chunk, start + blockBytes - blockTailBytes, blockBytes, progress);
    const waiting = readBlock(chunk, blockBytes, progress, receiver);
    if (waiting) return waiting;
    chunk.start = start + blockBytes - (isWhole ? 0 : blockTailBytes);
    progress.passedBlockBytes = isWhole ? 0 : blockBytes;
  }
}

function unfinishedBlock(chunk: Chunk, progress: Progress): string | undefined {
  const thereBytes = chunk.end - chunk.start;
  const blockBytes = progress.passedBlockBytes > 0 ? blockTailBytes : blockLength(chunk, progress);
  if (blockBytes > 0) return `a block (missing bytes: ${blockBytes - thereBytes})`;
  return thereBytes === 0 ? undefined : "a block's head";
}

/** Total length of the block at the chunk's start; 0 until its head has come. Takes over a new section's byte order. */
function blockLength(chunk: Chunk, progress: Progress): number {
  const { view, start, end } = chunk;
  if (end - start < blockHeadBytes) return 0;
  if (view.getUint32(start) === sectionHeader) {
    if (end - start < blockHeadBytes + 4) return 0;
    const littleEndian = byteOrder(view, start + blockHeadBytes);
    if (littleEndian === undefined) throw chunk.damaged(start, 'a section without a byte-order magic number');
    progress.littleEndian = littleEndian;
  }
  const blockBytes = view.getUint32(start + 4, progress.littleEndian);
  const isPossible = blockBytes >= blockHeadBytes + blockTailBytes && blockBytes <= maximumBlockBytes;
  if (isPossible && blockBytes % 4 === 0) return blockBytes;
  throw chunk.damaged(
    start,
    `a block of ${blockBytes} bytes; lengths are multiples of 4 from 12 to ${maximumBlockBytes}`,
  );
}

function checkTail(chunk: Chunk, index: number, blockBytes: number, progress: Progress): void {
  const repeatedBytes = chunk.view.getUint32(index, progress.littleEndian);
  if (repeatedBytes === blockBytes) return;
  throw chunk.damaged(
    index,
    `a block that starts with length ${blockBytes} ends with length ${repeatedBytes}`,
  );
}

/** False until the tail of the block that was passed over has come. */
function passTail(chunk: Chunk, progress: Progress): boolean {
  if (chunk.end - chunk.start < blockTailBytes) return false;
  checkTail(chunk, chunk.start, progress.passedBlockBytes, progress);
  chunk.start += blockTailBytes;
  progress.passedBlockBytes = 0;
  return true;
}

function readBlock(
  chunk: Chunk,
  blockBytes: number,
  progress: Progress,
  receiver: FrameReceiver,
): Promise<void> | undefined {
  const type = chunk.view.getUint32(chunk.start, progress.littleEndian);
  switch (type) {
    case enhancedPacket:
    case obsoletePacket:
      return readPacket(chunk, blockBytes, type, progress, receiver);
    case simplePacket:
      return readSimplePacket(chunk, blockBytes, progress, receiver);
    case interfaceDescription:
      describeInterface(chunk, blockBytes, progress);
      return undefined;
    case sectionHeader:
      startSection(chunk, blockBytes, progress);
      return undefined;
    default:
      return undefined;
  }
}

function startSection(chunk: Chunk, blockBytes: number, progress: Progress): void {
  const { start, view } = chunk;
  if (blockBytes < sectionHeaderBytes) throw chunk.damaged(start, 'a section header that is cut short');
  const major = view.getUint16(start + 12, progress.littleEndian);
  const minor = view.getUint16(start + 14, progress.littleEndian);
  // libpcap asks no later section for its minor version.
  if (major !== 1 || (progress.isFirstSection && minor !== 0 && minor !== 2)) {
    throw chunk.damaged(start, `a section of pcapng version ${major}.${minor}; only 1.0 and 1.2 are known`);
  }
  progress.isFirstSection = false;
  progress.interfaces = [];
}

function describeInterface(chunk: Chunk, blockBytes: number, progress: Progress): void {
  const { start } = chunk;
  const { interfaces, littleEndian, decoderFor } = progress;
  if (blockBytes > chunkBytes) throw chunk.damaged(start, `an interface description of ${blockBytes} bytes`);
  if (interfaces.length === maximumInterfaces) {
    throw chunk.damaged(start, `more than ${maximumInterfaces} interfaces in one section`);
  }
  const end = start + blockBytes - blockTailBytes;
  interfaces.push(readInterface(chunk, start + blockHeadBytes, end, littleEndian, decoderFor));
}

/** An enhanced packet, or an obsolete one: they differ in how they name the interface. */
function readPacket(
  chunk: Chunk,
  blockBytes: number,
  type: typeof enhancedPacket | typeof obsoletePacket,
  progress: Progress,
  receiver: FrameReceiver,
): Promise<void> | undefined {
  const { view, start } = chunk;
  const { littleEndian } = progress;
  const roomBytes = roomFor(chunk, blockBytes, packetHeadBytes);
  const index =
    type === enhancedPacket
      ? view.getUint32(start + 8, littleEndian)
      : view.getUint16(start + 8, littleEndian);
  const origin = originOf(chunk, index, progress);
  const high = view.getUint32(start + 12, littleEndian);
  const timestampUs = pcapngTimestampUs(origin.scale, high, view.getUint32(start + 16, littleEndian));
  const storedBytes = view.getUint32(start + 20, littleEndian);
  const wireBytes = view.getUint32(start + 24, littleEndian);
  if (storedBytes > roomBytes) throw tooLong(chunk, storedBytes, roomBytes);
  if (timestampUs >= receiver.windowEndUs || timestampUs < receiver.windowStartUs) {
    const waiting = receiver.advance(timestampUs);
    if (waiting) return waiting;
  }
  progress.lastTimestampUs = timestampUs;
  const capturedBytes = Math.min(storedBytes, maximumFrameBytes);
  announce(origin, progress, receiver);
  receiver.frame(origin.decode, view, start + packetHeadBytes, capturedBytes, wireBytes, timestampUs);
  return undefined;
}

/** A packet of the first interface, cut to its snapshot length. It takes the time of the packet before it. */
function readSimplePacket(
  chunk: Chunk,
  blockBytes: number,
  progress: Progress,
  receiver: FrameReceiver,
): Promise<void> | undefined {
  const { view, start } = chunk;
  const roomBytes = roomFor(chunk, blockBytes, simplePacketHeadBytes);
  const origin = originOf(chunk, 0, progress);
  const wireBytes = view.getUint32(start + 8, progress.littleEndian);
  const storedBytes = Math.min(wireBytes, origin.snapshotBytes);
  if (storedBytes > roomBytes) throw tooLong(chunk, storedBytes, roomBytes);
  const timestampUs = progress.lastTimestampUs;
  if (timestampUs >= receiver.windowEndUs || timestampUs < receiver.windowStartUs) {
    const waiting = receiver.advance(timestampUs);
    if (waiting) return waiting;
  }
  const capturedBytes = Math.min(storedBytes, maximumFrameBytes);
  announce(origin, progress, receiver);
  receiver.frame(origin.decode, view, start + simplePacketHeadBytes, capturedBytes, wireBytes, timestampUs);
  return undefined;
}

/** Tells where packets come from, unless the last one came from there. */
function announce(origin: Interface, progress: Progress, receiver: FrameReceiver): void {
  if (origin === progress.origin) return;
  progress.origin = origin;
  receiver.from(origin);
}

/** Bytes that a packet's block has left for the packet. */
function roomFor(chunk: Chunk, blockBytes: number, headBytes: number): number {
  const roomBytes = blockBytes - headBytes - blockTailBytes;
  if (roomBytes < 0) throw chunk.damaged(chunk.start, `a packet in a block of ${blockBytes} bytes`);
  return roomBytes;
}

function originOf(chunk: Chunk, index: number, { interfaces }: Progress): Interface {
  const origin = interfaces[index];
  if (origin) return origin;
  throw chunk.damaged(
    chunk.start,
    `a packet of interface ${index}, of which the section describes ${interfaces.length}`,
  );
}

const tooLong = (chunk: Chunk, storedBytes: number, roomBytes: number): SourceError =>
  chunk.damaged(
    chunk.start,
    `a packet of ${storedBytes} captured bytes in a block with room for ${roomBytes}`,
  );
