import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const ppp = 9;
const pppEther = 51;
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';

test('PPP is decoded in its four forms', () => {
  for (const addressAndControl of [false, true]) {
    for (const compressedProtocol of [false, true]) {
      const whole = frame().ppp({ addressAndControl, compressedProtocol }).ipv4().udp().payload(5).bytes();
      const headerBytes = (addressAndControl ? 2 : 0) + (compressedProtocol ? 1 : 2);
      assert.equal(decoded(ppp, whole), udp);
      assert.deepEqual(decodedByCut(ppp, whole), [
        '0 link-header-cut',
        // The shortest form has one byte of PPP; two are looked at to tell it from the others.
        `${Math.max(headerBytes, addressAndControl ? 4 : 2)} ip-header-cut`,
        `${headerBytes + 20} transport-header-cut`,
        `${headerBytes + 26} ${udp}`,
      ]);
    }
  }
});

test('IPv6 and MPLS in PPP', () => {
  assert.equal(decoded(ppp, frame().ppp().ipv6().udp().bytes()), '2001:db8::1.40000 > 2001:db8::2.443 UDP 0');
  assert.equal(decoded(ppp, frame().ppp().mpls(16).ipv4().udp().payload(5).bytes()), udp);
  assert.equal(decoded(ppp, frame().ppp({ protocol: 0x0283 }).mpls(16).ipv4().udp().payload(5).bytes()), udp);
});

test('control protocols are not IP', () => {
  for (const protocol of [0xc021, 0x8021, 0x8057, 0x00fd]) {
    assert.equal(decoded(ppp, frame().ppp({ protocol }).payload(30).bytes()), 'not-ip');
  }
});

test('PPPoE session data is decoded, alone and in Ethernet', () => {
  const session = frame().pppoe().ppp().ipv4().udp().payload(5);
  assert.deepEqual(decodedByCut(pppEther, session.bytes()), [
    '0 link-header-cut',
    '8 ip-header-cut',
    '28 transport-header-cut',
    `34 ${udp}`,
  ]);
  assert.equal(decoded(1, frame().ethernet().vlan(7).pppoe().ppp().ipv4().udp().payload(5).padded()), udp);
});

test('a PPPoE packet that is not session data is not IP', () => {
  assert.equal(decoded(pppEther, frame().pppoe({ code: 0xa7 }).ppp().ipv4().udp().bytes()), 'not-ip');
  assert.equal(decoded(pppEther, frame().pppoe({ code: 0xa7 }).bytes()), 'not-ip');
});

test('the PPPoE length ends the packet: what a trailer holds is none of it', () => {
  const packet = (payloadBytes: number) =>
    decoded(pppEther, frame().pppoe({ payloadBytes }).ppp().ipv4().udp().payload(5).padded(100));
  assert.deepEqual(
    [0, 1, 2, 21, 22, 27, 28, 35, 0xffff].map((length) => `${length} ${packet(length)}`),
    [
      '0 link-header-cut',
      '1 link-header-cut',
      '2 ip-header-cut',
      '21 ip-header-cut',
      '22 transport-header-cut',
      '27 transport-header-cut',
      // As in a frame that was cut, the IP header states the packet’s length.
      `28 ${udp}`,
      `35 ${udp}`,
      `65535 ${udp}`,
    ],
  );
});
