/** Community ids against Wireshark's, over every fixture that is not hostile. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { type LinkDecoder, PACKET } from '../../src/packet/packet.js';
import { innermost } from '../../src/packet/tunnel/innermost.js';
import { FlowRecord } from '../../src/record/record.js';
import { communityIdOf } from '../support/community-ids.js';
import { decodeTwice } from '../support/decode-twice.js';
import { dissect, type FixtureFrame, fixtureFrames } from '../support/tshark-frames.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

/**
 * Where Wireshark sees more, or goes by other rules: fragments and datagrams without ports it tells by their addresses, UDP-Lite
 * it takes for UDP, and a tunnel that we leave closed it opens. Inside of the others it finds the innermost packet, as `--tunnels inner` does.
 */
const differs =
  /^(ipv4-fragments|udp-length|udplite|dccp|tunnel-unopened|tunnel-nested|ipv6-without-ports|ipv4-tunnels)/;

test("community ids are Wireshark's", { skip: !isInstalled && 'tshark is not installed' }, () => {
  const frames = fixtureFrames.filter(({ name }) => !differs.test(name));
  const rows = dissect(frames, ['frame.protocols', 'communityid'], ['--enable-protocol', 'communityid']);
  const compared = new Map<number, number>();
  for (const [index, frame] of frames.entries()) {
    const decode = linkDecoder(frame.linkType);
    const { 'frame.protocols': layers, communityid: theirs } = rows[index]!;
    if (decode === undefined || theirs === '') continue;
    const isTunnel = frame.name.startsWith('tunnel-') && layers.split(':').filter(isIp).length > 1;
    const record = recordOf(frame, isTunnel ? innermost(decode) : decode);
    if (record === undefined) continue;
    assert.equal(communityIdOf(record), theirs, frame.name);
    const { protocol } = record.key;
    compared.set(protocol, (compared.get(protocol) ?? 0) + 1);
  }
  const sum = [...compared.values()].reduce((total, count) => total + count, 0);
  assert.ok(sum > 200, `only ${sum} of ${frames.length} frames could be compared`);
  for (const protocol of [1, 6, 17, 58, 132])
    assert.ok(compared.has(protocol), `no frame of protocol ${protocol}`);
});

const isIp = (layer: string) => layer === 'ip' || layer === 'ipv6';

/** One packet's; undefined for what is none. */
function recordOf({ bytes, wireBytes, linkType }: FixtureFrame, decode: LinkDecoder): FlowRecord | undefined {
  const { outcome, packet } = decodeTwice(decode, bytes, wireBytes, linkType);
  if (outcome !== PACKET) return undefined;
  const record = new FlowRecord();
  record.key.become(packet);
  record.forward.packets = 1;
  record.forward.icmpType = packet.icmpType;
  record.forward.icmpCode = packet.icmpCode;
  return record;
}
