/**
 * Capture files for tests and fixtures: classic pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).
 * Everything a reader must cope with can be stated, lies included.
 */
import { concatenate } from './bytes.js';

export type ByteOrder = 'little' | 'big';

/** A frame as a capture file holds it. Bare bytes stand for a frame captured whole at the default time. */
export interface CapturedFrame {
  readonly bytes: Uint8Array;
  /** Microseconds since the epoch. Default: `firstTimestampUs`, and a millisecond later for each frame before it. */
  readonly timestampUs?: number;
  /** What is below the microsecond, 0 to 999; kept where the file's resolution has room for it. */
  readonly nanoseconds?: number;
  /** Default: as many as `bytes` has. */
  readonly wireBytes?: number;
  /** The captured length that the file claims, where it lies. Default: as many as `bytes` has. */
  readonly capturedBytes?: number;
}
export type FrameInput = Uint8Array | CapturedFrame;

/** 2016-09-08 23:28:20 UTC: a multiple of twenty seconds, so that a fixture's frames share a window. */
export const firstTimestampUs = 1_473_377_300_000_000;

/** Of a classic pcap file. */
export const fileHeaderBytes = 24;

export interface PcapOptions {
  readonly byteOrder?: ByteOrder;
  readonly nanoseconds?: boolean;
  /** LINKTYPE_ value, default 1 (Ethernet). The upper bits, "frame check sequence present", may be set too. */
  readonly linkType?: number;
  readonly snapshotBytes?: number;
}

/** A classic pcap file, little-endian with microseconds unless told otherwise. */
export function pcapFile(options: PcapOptions, frames: readonly FrameInput[]): Uint8Array {
  const { byteOrder = 'little', nanoseconds = false, linkType = 1, snapshotBytes = 262_144 } = options;
  const numbers = writers[byteOrder];
  const header = concatenate(
    numbers.u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4),
    numbers.u16(2, 4),
    numbers.u32(0, 0, snapshotBytes, linkType),
  );
  const records = frames.map((input, index) => {
    const frame = complete(input, index);
    const fraction = (frame.timestampUs % 1_000_000) * (nanoseconds ? 1_000 : 1);
    return concatenate(
      numbers.u32(
        Math.floor(frame.timestampUs / 1_000_000),
        fraction + (nanoseconds ? frame.nanoseconds : 0),
      ),
      numbers.u32(frame.capturedBytes, frame.wireBytes),
      frame.bytes,
    );
  });
  return concatenate(header, ...records);
}

/** One frame of such a file, as it stands behind the header or another one. */
export function pcapRecord(frame: FrameInput): Uint8Array {
  return pcapFile({}, [frame]).subarray(fileHeaderBytes);
}

/** A pcapng file is a sequence of these; the first must be a section. */
export type PcapngBlock =
  | { readonly kind: 'section'; readonly byteOrder?: ByteOrder }
  | {
      readonly kind: 'interface';
      readonly linkType?: number;
      readonly snapshotBytes?: number;
      /** The if_name option. */
      readonly name?: string | Uint8Array;
      /** The if_tsresol option's byte: 6 = µs (default, no option written), 9 = ns, 0x80 | n = 2^-n s. */
      readonly timestampResolution?: number;
      /** The if_tsoffset option, seconds. */
      readonly timestampOffsetSeconds?: number;
    }
  /** `interface` is the index within the section, default 0. */
  | {
      readonly kind: 'enhanced';
      readonly interface?: number;
      readonly frame: FrameInput;
      readonly options?: Uint8Array;
    }
  | { readonly kind: 'simple'; readonly frame: FrameInput }
  /** The obsolete Packet Block (type 2). */
  | { readonly kind: 'obsolete'; readonly interface?: number; readonly frame: FrameInput }
  /** Any other block, or a hostile one: `claimedBytes` replaces both total lengths. */
  | {
      readonly kind: 'other';
      readonly type: number;
      readonly body: Uint8Array;
      readonly claimedBytes?: number;
    };

/** A pcapng file, block after block as listed. */
export function pcapngFile(blocks: readonly PcapngBlock[]): Uint8Array {
  let numbers = writers.little;
  let interfaces: TimeScale[] = [];
  let frameIndex = 0;
  const scale = (index = 0) => interfaces[index] ?? { resolution: 6, offsetSeconds: 0 };

  const write = (block: PcapngBlock): Uint8Array => {
    switch (block.kind) {
      case 'section':
        numbers = writers[block.byteOrder ?? 'little'];
        interfaces = [];
        return frameBlock(numbers, 0x0a0d0d0a, sectionBody(numbers));
      case 'interface':
        interfaces.push({
          resolution: block.timestampResolution ?? 6,
          offsetSeconds: block.timestampOffsetSeconds ?? 0,
        });
        return frameBlock(numbers, 1, interfaceBody(numbers, block));
      case 'enhanced': {
        const frame = complete(block.frame, frameIndex++);
        const [high, low] = ticks(frame, scale(block.interface));
        const head = numbers.u32(block.interface ?? 0, high, low, frame.capturedBytes, frame.wireBytes);
        return frameBlock(
          numbers,
          6,
          concatenate(head, padded(frame.bytes), block.options ?? new Uint8Array()),
        );
      }
      case 'simple': {
        const frame = complete(block.frame, frameIndex++);
        return frameBlock(numbers, 3, concatenate(numbers.u32(frame.wireBytes), padded(frame.bytes)));
      }
      case 'obsolete': {
        const frame = complete(block.frame, frameIndex++);
        const [high, low] = ticks(frame, scale(block.interface));
        const head = concatenate(
          numbers.u16(block.interface ?? 0, 0xffff),
          numbers.u32(high, low, frame.capturedBytes, frame.wireBytes),
        );
        return frameBlock(numbers, 2, concatenate(head, padded(frame.bytes)));
      }
      case 'other':
        return frameBlock(numbers, block.type, padded(block.body), block.claimedBytes);
    }
  };
  return concatenate(...blocks.map(write));
}

