import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodedByCut, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const linkType = 1;
const tcp = '10.0.0.1.40000 > 10.0.0.2.443 TCP 10 flags 16';
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';

/** What stands behind an Ethernet header with this length field. */
const llc = (length: number, header: string) =>
  frame().ethernet({ type: length }).payload(hexadecimal(header));

test('IP behind SNAP is decoded, for organisations whose numbers are EtherTypes', () => {
  decodesBoth(linkType, frame().ethernetSnap(), 22);
  for (const organisation of ['000000', '0000f8']) {
    const snap = llc(58, `aaaa03 ${organisation} 0800`).ipv4().tcp().payload(10);
    assert.equal(decoded(linkType, snap.bytes()), tcp);
  }
  for (const organisation of ['00000c', '0000f7', '0000f9', '00f800', 'f80000'])
    assert.equal(decoded(linkType, llc(58, `aaaa03 ${organisation} 0800`).ipv4().tcp().bytes()), 'not-ip');
  assert.equal(decoded(linkType, llc(36, 'aaaa03 0000f8 0806').padded()), 'not-ip');
});

test('IPv4 stands behind SAP 06 in unnumbered information', () => {
  assert.deepEqual(decodedByCut(linkType, llc(36, '060603').ipv4().udp().payload(5).bytes()), [
    '0 link-header-cut',
    '17 ip-header-cut',
    '37 transport-header-cut',
    `43 ${udp}`,
  ]);
  for (const header of ['060613', '0606af', '060803', '070603', '424203', 'aaaa0b0000000800'])
    assert.equal(decoded(linkType, llc(60, header).ipv4().udp().payload(5).bytes()), 'not-ip');
});

test('the length ends the packet: what a trailer holds is none of it', () => {
  const packet = (length: number) =>
    decoded(linkType, llc(length, 'aaaa030000000800').ipv4().udp().payload(5).padded(100));
  assert.deepEqual(
    [2, 3, 7, 8, 27, 28, 33, 34, 41, 1_500].map((length) => `${length} ${packet(length)}`),
    [
      '2 not-ip',
      '3 not-ip',
      '7 not-ip',
      '8 ip-header-cut',
      '27 ip-header-cut',
      '28 transport-header-cut',
      '33 transport-header-cut',
      // As in a frame that was cut, the IP header states the packet’s length.
      `34 ${udp}`,
      `41 ${udp}`,
      `1500 ${udp}`,
    ],
  );
});

test('a packet without a length of its own goes to where the LLC frame ends', () => {
  const offloaded = llc(48, 'aaaa030000000800').ipv4({ totalBytes: 0 }).tcp().payload(20).padded(100);
  assert.equal(decoded(linkType, offloaded), '10.0.0.1.40000 > 10.0.0.2.443 TCP 0 flags 16');
});

test('an LLC frame too short for its header is not IP, one that was captured too short is cut', () => {
  assert.equal(decoded(linkType, llc(3, 'e0e003').bytes()), 'not-ip');
  assert.equal(decoded(linkType, llc(30, 'aaaa03').bytes(), 60), 'link-header-cut');
  assert.equal(decoded(linkType, llc(30, 'aaaa').bytes(), 60), 'link-header-cut');
});

test('a number below EtherTypes in SNAP is not IP, and no length either', () => {
  assert.equal(decoded(linkType, llc(1_500, 'aaaa03 000000 0010').payload(60).bytes()), 'not-ip');
});

test('LLC has an EtherType of its own for frames of any length', () => {
  const jumbo = frame().ethernet({ type: 0x8870 }).payload(hexadecimal('aaaa030000000800'));
  assert.equal(decoded(linkType, jumbo.ipv4().udp().payload(5).bytes()), udp);
});
