import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodedByCut } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const none = 0;
const pppHdlc = 50;
const raw = 101;
const ciscoHdlc = 104;
const loop = 108;
const sll = 113;
const ipv4 = 228;
const ipv6 = 229;
const sll2 = 276;

const udp4 = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';
const udp6 = '2001:db8::1.40000 > 2001:db8::2.443 UDP 5';

/** IPv4 and IPv6 behind `prefix`, whole and cut, where the link header has `headerBytes`. */
function decodesBoth(linkType: number, prefix: ReturnType<typeof frame>, headerBytes: number): void {
  assert.deepEqual(decodedByCut(linkType, prefix.ipv4().udp().payload(5).bytes()), [
    ...(headerBytes > 0 ? ['0 link-header-cut'] : []),
    `${headerBytes} ip-header-cut`,
    `${headerBytes + 20} transport-header-cut`,
    `${headerBytes + 26} ${udp4}`,
  ]);
  assert.deepEqual(decodedByCut(linkType, prefix.ipv6().udp().payload(5).bytes()), [
    ...(headerBytes > 0 ? ['0 link-header-cut'] : []),
    `${headerBytes} ip-header-cut`,
    `${headerBytes + 40} transport-header-cut`,
    `${headerBytes + 46} ${udp6}`,
  ]);
}

test('Linux cooked capture', () => {
  decodesBoth(sll, frame().sll(), 16);
  decodesBoth(sll, frame().sll().vlan(5), 20);
  decodesBoth(sll, frame().sll({ hardwareType: 778 }), 16);
});

test('Linux cooked capture, version 2', () => {
  decodesBoth(sll2, frame().sll2(), 20);
  decodesBoth(sll2, frame().sll2().vlan(5), 24);
  decodesBoth(sll2, frame().sll2({ hardwareType: 512 }), 20);
});

test('a cooked protocol field means an EtherType neither for netlink, radiotap and frame relay nor below 1536', () => {
  const snap = hexadecimal('aaaa030000000800');
  for (const [linkType, cooked] of [
    [sll, frame().sll],
    [sll2, frame().sll2],
  ] as const) {
    for (const hardwareType of [770, 803, 824]) {
      assert.equal(decoded(linkType, cooked({ hardwareType }).ipv4().udp().bytes()), 'not-ip');
    }
    for (const protocol of [0, 1, 0x000c, 1_535]) {
      assert.equal(decoded(linkType, cooked({ protocol }).payload(snap).ipv4().udp().bytes()), 'not-ip');
    }
    assert.equal(
      decoded(linkType, cooked({ protocol: 4 }).payload(snap).ipv4().udp().payload(5).bytes()),
      udp4,
    );
  }
});

test('loopback states its family in either byte order, and IPv6 by three numbers', () => {
  for (const linkType of [none, loop]) {
    for (const byteOrder of ['little', 'big'] as const) {
      const ip4 = frame().nullLoopback(2, byteOrder).ipv4().udp().payload(5).bytes();
      assert.deepEqual(decodedByCut(linkType, ip4), [
        '0 link-header-cut',
        '4 ip-header-cut',
        '24 transport-header-cut',
        `30 ${udp4}`,
      ]);
      for (const family of [24, 28, 30]) {
        const ip6 = frame().nullLoopback(family, byteOrder).ipv6().udp().payload(5).bytes();
        assert.equal(decoded(linkType, ip6), udp6);
      }
      for (const family of [0, 1, 7, 23, 0xffff]) {
        assert.equal(
          decoded(linkType, frame().nullLoopback(family, byteOrder).ipv4().udp().bytes()),
          'not-ip',
        );
      }
    }
  }
});

test('Cisco HDLC, under its own link type and under PPP’s', () => {
  decodesBoth(ciscoHdlc, frame().ciscoHdlc(), 4);
  decodesBoth(pppHdlc, frame().ciscoHdlc(), 4);
  decodesBoth(pppHdlc, frame().ppp({ addressAndControl: true }), 4);
  const keepAlive = hexadecimal('8f 00 8035 00000002 00000001 00000000 ffff 00000000');
  assert.equal(decoded(ciscoHdlc, keepAlive), 'not-ip');
});

test('IP without a link header: RAW takes both versions, IPV4 and IPV6 one', () => {
  decodesBoth(raw, frame(), 0);
  const [packet4, packet6] = [
    frame().ipv4().udp().payload(5).bytes(),
    frame().ipv6().udp().payload(5).bytes(),
  ];
  assert.equal(decoded(ipv4, packet4), udp4);
  assert.equal(decoded(ipv4, packet6), 'ip-version-wrong');
  assert.equal(decoded(ipv6, packet6), udp6);
  assert.equal(decoded(ipv6, packet4), 'ip-header-cut');
  for (const version of [0, 1, 5, 7, 15]) {
    assert.equal(decoded(raw, frame().ipv4({ version }).udp().bytes()), 'ip-version-wrong');
  }
});
