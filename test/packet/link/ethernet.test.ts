import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const linkType = 1;
const ethernet = frame().ethernet();
const tcp = '10.0.0.1.40000 > 10.0.0.2.443 TCP 10 flags 16';

test('a frame is cut in each of its headers, and decodes from the byte with TCP’s flags on', () => {
  assert.deepEqual(decodedByCut(linkType, ethernet.ipv4().tcp().payload(10).bytes()), [
    '0 link-header-cut',
    '14 ip-header-cut',
    '34 transport-header-cut',
    `48 ${tcp}`,
  ]);
});

test('padding is not payload', () => {
  const shortest = ethernet.ipv4().udp().payload(1);
  assert.equal(shortest.padded().length, 60);
  assert.equal(decoded(linkType, shortest.padded()), '10.0.0.1.40000 > 10.0.0.2.443 UDP 1');
});

test('every kind of VLAN tag is skipped, also stacked, and one that is cut is a cut link header', () => {
  for (const tagType of [0x8100, 0x88a8, 0x9100, 0x9200]) {
    const tagged = ethernet.vlan(5, tagType).vlan(4_094).ipv4().tcp().payload(10).bytes();
    assert.deepEqual(decodedByCut(linkType, tagged), [
      '0 link-header-cut',
      '22 ip-header-cut',
      '42 transport-header-cut',
      `56 ${tcp}`,
    ]);
  }
});

test('sixteen tags are decoded, seventeen are too many', () => {
  const tagged = (count: number) => {
    let builder = ethernet;
    for (let id = 1; id <= count; id++) builder = builder.vlan(id);
    return builder.ipv4().tcp().payload(10).bytes();
  };
  assert.equal(decoded(linkType, tagged(16)), tcp);
  assert.equal(decoded(linkType, tagged(17)), 'link-nesting-too-deep');
  assert.equal(decoded(linkType, tagged(10_000)), 'link-nesting-too-deep');
});

test('other EtherTypes are not IP, however short', () => {
  for (const type of [0x0806, 0x88cc, 0x88f7, 0x8863, 0xffff, 1_501]) {
    assert.equal(decoded(linkType, frame().ethernet({ type }).bytes()), 'not-ip');
  }
});

test('the EtherType decides, not the version', () => {
  assert.equal(
    decoded(linkType, frame().ethernet({ type: 0x0800 }).ipv6().tcp().bytes()),
    'ip-version-wrong',
  );
  assert.equal(
    decoded(linkType, frame().ethernet({ type: 0x86dd }).ipv4().tcp().payload(20).bytes()),
    'ip-version-wrong',
  );
});
