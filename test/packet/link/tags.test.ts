import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { backboneService, bridged, ciscoMetadata, eTag, vnTag } from '../../support/tag-layers.js';

const linkType = 1;
const ethernet = frame().ethernet();
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';

test('tags of switches, fabrics and backbones are skipped, alone and with a VLAN tag behind them', () => {
  for (const [tag, tagBytes] of [
    [eTag(), 8],
    [vnTag(), 6],
    [ciscoMetadata(), 8],
  ] as const) {
    decodesBoth(linkType, ethernet.with(tag), 14 + tagBytes);
    decodesBoth(linkType, ethernet.with(tag).vlan(5), 14 + tagBytes + 4);
    decodesBoth(linkType, ethernet.vlan(5, 0x88a8).with(tag), 14 + 4 + tagBytes);
  }
});

test('an Ethernet frame in an Ethernet frame is decoded: 802.1ah with its service tag, and bridged as it is', () => {
  decodesBoth(linkType, ethernet.with(backboneService(77)).ethernet(), 14 + 18);
  decodesBoth(
    linkType,
    ethernet.vlan(9, 0x88a8).with(backboneService(77)).ethernet().vlan(5),
    14 + 4 + 18 + 4,
  );
  decodesBoth(linkType, ethernet.with(bridged()).ethernet(), 14 + 14);
  assert.equal(
    decoded(linkType, ethernet.with(backboneService(77)).ethernet({ type: 0x0806 }).payload(28).bytes()),
    'not-ip',
  );
});

test('layers of every kind count together: sixteen are decoded, seventeen are too many', () => {
  const layered = (count: number) => {
    let builder = ethernet;
    for (let layer = 0; layer < count; layer++)
      builder = layer % 2 === 0 ? builder.with(eTag()) : builder.with(bridged()).ethernet();
    return builder.ipv4().udp().payload(5).bytes();
  };
  assert.equal(decoded(linkType, layered(16)), udp);
  assert.equal(decoded(linkType, layered(17)), 'link-nesting-too-deep');
  assert.equal(decoded(linkType, layered(5_000)), 'link-nesting-too-deep');
});
