import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const none = 0;
const raw = 101;
const loop = 108;
const ipv4 = 228;
const ipv6 = 229;

const udp4 = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';
const udp6 = '2001:db8::1.40000 > 2001:db8::2.443 UDP 5';

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

test('IP without a link header, of either version, whatever the link type’s name', () => {
  for (const linkType of [raw, ipv4, ipv6]) decodesBoth(linkType, frame(), 0);
  for (const version of [0, 1, 5, 7, 15]) {
    assert.equal(decoded(raw, frame().ipv4({ version }).udp().bytes()), 'ip-version-wrong');
  }
});
