import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut } from '../support/decoding.js';
import { frame } from '../support/frames.js';

const linkType = 228;
const ends = '10.0.0.1.40000 > 10.0.0.2.443';

test('TCP: options are header, flags are kept, fourteen bytes are enough', () => {
  const options = new Uint8Array(40).fill(1);
  assert.deepEqual(decodedByCut(linkType, frame().ipv4().tcp({ options, flags: 0xff }).payload(5).bytes()), [
    '0 ip-header-cut',
    '20 transport-header-cut',
    `34 ${ends} TCP 5 flags 255`,
  ]);
});

test('TCP: data offsets that cannot be', () => {
  for (const headerWords of [0, 4, 11]) {
    const packet = frame().ipv4().tcp({ headerWords }).payload(23);
    assert.equal(decoded(linkType, packet.bytes()), 'transport-length-wrong');
  }
  assert.equal(
    decoded(linkType, frame().ipv4().tcp({ headerWords: 10 }).payload(20).bytes()),
    `${ends} TCP 0 flags 16`,
  );
  assert.equal(decoded(linkType, frame().ipv4({ totalBytes: 39 }).tcp().bytes()), 'transport-length-wrong');
});

test('UDP: the lesser of its length and IP’s', () => {
  const datagram = (length: number) => frame().ipv4().udp({ length }).payload(20).bytes();
  assert.deepEqual(decodedByCut(linkType, datagram(28)), [
    '0 ip-header-cut',
    '20 transport-header-cut',
    `26 ${ends} UDP 20`,
  ]);
  assert.equal(decoded(linkType, datagram(18)), `${ends} UDP 10`);
  assert.equal(decoded(linkType, datagram(8)), `${ends} UDP 0`);
  assert.equal(decoded(linkType, datagram(29)), `${ends} UDP 20`);
  assert.equal(decoded(linkType, datagram(65_535)), `${ends} UDP 20`);
});

test('UDP: a length of 0 is that of a datagram which the field cannot hold', () => {
  const jumbogram = (ipPayloadBytes: number) =>
    frame()
      .ipv6({ payloadBytes: 0 })
      .jumboPayload(8 + ipPayloadBytes)
      .udp({ length: 0 })
      .bytes();
  assert.equal(decoded(229, jumbogram(65_536)), '2001:db8::1.40000 > 2001:db8::2.443 UDP 65528');
  assert.equal(decoded(229, jumbogram(65_535)), 'transport-length-wrong');
});

test('UDP: lengths that cannot be', () => {
  for (const length of [0, 1, 7]) {
    assert.equal(
      decoded(linkType, frame().ipv4().udp({ length }).payload(20).bytes()),
      'transport-length-wrong',
    );
  }
  assert.equal(decoded(linkType, frame().ipv4({ totalBytes: 27 }).udp().bytes()), 'transport-length-wrong');
});

test('SCTP: twelve bytes of header, chunks are payload', () => {
  assert.deepEqual(decodedByCut(linkType, frame().ipv4().sctp().payload(20).bytes()), [
    '0 ip-header-cut',
    '20 transport-header-cut',
    `24 ${ends} SCTP 20`,
  ]);
  assert.equal(decoded(linkType, frame().ipv4().sctp().bytes()), `${ends} SCTP 0`);
  assert.equal(decoded(linkType, frame().ipv4({ totalBytes: 31 }).sctp().bytes()), 'transport-length-wrong');
});

test('UDP-Lite: its length field is a coverage', () => {
  for (const length of [0, 1, 8, 65_535]) {
    const packet = frame().ipv4().udpLite({ length }).payload(20).bytes();
    assert.deepEqual(decodedByCut(linkType, packet), [
      '0 ip-header-cut',
      '20 transport-header-cut',
      `24 ${ends} UDPLite 20`,
    ]);
  }
  assert.equal(
    decoded(linkType, frame().ipv4({ totalBytes: 27 }).udpLite().bytes()),
    'transport-length-wrong',
  );
});

test('DCCP: the data offset counts words', () => {
  assert.deepEqual(decodedByCut(linkType, frame().ipv4().dccp({ headerWords: 4 }).payload(20).bytes()), [
    '0 ip-header-cut',
    '20 transport-header-cut',
    `25 ${ends} DCCP 16`,
  ]);
  assert.equal(decoded(linkType, frame().ipv4().dccp().bytes()), `${ends} DCCP 0`);
  for (const headerWords of [0, 2, 9, 255]) {
    const packet = frame().ipv4().dccp({ headerWords }).payload(20);
    assert.equal(decoded(linkType, packet.bytes()), 'transport-length-wrong');
  }
  assert.equal(decoded(linkType, frame().ipv4({ totalBytes: 31 }).dccp().bytes()), 'transport-length-wrong');
});
