import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodedByCut } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const linkType = 1;
const ethernet = frame().ethernet();

test('the label stack is walked to its bottom, and the IP version under it decides', () => {
  assert.deepEqual(decodedByCut(linkType, ethernet.mpls(16, 17).ipv4().udp().payload(5).bytes()), [
    '0 link-header-cut',
    '23 ip-header-cut',
    '42 transport-header-cut',
    '48 10.0.0.1.40000 > 10.0.0.2.443 UDP 5',
  ]);
  assert.equal(
    decoded(linkType, ethernet.mpls(2).ipv6().udp().payload(5).bytes()),
    '2001:db8::1.40000 > 2001:db8::2.443 UDP 5',
  );
});

test('only one bit marks the bottom', () => {
  const packet = ethernet.mpls(0xfffff, 16).ipv4().udp().payload(5).bytes();
  packet.set([0xff, 0xff, 0xfe, 0xff], 14);
  assert.equal(decoded(linkType, packet), '10.0.0.1.40000 > 10.0.0.2.443 UDP 5');
});

test('multicast MPLS has an EtherType of its own', () => {
  const multicast = frame().ethernet({ type: 0x8848 }).mpls(16).ipv4().udp().bytes();
  assert.equal(decoded(linkType, multicast), '10.0.0.1.40000 > 10.0.0.2.443 UDP 0');
});

test('what is neither IPv4 nor IPv6 under the labels is not IP', () => {
  const pseudowire = ethernet.mpls(16).payload(hexadecimal('00000000 ffffffffffff')).bytes();
  assert.equal(decoded(linkType, pseudowire), 'not-ip');
});

test('thirty-two labels are decoded, thirty-three are too many', () => {
  const labelled = (count: number) => {
    const labels = Array.from({ length: count }, (_, index) => 16 + index);
    return ethernet
      .mpls(...labels)
      .ipv4()
      .udp()
      .bytes();
  };
  assert.equal(decoded(linkType, labelled(32)), '10.0.0.1.40000 > 10.0.0.2.443 UDP 0');
  assert.equal(decoded(linkType, labelled(33)), 'link-nesting-too-deep');
  assert.equal(decoded(linkType, labelled(300)), 'link-nesting-too-deep');
});
