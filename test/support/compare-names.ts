/**
 * What `batch` captures of frames that may carry a name, and of all others. Beside it two captures take the same frames: one
 * whole, and one as it is where nobody looks for names.
 */
import assert from 'node:assert/strict';
import { batchEngine } from '../../src/source/live/batch.js';
import type { LiveOptions } from '../../src/source/live/live.js';
import { FrameRecorder, type RecordedFrame } from './frame-recorder.js';
import { type FrameBuilder, frame } from './frames.js';
import { runLive } from './live.js';
import { senderAddress } from './name-frames.js';
import { type IpPlace, mayCarryName } from './name-rule.js';
import { until } from './until.js';

/** Of frames that may carry a name. */
const nameBytes = 4_096;

const lastPacket = (link: FrameBuilder): Uint8Array =>
  link.ipv4().protocol(253).payload(new Uint8Array(50).fill(0xee)).bytes();
/** What is to be sent last, as an Ethernet frame and without a link header; filters have to let it through. */
export const lastFrame = lastPacket(frame().ethernet({ source: senderAddress }));
export const lastRawPacket = lastPacket(frame());

export interface Comparison {
  /** `interface`, `filter` and the like. */
  readonly options: Partial<LiveOptions> & { readonly interface: string };
  readonly place: IpPlace;
  /** Sends frames, the last of them `lastFrame` or `lastRawPacket`. */
  readonly send: () => void;
}

export interface Counts {
  readonly frames: number;
  readonly names: number;
}

/** Throws where a capture with names has other frames, or other bytes of them, than it should. */
export async function compareWithNames({ options, place, send }: Comparison): Promise<Counts> {
  const snapshotBytes = options.snapshotBytes ?? 128;
  const wishes: readonly Partial<LiveOptions>[] = [
    { tunnels: 'inner', snapshotBytes: 262_144 },
    {},
    { namesToo: true },
    { namesToo: true, tunnels: 'inner' },
  ];
  const [whole, without, headers, all] = await capture(options, wishes, send);
  const isName = whole!.map(({ bytes }) => mayCarryName(bytes, place));
  const nameTo = Math.max(nameBytes, snapshotBytes);
  const expected = (index: number, ordinary: Uint8Array) =>
    text(whole![index]!.wireBytes, isName[index] ? whole![index]!.bytes.subarray(0, nameTo) : ordinary);
  assert.deepEqual(
    headers!.map(({ wireBytes, bytes }) => text(wireBytes, bytes)),
    without!.map(({ bytes }, index) => expected(index, bytes)),
  );
  assert.deepEqual(
    all!.map(({ wireBytes, bytes }) => text(wireBytes, bytes)),
    whole!.map(({ bytes }, index) => expected(index, bytes.subarray(0, snapshotBytes))),
  );
  return { frames: whole!.length, names: isName.filter(Boolean).length };
}

const text = (wireBytes: number, bytes: Uint8Array): string =>
  `${wireBytes}, ${bytes.length}: ${Buffer.from(bytes).toString('hex')}`;

/** What each of several captures has of the same frames, in the same order. */
async function capture(
  options: Comparison['options'],
  wishes: readonly Partial<LiveOptions>[],
  send: () => void,
): Promise<RecordedFrame[][]> {
  const recorders = wishes.map(() => new FrameRecorder());
  const running = await Promise.all(
    wishes.map((wish, index) =>
      runLive(batchEngine, { bufferBytes: 32 << 20, ...options, ...wish }, recorders[index]!),
    ),
  );
  send();
  await until('the last frame is there', () =>
    recorders[0]!.frames.some(({ bytes }) => bytes.at(-1) === 0xee),
  );
  await Promise.all(running.map((one) => one.stop()));
  const counts = running.map(({ source }, index) => ({
    ...source.counts(),
    got: recorders[index]!.frames.length,
  }));
  for (const { got, offeredByKernel, droppedByKernel } of counts)
    assert.deepEqual([offeredByKernel, droppedByKernel], [got, 0]);
  return recorders.map(({ frames }) => frames.toSorted(byTimeAndBytes));
}

/** Two processors may hand two frames to two captures in two orders. */
function byTimeAndBytes(one: RecordedFrame, other: RecordedFrame): number {
  const [left, right] = [one.bytes.subarray(0, 44), other.bytes.subarray(0, 44)];
  return (
    one.timestampUs - other.timestampUs || Buffer.compare(left, right) || one.wireBytes - other.wireBytes
  );
}
