/** The decoder against Wireshark's, over every fixture that is not hostile. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { protocolName } from '../../src/packet/numbers.js';
import { decoded } from '../support/decoding.js';
import { dissect, fixtureFrames } from '../support/tshark-frames.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

/** What tshark is asked for, each the first of its name in a frame: that of the outermost header. */
const fields = [
  ...['frame.protocols', 'ip.src', 'ip.dst', 'ip.proto', 'ip.len', 'ip.hdr_len', 'ip.frag_offset'],
  ...['ipv6.src', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'tcp.len', 'tcp.flags'],
  ...[
    'udp.srcport',
    'udp.dstport',
    'udp.length',
    'sctp.srcport',
    'sctp.dstport',
    'dccp.srcport',
    'dccp.dstport',
  ],
] as const;
type Row = Readonly<Record<(typeof fields)[number], string>>;

const frames = fixtureFrames.filter(({ linkType }) => linkDecoder(linkType));

test('what tshark says of a packet is what we say', {
  skip: !isInstalled && 'tshark is not installed',
}, () => {
  const rows = dissect(frames, fields);
  let compared = 0;
  for (const [index, { name, linkType, bytes, wireBytes }] of frames.entries()) {
    const ours = decoded(linkType, bytes, wireBytes);
    const theirs = statement(rows[index]!);
    if (!theirs || !ours.includes(' > ')) continue;
    compared++;
    // Where tshark states no length, ours is not compared.
    assert.equal(/\d$/.test(theirs) ? ours : ours.replace(/ \d+$/, ''), theirs, name);
  }
  assert.ok(compared > 120, `only ${compared} of ${frames.length} frames could be compared`);
});

/** A row in the words of `decoded`, without the length where tshark has none; undefined where there is nothing to compare. */
function statement(row: Row): string | undefined {
  const layers = row['frame.protocols'].split(':');
  const network = layers.findIndex((layer) => layer === 'ip' || layer === 'ipv6');
  if (network < 0) return undefined;
  const isIpv4 = layers[network] === 'ip';
  const [source, target] = isIpv4 ? [row['ip.src'], row['ip.dst']] : [row['ipv6.src'], row['ipv6.dst']];
  const ends = (ports: string) =>
    `${source}.${row[`${ports}.srcport` as keyof Row]} > ${target}.${row[`${ports}.dstport` as keyof Row]}`;

  const isExtension = (layer: string) => layer.startsWith('ipv6.') || (layer === 'ah' && !isIpv4);
  const transport = layers.slice(network + 1).find((layer) => !isExtension(layer));
  const isLaterFragment = isIpv4 && row['ip.frag_offset'] !== '0';
  const ipPayloadBytes =
    isIpv4 && row['ip.len'] !== '0' ? Number(row['ip.len']) - Number(row['ip.hdr_len']) : Infinity;
  switch (isLaterFragment ? undefined : transport) {
    case 'tcp':
      if (!row['tcp.len']) return undefined;
      return `${ends('tcp')} TCP ${row['tcp.len']} flags ${Number(row['tcp.flags']) & 0xff}`;
    case 'udp':
      // A fragment's UDP length is the whole datagram's, and a jumbogram has none.
      if (layers.includes('ipv6.fraghdr') || !Number(row['udp.length'])) return undefined;
      return `${ends('udp')} UDP ${Math.min(Number(row['udp.length']), ipPayloadBytes) - 8}`;
    case 'udplite':
      return `${ends('udp')} UDPLite`;
    case 'sctp':
      return row['sctp.srcport'] ? `${ends('sctp')} SCTP` : undefined;
    case 'dccp':
      return `${ends('dccp')} DCCP`;
    default:
      return isIpv4
        ? `${source} > ${target} ${protocolName(Number(row['ip.proto']))} ${ipPayloadBytes}`
        : undefined;
  }
}
