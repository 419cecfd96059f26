/** The same three frames in both formats, for tests that are about something else. */
import { linkDecoder } from '../../src/packet/decode.js';
import * as captures from './captures.js';
import type { RecordedFrame } from './frame-recorder.js';
import { frame } from './frames.js';

export const smallFrame = frame().ethernet().ipv4().udp().payload(20).bytes();

export const smallPcap = captures.pcapFile({}, [smallFrame, smallFrame, smallFrame]);

export const smallPcapng = captures.pcapngFile([
  { kind: 'section' },
  { kind: 'interface' },
  { kind: 'enhanced', frame: smallFrame },
  { kind: 'enhanced', frame: smallFrame },
  { kind: 'enhanced', frame: smallFrame },
]);

/** What a source is to deliver of either. */
export const smallFrames: readonly RecordedFrame[] = [0, 1_000, 2_000].map((sinceFirstUs) => ({
  decode: linkDecoder(1)!,
  bytes: smallFrame,
  wireBytes: smallFrame.length,
  timestampUs: captures.firstTimestampUs + sinceFirstUs,
}));
