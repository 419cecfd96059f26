/**
 * The interfaces that a pcapng section describes (draft-ietf-opsawg-pcapng 4.2). An option is
 *
 *     code u16, length u16, value padded to a multiple of four bytes
 */
import type { LinkDecoder } from '../../packet/packet.js';
import { type Chunk, maximumFrameBytes } from './chunk.js';
import { defaultResolution, type TimeScale, timeScale } from './pcapng-time.js';

export interface Interface {
  readonly decode: LinkDecoder;
  /** What simple packets are cut to. */
  readonly snapshotBytes: number;
  readonly scale: TimeScale;
}

const optionHeadBytes = 4;
const endOfOptions = 0;
const timestampResolution = 9;
const timestampOffset = 14;

/** Reads the body of an Interface Description Block: [start, end) of the chunk. Throws a SourceError where it lies. */
export function readInterface(
  chunk: Chunk,
  start: number,
  end: number,
  littleEndian: boolean,
  decoderFor: (linkType: number) => LinkDecoder,
): Interface {
  const { view } = chunk;
  if (end - start < 8) throw chunk.damaged(start, 'an interface description that is cut short');
  const snapshotBytes = view.getUint32(start + 4, littleEndian);
  return {
    decode: decoderFor(view.getUint16(start, littleEndian)),
    snapshotBytes: snapshotBytes === 0 ? maximumFrameBytes : snapshotBytes,
    scale: readTimeScale(chunk, start + 8, end, littleEndian),
  };
}

function readTimeScale(chunk: Chunk, start: number, end: number, littleEndian: boolean): TimeScale {
  const { view } = chunk;
  let resolution = defaultResolution;
  let offsetSeconds = 0n;
  for (let at = start; at + optionHeadBytes <= end; ) {
    const code = view.getUint16(at, littleEndian);
    if (code === endOfOptions) break;
    const valueBytes = view.getUint16(at + 2, littleEndian);
    const value = at + optionHeadBytes;
    const next = value + ((valueBytes + 3) & ~3);
    const wantedBytes = code === timestampResolution ? 1 : code === timestampOffset ? 8 : valueBytes;
    if (next > end || valueBytes !== wantedBytes) {
      throw chunk.damaged(at, `an interface option ${code} of ${valueBytes} bytes`);
    }
    if (code === timestampResolution) resolution = view.getUint8(value);
    if (code === timestampOffset) offsetSeconds = view.getBigInt64(value, littleEndian);
    at = next;
  }
  const scale = timeScale(resolution, offsetSeconds);
  if (!scale) throw chunk.damaged(start, `an interface whose timestamp resolution is ${resolution}`);
  return scale;
}
