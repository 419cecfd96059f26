/**
 * Frames of every link type, each decoded, summed and written as a record.
 *
 *     byte 0       twice the link type's position among those that are decoded; one more looks into tunnels
 *     bytes 1 2    how much longer than the captured bytes the frame was on the wire, in units of four bytes; signed
 *     bytes 3      captured bytes
 */
import { fixtures } from '../../../fixtures/make.js';
import { linkDecoder } from '../../../src/packet/decode.js';
import { innermost } from '../../../src/packet/tunnel/innermost.js';
import { uint16 } from '../../support/bytes.js';
import { CheckedPipeline } from '../../support/checked-pipeline.js';
import { readClassicPcap } from '../../support/classic-pcap.js';
import type { Target } from './target.js';

const linkTypes = Array.from({ length: 300 }, (_, linkType) => linkType).filter(linkDecoder);
const decoders = linkTypes.flatMap((linkType) => {
  const decode = linkDecoder(linkType)!;
  return [
    { linkType, decode },
    { linkType, decode: innermost(decode) },
  ];
});
const headBytes = 3;

const newPipeline = () => new CheckedPipeline({ intervalUs: 0, maxFlows: 1 });
let pipeline = newPipeline();

async function run(input: Uint8Array): Promise<void> {
  if (input.length < headBytes) return;
  const { linkType, decode } = decoders[input[0]! % decoders.length]!;
  const beyondBytes = ((input[1]! | (input[2]! << 8)) << 16) >> 14;
  const capturedBytes = input.length - headBytes;
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  try {
    pipeline.from({ linkType, interfaceName: undefined });
    pipeline.advance(0);
    pipeline.frame(decode, view, headBytes, capturedBytes, Math.max(0, capturedBytes + beyondBytes), 0);
    await pipeline.close();
    pipeline.lines.length = 0;
  } catch (error) {
    pipeline = newPipeline();
    throw error;
  }
}

/** Every frame of the classic pcap fixtures, as far as headers can reach. */
function seeds(): Uint8Array[] {
  const files = fixtures.filter(({ name }) => name.endsWith('.pcap'));
  return files
    .map((fixture) => ({ name: fixture.name, file: fixture.bytes() }))
    .filter(({ file }) => file.length >= 24)
    .map(({ name, file }) => ({ name, ...readClassicPcap(file) }))
    .filter(({ linkType }) => linkTypes.includes(linkType))
    .flatMap(({ name, linkType, frames }) =>
      frames.map(({ bytes, wireBytes }) => {
        const beyond = Math.max(0, Math.min(0x7fff, (wireBytes - bytes.length) >> 2));
        return Uint8Array.of(
          2 * linkTypes.indexOf(linkType) + Number(/^tunnel-/.test(name)),
          beyond,
          beyond >> 8,
          ...bytes.subarray(0, maxFrameBytes),
        );
      }),
    );
}
const maxFrameBytes = 400;

/** EtherTypes, PPP protocols, starts of other link headers, and the first bytes of IP headers. */
const words: readonly Uint8Array[] = [
  ...[0x0800, 0x86dd, 0x8100, 0x88a8, 0x9100, 0x8847, 0x8848, 0x8864, 0x880b, 0x8870, 0x6558, 0x88e5].map(
    (word) => uint16(word),
  ),
  ...[0x88e7, 0x8909, 0x8926, 0x893f, 0x894f, 0x0021, 0x0057, 0x0281, 0xff03, 0x0801, 0x8883, 0x0300].map(
    (word) => uint16(word),
  ),
  ...[
    [0xaa, 0xaa, 3, 0, 0, 0],
    [6, 6, 3],
    [0x45, 0],
    [0x46, 0],
    [0x60, 0],
    [6, 0],
    [17, 0],
    [44, 0],
    [51, 4],
    [0, 0, 0xc2, 4, 0, 1],
    // Tunnels: VXLAN's flags, ports of UDP, GRE's types.
    [8, 0, 0, 0],
    [0x12, 0xb5],
    [0x17, 0xc1],
    [0x08, 0x68],
    [0x0d, 0xd8],
    [0x65, 0x58],
    [0x88, 0xbe],
    [0x22, 0xeb],
    [0x30, 0xff],
    [47, 0],
    [4, 0],
    [41, 0],
  ].map((bytes) => Uint8Array.from(bytes)),
];

export const frames: Target = { name: 'frames', seeds, words, maxBytes: headBytes + maxFrameBytes, run };
