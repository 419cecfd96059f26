import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodedByCut, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { controlWord } from '../../support/tag-layers.js';

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

test('a pseudowire’s Ethernet is decoded, with and without a control word', () => {
  const labelled = ethernet.mpls(16, 17);
  decodesBoth(linkType, labelled.ethernet(), 22 + 14, 22 + 19);
  decodesBoth(linkType, labelled.with(controlWord(7)).ethernet(), 22 + 18, 22 + 19);
  decodesBoth(linkType, labelled.with(controlWord()).ethernet().vlan(5), 22 + 22);
  decodesBoth(linkType, labelled.ethernet({ target: '00:00:00:00:00:02' }), 22 + 14, 22 + 19);
});

test('what can be read as a pseudowire’s Ethernet in two ways or none is not IP', () => {
  const labelled = ethernet.mpls(16);
  for (const bytes of [
    // A control word and a source of 02:00:08:00:45:00; or no control word, and an IPv4 packet of 2,048 bytes.
    '00000000 020000000002 020008004500 0800',
    // A control word needs two zeros.
    '00010000 020000000002 020000000001 0800',
    // An associated channel, RFC 4385.
    '10000021',
    // The EtherType of IPv4, and behind it what is none.
    '020000000002 020000000001 0800 60',
  ]) {
    assert.equal(
      decoded(linkType, labelled.payload(hexadecimal(bytes)).ipv4().udp().bytes()),
      'not-ip',
      bytes,
    );
  }
  assert.equal(decoded(linkType, labelled.ethernet({ type: 0x0806 }).payload(28).bytes()), 'not-ip');
  assert.equal(decoded(linkType, labelled.with(controlWord()).ethernet().bytes()), 'not-ip');
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
