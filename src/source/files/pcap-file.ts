/**
 * Classic capture files: pcap-savefile(5), draft-ietf-opsawg-pcap, and the older forms that libpcap still reads.
 *
 *     file:    magic u32, major u16, minor u16, unused u32 ×2, snapshot length u32, link type u32, records …
 *     record:  seconds u32, fraction u32, captured length u32, wire length u32, captured bytes
 *
 * All numbers are in the byte order of the host that wrote the file; the magic number tells which.
 */
import { endianness } from 'node:os';
import { type FramePart, frameParts } from '../../host/native.js';
import { linkDecoder } from '../../packet/decode.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { frameDecoder } from '../frame-decoder.js';
import { partFor } from '../frame-part.js';
import type { FrameReceiver } from '../source.js';
import { type Chunk, type ChunkParser, maximumFrameBytes, parseChunks } from './chunk.js';
import type { CaptureFormat, Input, Reading } from './input.js';
import { hasRoomAhead, openReadAhead, type ReadAhead } from './read-ahead.js';

export const pcapFile: CaptureFormat = {
  name: 'pcap',
  headBytes: 4,
  recognises: (head) => variantOf(head) !== undefined,
  read: (input, receiver, reading) =>
    parseChunks(input, pcapParser(input, reading), receiver, reading.stopped),
};

const fileHeaderBytes = 24;
const LINKTYPE_ETHERNET = 1;

/** libpcap's limit for link types such as D-Bus. Their frames carry no IP and are skipped beyond `maximumFrameBytes`. */
const maximumForeignFrameBytes = 134_217_728;

/** What a magic number says, beside the byte order. */
interface Variant {
  readonly nanoseconds: boolean;
  readonly recordHeaderBytes: number;
}

/** The last is that of Alexey Kuznetsov's libpcap, whose records also state interface and protocol. */
const variants: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { nanoseconds: false, recordHeaderBytes: 16 }],
  [0xa1b23c4d, { nanoseconds: true, recordHeaderBytes: 16 }],
  [0xa1b2cd34, { nanoseconds: false, recordHeaderBytes: 24 }],
]);

/** How the records of one file are to be read. */
interface RecordLayout extends Variant {
  readonly littleEndian: boolean;
  /** Where in a record's header the two lengths stand. */
  readonly capturedField: 8 | 12;
  readonly wireField: 8 | 12;
  /** Version 2.3 changed their order, but not every writer followed. */
  readonly eitherOrder: boolean;
  /** More captured bytes than this are there, but not looked at. */
  readonly snapshotBytes: number;
  /** More than this is no capture. */
  readonly maximumBytes: number;
  readonly linkType: number;
  readonly decode: LinkDecoder;
}

function variantOf(head: Uint8Array): (Variant & { littleEndian: boolean }) | undefined {
  if (head.length < 4) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, 4);
  for (const littleEndian of [true, false]) {
    const variant = variants.get(view.getUint32(0, littleEndian));
    if (variant) return { ...variant, littleEndian };
  }
  return undefined;
}

function pcapParser(input: Input, reading: Reading): ChunkParser {
  const { stopped, warn } = reading;
  const decoderFor = (linkType: number) => frameDecoder(linkType, reading.tunnels, input.name, warn);
  let layout: RecordLayout | undefined;
  let triedAhead = false;
  return {
    parse(chunk, receiver) {
      if (layout === undefined) {
        layout = readFileHeader(chunk, decoderFor);
        if (layout === undefined) return undefined;
        receiver.from({ linkType: layout.linkType, interfaceName: undefined });
      }
      if (!triedAhead && hasRoomAhead()) {
        triedAhead = true;
        const reader = isPlain(layout) ? openAhead(layout, partFor(reading), input, chunk) : undefined;
        if (reader !== undefined) return deliverAhead(reader, input, chunk, receiver, stopped);
      }
      return deliverRecords(chunk, layout, receiver);
    },
    unfinished: (chunk) => (layout ? unfinishedRecord(chunk, layout) : 'the file header'),
  };
}

/** Whether records are such as nearly all programs write today, on a host like this one. */
function isPlain({ littleEndian, recordHeaderBytes, capturedField, eitherOrder }: RecordLayout): boolean {
  const hostOrder = littleEndian === (endianness() === 'LE');
  return hostOrder && recordHeaderBytes === 16 && capturedField === 8 && !eitherOrder;
}

function openAhead(layout: RecordLayout, part: FramePart, input: Input, chunk: Chunk): ReadAhead | undefined {
  const isEthernet = layout.linkType === LINKTYPE_ETHERNET;
  return openReadAhead(input.file, chunk.offset, { ...layout, part: isEthernet ? part : frameParts.whole });
}

/** What is left for the parser begins with a record that is not plain, or cut off, or else there is nothing left. */
async function deliverAhead(
  reader: ReadAhead,
  input: Input,
  chunk: Chunk,
  receiver: FrameReceiver,
  stopped: () => boolean,
): Promise<void> {
  const offset = await reader.deliver(receiver, stopped);
  if (offset === undefined) return;
  input.file!.skipTo(offset);
  chunk.skipTo(offset);
}

