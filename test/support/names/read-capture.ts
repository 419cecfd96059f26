/** The names in a capture, by the program's own reader, decoders and observer. */
import { PACKET, Packet } from '../../../src/packet/packet.js';
import { openCapture } from '../../../src/source/capture-source.js';
import { countsText, FoundNames, unbalanced, watch } from '../found-names.js';
import { readSource } from '../frame-recorder.js';

export interface NamesRead {
  /** "3: 10.0.0.1.40000 > 10.0.0.2.443 asked for a.example", by the number of the frame. */
  readonly found: readonly string[];
  /** As `countsText` has them; throws where they do not add up. */
  readonly counts: string;
}

export async function readNames(path: string): Promise<NamesRead> {
  const { frames } = await readSource((edges) => openCapture(path, edges));
  const names = new FoundNames();
  const { observer } = watch({ findings: names, mostInitialsPerSecond: Number.POSITIVE_INFINITY });
  const packet = new Packet();
  const found = frames.flatMap(({ decode, bytes, wireBytes, timestampUs }, index) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const outcome = decode(view, 0, bytes.length, wireBytes, packet);
    if (outcome === PACKET && packet.payloadOffset >= 0 && packet.payloadOffset < bytes.length)
      observer.look(view, bytes.length, packet, timestampUs);
    return names.take().map((line) => `${index + 1}: ${line}`);
  });
  const lost = unbalanced(observer.counts);
  if (lost !== 0) throw new Error(`${path}: ${lost} frames are in no count, or in two`);
  return { found, counts: countsText(observer.counts) };
}