interface TimeScale {
  readonly resolution: number;
  readonly offsetSeconds: number;
}

interface NumberWriter {
  u16(...values: number[]): Uint8Array;
  u32(...values: number[]): Uint8Array;
}

const writers: Readonly<Record<ByteOrder, NumberWriter>> = {
  little: numberWriter(true),
  big: numberWriter(false),
};

function numberWriter(littleEndian: boolean): NumberWriter {
  const write = (width: 2 | 4, values: number[]) => {
    const view = new DataView(new ArrayBuffer(width * values.length));
    for (const [index, value] of values.entries()) {
      if (width === 2) view.setUint16(2 * index, value, littleEndian);
      else view.setUint32(4 * index, value, littleEndian);
    }
    return new Uint8Array(view.buffer);
  };
  return { u16: (...values) => write(2, values), u32: (...values) => write(4, values) };
}

function complete(input: FrameInput, index: number): Required<CapturedFrame> {
  const frame: CapturedFrame = input instanceof Uint8Array ? { bytes: input } : input;
  return {
    bytes: frame.bytes,
    timestampUs: frame.timestampUs ?? firstTimestampUs + index * 1_000,
    nanoseconds: frame.nanoseconds ?? 0,
    wireBytes: frame.wireBytes ?? frame.bytes.length,
    capturedBytes: frame.capturedBytes ?? frame.bytes.length,
  };
}

const padded = (bytes: Uint8Array): Uint8Array => concatenate(bytes, new Uint8Array(-bytes.length & 3));

/** Every block: type, total length, body, total length again. */
function frameBlock(
  numbers: NumberWriter,
  type: number,
  body: Uint8Array,
  claimedBytes = body.length + 12,
): Uint8Array {
  return concatenate(numbers.u32(type, claimedBytes), body, numbers.u32(claimedBytes));
}

/** Byte-order magic, version 1.0, section length unknown (-1). */
const sectionBody = (numbers: NumberWriter): Uint8Array =>
  concatenate(numbers.u32(0x1a2b3c4d), numbers.u16(1, 0), numbers.u32(0xffffffff, 0xffffffff));

function interfaceBody(numbers: NumberWriter, block: PcapngBlock & { kind: 'interface' }): Uint8Array {
  const { linkType = 1, snapshotBytes = 262_144, name, timestampResolution, timestampOffsetSeconds } = block;
  const options: Uint8Array[] = [];
  if (name !== undefined) {
    const bytes = typeof name === 'string' ? new TextEncoder().encode(name) : name;
    options.push(numbers.u16(2, bytes.length), bytes, new Uint8Array(-bytes.length & 3));
  }
  if (timestampResolution !== undefined) {
    options.push(numbers.u16(9, 1), Uint8Array.of(timestampResolution, 0, 0, 0));
  }
  if (timestampOffsetSeconds !== undefined) {
    options.push(numbers.u16(14, 8), int64(numbers, BigInt(timestampOffsetSeconds)));
  }
  if (options.length > 0) options.push(numbers.u16(0, 0));
  return concatenate(numbers.u16(linkType, 0), numbers.u32(snapshotBytes), ...options);
}

function int64(numbers: NumberWriter, value: bigint): Uint8Array {
  const words = [Number(BigInt.asUintN(32, value >> 32n)), Number(BigInt.asUintN(32, value))] as const;
  return numbers === writers.big ? numbers.u32(words[0], words[1]) : numbers.u32(words[1], words[0]);
}

/** A timestamp in its interface's ticks, as the format's two words: high, low. */
function ticks(frame: Required<CapturedFrame>, scale: TimeScale): [number, number] {
  const sinceOffsetUs = frame.timestampUs - scale.offsetSeconds * 1_000_000;
  const nanoseconds = BigInt(sinceOffsetUs) * 1_000n + BigInt(frame.nanoseconds);
  const exponent = BigInt(scale.resolution & 0x7f);
  const ticksPerSecond = scale.resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
  const count = (nanoseconds * ticksPerSecond) / 1_000_000_000n;
  return [Number(BigInt.asUintN(32, count >> 32n)), Number(BigInt.asUintN(32, count))];
}
