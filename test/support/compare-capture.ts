/**
 * One capture file read three ways: by the program's own reader and decoder, as the text that tcpdump makes
 * of it, and by pcap-parser. A difference is an error in one of them, or something that text cannot say.
 */
import { readFileSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { Packet } from '../../src/packet/packet.js';
import { openCapture } from '../../src/source/capture-source.js';
import { outcomeText } from './decoding.js';
import { type RecordedFrame, readSource } from './frame-recorder.js';
import { isReadable, type SecondReading, secondReading } from './second-reader.js';
import { type PacketLine, packetLines, runTcpdump } from './tcpdump.js';

export interface Difference {
  /** "frame 3", or "end" for what comes last. */
  readonly place: string;
  readonly ours: string;
  /** What tcpdump's line or pcap-parser says, and the line. */
  readonly theirs: string;
}

export interface Comparison {
  readonly frames: number;
  /** Packets whose line states addresses and a length, and the flows that they make. */
  readonly packetsCompared: number;
  readonly flowsCompared: number;
  /** Frames that pcap-parser has read, too. */
  readonly framesReadTwice: number;
  readonly differences: readonly Difference[];
}

interface Printing {
  readonly lines: readonly PacketLine[];
  readonly differences: readonly Difference[];
}

/** With -q tcpdump states most lengths; without, it prints what the pipeline has that pcap-agg replaces. */
export async function compareCapture(path: string): Promise<Comparison> {
  const { frames, failure = '' } = await readSource((edges) => openCapture(path, edges));
  const bytes = readFileSync(path);
  const secondFrames = isReadable(bytes) ? await secondReading(path) : undefined;
  const quiet = printing(bytes, ['-q'], frames, failure);
  const plain = printing(bytes, [], frames, failure);
  const { lines } = quiet;
  const places = new Set(quiet.differences.map(({ place }) => place));
  const compared = lines.filter(({ statesLength }, index) => statesLength && index < frames.length);
  return {
    frames: frames.length,
    packetsCompared: compared.length,
    flowsCompared: new Set(compared.map(({ packet }) => withoutLength(packet))).size,
    framesReadTwice: secondFrames?.length ?? 0,
    differences: [
      ...quiet.differences,
      ...plain.differences.filter(({ place }) => !places.has(place)),
      ...(secondFrames ? compareFrames(frames, secondFrames) : []),
    ],
  };
}

function printing(
  capture: Buffer,
  options: readonly string[],
  frames: readonly RecordedFrame[],
  failure: string,
): Printing {
  const { text, complaint } = runTcpdump(unpacked(capture), ['-nn', '-tttt', ...options]);
  const lines = packetLines(text);
  const differences = lines.flatMap((line, index) => compareLine(frames[index], line, `frame ${index + 1}`));
  const ends = compareEnds(frames.length, failure, lines.length, complaint);
  return { lines, differences: [...differences, ...ends] };
}

/** Of a gzipped file what comes out before it is cut off or found to be damaged. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  let [soundBytes, damagedBytes] = [0, bytes.length + 1];
  while (damagedBytes - soundBytes > 1) {
    const middle = (soundBytes + damagedBytes) >> 1;
    if (inflated(bytes.subarray(0, middle))) soundBytes = middle;
    else damagedBytes = middle;
  }
  return inflated(bytes.subarray(0, soundBytes)) ?? Buffer.alloc(0);
}

/** Undefined where the bytes are damaged; those that are cut off give what came before. */
function inflated(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}

const decodedPacket = new Packet();

/** As `packetText` has it, without the flags, which -q does not print; or the name of the outcome. */
function decodedText({ decode, bytes, wireBytes }: RecordedFrame): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const outcome = decode(view, 0, bytes.length, wireBytes, decodedPacket);
  return withoutFlags(outcomeText(outcome, decodedPacket));
}

const withoutFlags = (packet: string): string => packet.replace(/ flags \d+$/, '');
const withoutLength = (packet: string): string => packet.replace(/ \d+$/, '');
const timeOf = (timestampUs: number): string => new Date(timestampUs / 1_000).toISOString();
/** In place of a time, or of a whole line. */
const timeless = /^\[(Error converting time|Invalid header)/;

/**
 * Lines without addresses say nothing that could be compared; lines without a length are compared without it.
 */
function compareLine(frame: RecordedFrame | undefined, line: PacketLine, place: string): Difference[] {
  if (!frame) return [];
  const printed = `\n    ${line.number}: ${line.text.slice(0, 200)}`;
  if (line.timestampUs !== frame.timestampUs && !timeless.test(line.text)) {
    return [{ place, ours: timeOf(frame.timestampUs), theirs: `${timeOf(line.timestampUs)}${printed}` }];
  }
  const decoded = decodedText(frame);
  const packet = withoutFlags(line.packet);
  if (!packet.includes(' > ')) return [];
  if (!line.statesLength && !decoded.includes(' > ')) return [];
  const [ours, theirs] = line.statesLength
    ? [decoded, packet]
    : [withoutLength(decoded), withoutLength(packet)];
  return ours === theirs ? [] : [{ place, ours, theirs: `${theirs}${printed}` }];
}

/** tcpdump prints one line a frame. */
function compareEnds(frames: number, failure: string, lines: number, complaint: string): Difference[] {
  if (frames === lines) return [];
  return [{ place: 'end', ours: `${frames} frames. ${failure}`, theirs: `${lines} lines. ${complaint}` }];
}

function compareFrames(frames: readonly RecordedFrame[], second: readonly SecondReading[]): Difference[] {
  const differences: Difference[] = [];
  for (let index = 0; index < Math.max(frames.length, second.length); index++) {
    const [ours, theirs] = [frames[index], second[index]];
    const isSame =
      ours?.timestampUs === theirs?.timestampUs &&
      ours?.wireBytes === theirs?.wireBytes &&
      Buffer.from(ours?.bytes ?? []).equals(theirs?.bytes ?? new Uint8Array());
    if (!isSame)
      differences.push({
        place: `frame ${index + 1}`,
        ours: frameText(ours),
        theirs: `pcap-parser: ${frameText(theirs)}`,
      });
  }
  return differences;
}

function frameText(frame: { timestampUs: number; wireBytes: number; bytes: Uint8Array } | undefined): string {
  if (!frame) return 'none';
  const { timestampUs, wireBytes, bytes } = frame;
  return `${timeOf(timestampUs)}, ${bytes.length} of ${wireBytes} bytes: ${Buffer.from(bytes.subarray(0, 16)).toString('hex')}`;
}