/** Undefined until all of the header has come. */
function readFileHeader(
  chunk: Chunk,
  decoderFor: (linkType: number) => LinkDecoder,
): RecordLayout | undefined {
  if (chunk.end < fileHeaderBytes) return undefined;
  const variant = variantOf(chunk.bytes)!;
  const { littleEndian, recordHeaderBytes } = variant;
  const major = chunk.view.getUint16(4, littleEndian);
  const minor = chunk.view.getUint16(6, littleEndian);
  if (!(major === 2 && minor <= 4) && !(major === 543 && minor === 0)) {
    throw chunk.damaged(4, `pcap version ${major}.${minor}, where only 2.0 to 2.4 are known`);
  }
  // The upper six bits tell whether frames end in a check sequence, which no length of IP includes.
  const linkType = chunk.view.getUint32(20, littleEndian) & 0x03ffffff;
  // DG/UX wrote its files as version 543.0, in the order of versions before 2.3.
  const wireFirst = major === 543 || minor < 3;
  chunk.start = fileHeaderBytes;
  return {
    ...variant,
    capturedField: wireFirst ? 12 : 8,
    wireField: wireFirst ? 8 : 12,
    eitherOrder: major === 2 && minor === 3,
    snapshotBytes: snapshotLimit(chunk.view.getUint32(16, littleEndian), linkType, recordHeaderBytes),
    maximumBytes: linkDecoder(linkType) ? maximumFrameBytes : maximumForeignFrameBytes,
    linkType,
    decode: decoderFor(linkType),
  };
}

/** As libpcap has it: what makes no sense as a limit is none, and patched records may hold a made-up Ethernet header. */
function snapshotLimit(statedBytes: number, linkType: number, recordHeaderBytes: number): number {
  if (statedBytes === 0 || statedBytes > 0x7fffffff) return maximumFrameBytes;
  const madeUpBytes = recordHeaderBytes === 24 && linkType === 1 ? 14 : 0;
  return Math.min(statedBytes + madeUpBytes, maximumFrameBytes);
}

function deliverRecords(
  chunk: Chunk,
  layout: RecordLayout,
  receiver: FrameReceiver,
): Promise<void> | undefined {
  const { littleEndian, nanoseconds, recordHeaderBytes, capturedField, wireField } = layout;
  const { eitherOrder, snapshotBytes, maximumBytes, decode } = layout;
  const { view, end } = chunk;
  let { windowStartUs, windowEndUs } = receiver;
  let start = chunk.start;
  let waiting: Promise<void> | undefined;
  while (end - start >= recordHeaderBytes) {
    let storedBytes = view.getUint32(start + capturedField, littleEndian);
    let wireBytes = view.getUint32(start + wireField, littleEndian);
    if (storedBytes > wireBytes && eitherOrder) [storedBytes, wireBytes] = [wireBytes, storedBytes];
    let capturedBytes = storedBytes;
    if (storedBytes > snapshotBytes) {
      if (storedBytes > maximumBytes) throw chunk.damaged(start, lengthFinding(storedBytes, maximumBytes));
      capturedBytes = snapshotBytes;
    }
    const frameStart = start + recordHeaderBytes;
    if (frameStart + capturedBytes > end) break;
    const fraction = view.getUint32(start + 4, littleEndian);
    const microseconds = nanoseconds ? (fraction / 1_000) >>> 0 : fraction;
    const timestampUs = view.getUint32(start, littleEndian) * 1_000_000 + microseconds;
    if (timestampUs >= windowEndUs || timestampUs < windowStartUs) {
      waiting = receiver.advance(timestampUs);
      if (waiting) break;
      ({ windowStartUs, windowEndUs } = receiver);
    }
    receiver.frame(decode, view, frameStart, capturedBytes, wireBytes, timestampUs);
    start = frameStart + storedBytes;
  }
  chunk.start = start;
  return waiting;
}

const lengthFinding = (storedBytes: number, maximumBytes: number): string =>
  `a packet of ${storedBytes} captured bytes is announced, but none has more than ${maximumBytes}`;

function unfinishedRecord(chunk: Chunk, layout: RecordLayout): string | undefined {
  const { littleEndian, recordHeaderBytes, capturedField, wireField, eitherOrder } = layout;
  const thereBytes = chunk.end - chunk.start;
  if (thereBytes === 0) return undefined;
  if (thereBytes < 0) return `a packet (missing bytes: ${-thereBytes})`;
  if (thereBytes < recordHeaderBytes) {
    return `a packet's header (missing bytes: ${recordHeaderBytes - thereBytes})`;
  }
  const first = chunk.view.getUint32(chunk.start + capturedField, littleEndian);
  const second = chunk.view.getUint32(chunk.start + wireField, littleEndian);
  const storedBytes = eitherOrder ? Math.min(first, second) : first;
  return `a packet (missing bytes: ${recordHeaderBytes + storedBytes - thereBytes})`;
}
