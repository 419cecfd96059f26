import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
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

test('IP behind LLC and SNAP is decoded, other LLC is not IP', () => {
  const snap = frame().ethernetSnap().ipv4().tcp().payload(10).bytes();
  assert.deepEqual(decodedByCut(linkType, snap), [
    '0 link-header-cut',
    '22 ip-header-cut',
    '42 transport-header-cut',
    `56 ${tcp}`,
  ]);
  for (const organisation of ['000000', '0000f8']) {
    const header = frame()
      .ethernet({ type: 8 })
      .payload(hexadecimal(`aaaa03 ${organisation} 0800`));
    assert.equal(decoded(linkType, header.bytes()), 'ip-header-cut');
    assert.equal(decoded(linkType, header.ipv4().tcp().payload(10).bytes()), tcp);
  }
  const llc = (text: string) =>
    frame()
      .ethernet({ type: hexadecimal(text).length })
      .payload(hexadecimal(text))
      .padded();
  assert.equal(decoded(linkType, llc('424203 0000000000')), 'not-ip');
  for (const organisation of ['00000c', '0000f7', '0000f9', '00f800', 'f80000']) {
    assert.equal(decoded(linkType, llc(`aaaa03 ${organisation} 0800`)), 'not-ip');
  }
  assert.equal(decoded(linkType, llc('aaaa03 0000f8 0806')), 'not-ip');
});

test('an LLC frame too short for SNAP is not IP, one that was captured too short is cut', () => {
  const short = frame().ethernet({ type: 3 }).payload(hexadecimal('e0e003')).bytes();
  assert.equal(decoded(linkType, short), 'not-ip');
  assert.equal(decoded(linkType, short, 60), 'link-header-cut');
});

test('SNAP in SNAP in SNAP ends', () => {
  let builder = frame().ethernet({ type: 1_500 });
  for (let count = 0; count < 100; count++) builder = builder.payload(hexadecimal('aaaa03 000000 0010'));
  assert.equal(decoded(linkType, builder.bytes()), 'link-nesting-too-deep');
});

test('other EtherTypes are not IP, however short', () => {
  for (const type of [0x0806, 0x88cc, 0x88e5, 0x8863, 0xffff, 1_501]) {
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
