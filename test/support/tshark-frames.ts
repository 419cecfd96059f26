/** Wireshark's reading of the frames of the fixtures: one that shares no code with ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures } from '../../fixtures/make.js';
import { type PcapngBlock, pcapngFile } from './captures.js';
import { readClassicPcap } from './classic-pcap.js';

export interface FixtureFrame {
  /** "udp-dns.pcap, frame 1". */
  readonly name: string;
  readonly linkType: number;
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
}

/** All of the fixtures that are not hostile. */
export const fixtureFrames: readonly FixtureFrame[] = fixtures
  .filter(({ name }) => name.endsWith('.pcap') && !/hostile|nothing|pcap-/.test(name))
  .flatMap((fixture) => {
    const { linkType, frames } = readClassicPcap(fixture.bytes());
    return frames.map((frame, index) => ({
      ...frame,
      linkType,
      name: `${fixture.name}, frame ${index + 1}`,
    }));
  });

/**
 * What tshark says of `fields` in each frame, of each field the first in it: that of the outermost header. `words` are more of
 * its options. The frames become one capture of all link types, so that tshark starts once.
 */
export function dissect<Field extends string>(
  frames: readonly FixtureFrame[],
  fields: readonly Field[],
  words: readonly string[] = [],
): Readonly<Record<Field, string>>[] {
  const linkTypes = [...new Set(frames.map(({ linkType }) => linkType))];
  const capture = pcapngFile([
    { kind: 'section' },
    ...linkTypes.map((linkType): PcapngBlock => ({ kind: 'interface', linkType })),
    ...frames.map(
      (frame): PcapngBlock => ({ kind: 'enhanced', interface: linkTypes.indexOf(frame.linkType), frame }),
    ),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'pcap-agg-tshark-'));
  const file = join(folder, 'all.pcapng');
  writeFileSync(file, capture);
  const run = spawnSync(
    'tshark',
    [
      ...['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f'],
      ...['-o', 'ip.defragment:false', '-o', 'ipv6.defragment:false'],
      ...words,
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  assert.equal(run.status, 0, run.stderr);
  // A line's fields may all be empty.
  const lines = run.stdout.split('\n').slice(0, -1);
  assert.equal(lines.length, frames.length);
  return lines.map(
    (line) =>
      Object.fromEntries(line.split('\t').map((value, column) => [fields[column], value])) as Readonly<
        Record<Field, string>
      >,
  );
}
