/**
 * The interfaces that a pcapng section describes (draft-ietf-opsawg-pcapng 4.2). An option is
 *
 *     code u16, length u16, value padded to a multiple of four bytes
 */
import type { FrameOrigin } from '../../packet/details.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { type Chunk, maximumFrameBytes } from './chunk.js';
import { defaultResolution, type TimeScale, timeScale } from './pcapng-time.js';

export interface Interface extends FrameOrigin {
  readonly decode: LinkDecoder;
  /** What simple packets are cut to. */
  readonly snapshotBytes: number;
  readonly scale: TimeScale;
}

const optionHeadBytes = 4;
const endOfOptions = 0;
const interfaceName = 2;
const timestampResolution = 9;
const timestampOffset = 14;

/** No system calls an interface by more; a longer name is none. */
const longestNameBytes = 255;

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
  const linkType = view.getUint16(start, littleEndian);
  const snapshotBytes = view.getUint32(start + 4, littleEndian);
  const { name, resolution, offsetSeconds } = readOptions(chunk, start + 8, end, littleEndian);
  const scale = timeScale(resolution, offsetSeconds);
  if (!scale) throw chunk.damaged(start + 8, `an interface whose timestamp resolution is ${resolution}`);
  return {
    linkType,
    interfaceName: name,
    decode: decoderFor(linkType),
    snapshotBytes: snapshotBytes === 0 ? maximumFrameBytes : snapshotBytes,
    scale,
  };
}

interface Options {
  name: string | undefined;
  /** if_tsresol's byte. */
  resolution: number;
  offsetSeconds: bigint;
}

function readOptions(chunk: Chunk, start: number, end: number, littleEndian: boolean): Options {
  const { view } = chunk;
  const options: Options = { name: undefined, resolution: defaultResolution, offsetSeconds: 0n };
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
    if (code === interfaceName) options.name = nameIn(chunk.bytes.subarray(value, value + valueBytes));
    if (code === timestampResolution) options.resolution = view.getUint8(value);
    if (code === timestampOffset) options.offsetSeconds = view.getBigInt64(value, littleEndian);
    at = next;
  }
  return options;
}

/** UTF-8; some writers end it with a NUL. Undefined where it is nothing that an interface is called. */
function nameIn(bytes: Uint8Array): string | undefined {
  if (bytes.length > longestNameBytes) return undefined;
  const name = new TextDecoder().decode(bytes).replace(/\0+$/, '');
  return name === '' || /\p{Cc}/u.test(name) ? undefined : name;
}
