import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mixes, type Traffic, writeTraffic } from '../../bench/traffic.js';
import { linkDecoder } from '../../src/packet/decode.js';
import { PACKET, Packet } from '../../src/packet/packet.js';

const directory = mkdtempSync(join(tmpdir(), 'pcap-agg-traffic-'));
after(() => rmSync(directory, { recursive: true }));

const FLOWS = 500;
const PACKETS_PER_FLOW = 4;
const traffic = { flows: FLOWS, packets: FLOWS * PACKETS_PER_FLOW };

function written(one: Traffic): Buffer {
  const path = join(directory, 'traffic.pcap');
  writeTraffic(path, one);
  return readFileSync(path);
}

/** Packets of each flow, and the mean frame; every frame has to decode. */
function metered(file: Buffer): { counts: number[]; meanBytes: number } {
  const decode = linkDecoder(file.readUInt32LE(20))!;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const packet = new Packet();
  const flows = new Map<string, number>();
  let frames = 0;
  for (let at = 24; at < file.length; frames++) {
    const bytes = file.readUInt32LE(at + 8);
    assert.equal(file.readUInt32LE(at + 12), bytes);
    const end = at + 16 + bytes;
    assert.equal(decode(view, at + 16, end, end, packet), PACKET);
    const source = packet.family === 4 ? packet.source0 : packet.source3;
    const target = packet.family === 4 ? packet.target0 : packet.target3;
    const key = [packet.family, source, target, packet.ports, packet.protocol].join(' ');
    flows.set(key, (flows.get(key) ?? 0) + 1);
    at = end;
  }
  return { counts: [...flows.values()], meanBytes: (file.length - 24) / frames - 16 };
}

for (const mix of mixes) {
  test(`benchmark traffic, ${mix}: every flow has the same number of packets, all of which decode`, () => {
    const { counts, meanBytes } = metered(written({ mix, ...traffic }));
    assert.deepEqual(counts, new Array(FLOWS).fill(PACKETS_PER_FLOW));
    const [least, most] = mix === 'average' ? [630, 670] : [64, 120];
    assert.ok(meanBytes >= least && meanBytes <= most, `${meanBytes} bytes a frame`);
  });

  test(`benchmark traffic, ${mix}: the same bytes on every run`, () => {
    assert.ok(written({ mix, ...traffic }).equals(written({ mix, ...traffic })));
  });
}

test('benchmark traffic: the stated rate is the rate of its timestamps', () => {
  const file = written({ mix: 'average', flows: 1, packets: 3, packetsPerSecond: 2 });
  const times: number[] = [];
  for (let at = 24; at < file.length; at += 16 + file.readUInt32LE(at + 8)) {
    times.push(file.readUInt32LE(at) + file.readUInt32LE(at + 4) / 1e6);
  }
  assert.deepEqual(times, [1_767_225_600, 1_767_225_600.5, 1_767_225_601]);
});
