import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut } from '../support/decoding.js';
import { frame } from '../support/frames.js';

const linkType = 228;
const ends = '10.0.0.1 > 10.0.0.2';
const endsWithPorts = '10.0.0.1.40000 > 10.0.0.2.443';

test('addresses and ports keep their order, whatever their bytes', () => {
  const packet = frame()
    .ipv4({ source: '255.254.253.252', target: '1.128.0.255' })
    .udp({ sourcePort: 65_535, targetPort: 128 });
  assert.equal(decoded(linkType, packet.bytes()), '255.254.253.252.65535 > 1.128.0.255.128 UDP 0');
});

test('options are part of the header', () => {
  const options = new Uint8Array(40).fill(1);
  assert.deepEqual(decodedByCut(linkType, frame().ipv4({ options }).udp().payload(5).bytes()), [
    '0 ip-header-cut',
    '20 transport-header-cut',
    `66 ${endsWithPorts} UDP 5`,
  ]);
});

test('a protocol without ports needs the fixed header only, and its whole payload counts', () => {
  const options = new Uint8Array(8).fill(1);
  assert.deepEqual(decodedByCut(linkType, frame().ipv4({ options }).icmp().payload(56).bytes()), [
    '0 ip-header-cut',
    `20 ${ends} ICMP 64`,
  ]);
  // AH is a protocol of its own in IPv4: what it protects is not looked into.
  for (const [protocol, name] of [
    [2, 'IGMP'],
    [4, 'IPv4'],
    [41, 'IPv6'],
    [47, 'GRE'],
    [50, 'ESP'],
    [51, 'AH'],
    [89, 'OSPFIGP'],
    [61, '61'],
    [255, '255'],
  ] as const) {
    assert.equal(decoded(linkType, frame().ipv4({ protocol }).payload(24).bytes()), `${ends} ${name} 24`);
  }
});

test('a first fragment has ports and its own bytes, a later one only its own bytes', () => {
  const first = frame().ipv4({ moreFragments: true }).udp({ length: 3_000 }).payload(1_472);
  assert.equal(decoded(linkType, first.bytes()), `${endsWithPorts} UDP 1472`);
  for (const moreFragments of [true, false]) {
    for (const fragmentOffsetBytes of [8, 1_480, 65_528]) {
      const later = frame().ipv4({ moreFragments, fragmentOffsetBytes, protocol: 17 }).payload(1_480);
      assert.equal(decoded(linkType, later.bytes()), `${ends} UDP 1480`);
    }
  }
  const tiny = frame().ipv4({ fragmentOffsetBytes: 8, protocol: 6 });
  assert.equal(decoded(linkType, tiny.bytes()), `${ends} TCP 0`);
});

test('the don’t-fragment and reserved bits are no offset', () => {
  const packet = frame().ipv4().udp().bytes();
  for (const flags of [0x40, 0x80, 0xc0]) {
    packet[6] = flags;
    assert.equal(decoded(linkType, packet), `${endsWithPorts} UDP 0`);
  }
});

test('a total length of 0 means: to the end of the wire', () => {
  const whole = frame().ipv4({ totalBytes: 0 }).tcp().payload(70_000).bytes();
  assert.equal(decoded(linkType, whole.subarray(0, 60), whole.length), `${endsWithPorts} TCP 70000 flags 16`);
  assert.equal(decoded(linkType, frame().ipv4({ totalBytes: 0 }).icmp().bytes()), `${ends} ICMP 8`);
});

test('a wire length that lies makes no negative payload', () => {
  const whole = frame().ipv4({ totalBytes: 0 }).udp().bytes();
  assert.equal(decoded(linkType, whole, 0), 'ip-total-length-wrong');
  assert.equal(decoded(linkType, whole, 19), 'ip-total-length-wrong');
  assert.equal(decoded(linkType, whole, 27), 'transport-length-wrong');
});

test('a wire shorter than the total length does not change what the header says', () => {
  const packet = frame().ipv4({ totalBytes: 1_500, protocol: 47 }).payload(10);
  assert.equal(decoded(linkType, packet.bytes()), `${ends} GRE 1480`);
});

test('headers that contradict themselves', () => {
  assert.equal(decoded(linkType, frame().ipv4({ version: 5 }).udp().bytes()), 'ip-version-wrong');
  for (const headerWords of [0, 4]) {
    assert.equal(decoded(linkType, frame().ipv4({ headerWords }).udp().bytes()), 'ip-header-length-wrong');
  }
  for (const totalBytes of [1, 19]) {
    assert.equal(decoded(linkType, frame().ipv4({ totalBytes }).udp().bytes()), 'ip-total-length-wrong');
  }
  const optionsBeyondPacket = frame().ipv4({ headerWords: 15, totalBytes: 59 }).udp().payload(60);
  assert.equal(decoded(linkType, optionsBeyondPacket.bytes()), 'ip-total-length-wrong');
});
