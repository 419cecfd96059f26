/**
 * A process of its own: what a frame costs that lies in the buffer between C and JavaScript, and nothing else: decoding and
 * counting it, no kernel, no libpcap. Far steadier than a capture, so small steps show. Prints the least and the median
 * of many rounds, in ns a frame. It is to be bundled first, as the program is:
 *
 *     npx esbuild dist/bench/frame-loop.js --bundle --minify-syntax --platform=node --outfile=build/frame-loop.cjs
 *     node build/frame-loop.cjs [FLOWS] [FIGURE,…|all|others]
 *
 * `others` are all but health. As in streams, segments go on, and half of the flows only acknowledge.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureMeter } from '../src/flow/capture-meter.js';
import { CaptureWindows } from '../src/flow/capture-windows.js';
import { FlowTable } from '../src/flow/table/flow-table.js';
import { type FigureName, figureNames } from '../src/flow/tally.js';
import { Turns } from '../src/flow/turns.js';
import { hashSeed } from '../src/packet/hash.js';
import { decodeEthernet } from '../src/packet/link/ethernet.js';
import { PROTOCOL_TCP } from '../src/packet/numbers.js';
import { inlineFrameLoop } from '../src/source/inlining.js';
import { PackedFrames, packedBytes } from '../src/source/packed-frames.js';
import { writeTraffic } from './traffic.js';

/** With many flows a round is longer, and there are fewer. */
const roundsOf = (flows: number): number => Math.max(8, Math.min(400, Math.round(2e6 / flows)));
const bufferBytes = 1 << 17;
/** Of a frame of IPv4 without options: see native/src/near-bytes.h. */
const usualNearBytes = 48;
const usualHealthBytes = 50;
/** Behind Ethernet: IPv4's length and protocol, the lower byte of TCP's source port, and the length of a segment without payload. */
const lengthOffset = 16;
const protocolOffset = 23;
const sourcePortOffset = 35;
const leastSegmentBytes = 40;

/** The traffic's frames as the addon packs them, in buffers of which each is full. */
function packedBuffers(flows: number, nearBytes: number): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), 'frame-loop-'));
  const path = join(folder, 'traffic.pcap');
  writeTraffic(path, { mix: 'small', flows, packets: 6 * flows });
  const file = readFileSync(path);
  rmSync(folder, { recursive: true });
  const buffers: Buffer[] = [];
  let at = bufferBytes;
  for (let record = 24; record < file.length; record += 16 + file.readUInt32LE(record + 8)) {
    if (at + packedBytes(nearBytes) > bufferBytes) {
      buffers.push(Buffer.alloc(bufferBytes));
      at = 0;
    }
    const buffer = buffers.at(-1)!;
    buffer.writeDoubleLE(1e15, at);
    buffer.writeUInt32LE(nearBytes, at + 8);
    buffer.writeUInt32LE(file.readUInt32LE(record + 12), at + 12);
    file.copy(buffer, at + 16, record + 16, record + 16 + nearBytes);
    if (buffer[at + 16 + protocolOffset] === PROTOCOL_TCP && buffer[at + 16 + sourcePortOffset]! % 2 === 0)
      buffer.writeUInt16BE(leastSegmentBytes, at + 16 + lengthOffset);
    at += packedBytes(nearBytes);
  }
  buffers.pop(); // Not full.
  return buffers;
}

function measure(flows: number, figures: ReadonlySet<FigureName>): readonly number[] {
  inlineFrameLoop();
  const windows = new CaptureWindows({
    emptyTable: () => new FlowTable(2 * flows, hashSeed([1, 0x9e3779b1, 0x85ebca6b, 0xc2b2ae35]), figures),
    windowClosed: () => undefined,
  });
  const interfaces = figures.size === 0 ? undefined : { numberOf: () => 0 };
  const turns = new Turns([false]);
  const meter = new CaptureMeter({ intervalUs: 0, windows, turns, position: 0, interfaces });
  meter.from({ linkType: 1, interfaceName: 'any' });
  meter.advance(1e15);
  const buffers = packedBuffers(flows, figures.has('health') ? usualHealthBytes : usualNearBytes);
  const bytes = Buffer.alloc(bufferBytes);
  const frames = new PackedFrames(bytes.buffer as ArrayBuffer);
  return Array.from({ length: roundsOf(flows) }, () => {
    const framesBefore = frames.delivered;
    let ms = 0;
    for (const buffer of buffers) {
      buffer.copy(bytes);
      const startMs = performance.now();
      frames.deliver(0, bufferBytes, decodeEthernet, meter);
      ms += performance.now() - startMs;
    }
    return (1e6 * ms) / (frames.delivered - framesBefore);
  });
}

const [flows = '5000', figures = ''] = process.argv.slice(2);
const asked = figureNames.filter((name) =>
  figures === 'others' ? name !== 'health' : figures === 'all' || figures.split(',').includes(name),
);
const ns = measure(Number(flows), new Set(asked))
  // The first ones are run by code that is not compiled yet.
  .slice(roundsOf(Number(flows)) / 4)
  .toSorted((one, other) => one - other);
process.stdout.write(`${ns[0]!.toFixed(1)} ns a frame, median ${ns[ns.length >> 1]!.toFixed(1)}\n`);
