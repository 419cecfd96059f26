import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { type MacsecOptions, macsec } from '../../support/tag-layers.js';

const linkType = 1;
const ethernet = frame().ethernet();
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';
const secured = (options: MacsecOptions) => ethernet.with(macsec(options)).ipv4().udp().payload(5);

test('what is secured but not encrypted is decoded, with and without a channel identifier', () => {
  decodesBoth(linkType, ethernet.with(macsec()), 14 + 8);
  decodesBoth(linkType, ethernet.with(macsec({ channelIdentifier: true })), 14 + 16);
  decodesBoth(linkType, ethernet.vlan(9).with(macsec()).vlan(5), 14 + 4 + 8 + 4);
  // End station, broadcast and association number say nothing of the data.
  decodesBoth(linkType, ethernet.with(macsec({ bits: 0x53 })), 14 + 8);
});

test('encrypted or changed data is not IP, nor is another version', () => {
  for (const bits of [0x04, 0x08, 0x0c, 0x80])
    assert.equal(decoded(linkType, secured({ bits }).bytes()), 'not-ip');
});

test('the check value is none of the packet, whether the length is stated or not', () => {
  const offloaded = (shortLength: number, payloadBytes: number) =>
    decoded(
      linkType,
      ethernet.with(macsec({ shortLength })).ipv4({ totalBytes: 0 }).tcp().payload(payloadBytes).bytes(),
    );
  assert.equal(offloaded(0, 5), '10.0.0.1.40000 > 10.0.0.2.443 TCP 5 flags 16');
  assert.equal(offloaded(47, 10), '10.0.0.1.40000 > 10.0.0.2.443 TCP 5 flags 16');
});

test('padding behind the check value, and a length that lies', () => {
  assert.equal(decoded(linkType, secured({}).padded(90)), udp);
  assert.deepEqual(
    [1, 2, 21, 22, 27, 28, 63].map(
      (shortLength) => `${shortLength} ${decoded(linkType, secured({ shortLength }).bytes())}`,
    ),
    [
      '1 link-header-cut',
      '2 ip-header-cut',
      '21 ip-header-cut',
      '22 transport-header-cut',
      '27 transport-header-cut',
      `28 ${udp}`,
      `63 ${udp}`,
    ],
  );
});

test('a frame without room for the check value is cut', () => {
  const tag = secured({ shortLength: 0 }).bytes().subarray(0, 37);
  assert.deepEqual(decodedByCut(linkType, tag), ['0 link-header-cut']);
});
