import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { type RadiotapOptions, radiotap, snap, wlan } from '../../support/wireless-layers.js';

const linkType = 127;
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';
const measured = (options: RadiotapOptions) => frame().with(radiotap(options)).with(wlan()).with(snap());
const outcome = (options: RadiotapOptions) =>
  decoded(linkType, measured(options).ipv4().udp().payload(5).bytes());

test('the header’s own length is skipped', () => {
  decodesBoth(linkType, measured({}), 8 + 32);
  decodesBoth(linkType, measured({ flags: 0 }), 9 + 32);
  decodesBoth(linkType, measured({ flags: 0, time: true }), 17 + 32);
  decodesBoth(linkType, measured({ flags: 0, time: true, moreWords: 1 }), 25 + 32);
  decodesBoth(linkType, measured({ flags: 0, time: true, moreWords: 2 }), 25 + 32);
});

test('flags say that the header of the frame is padded', () => {
  const padded = frame()
    .with(radiotap({ flags: 0x20, time: true, moreWords: 1 }))
    .with(wlan({ control: [0x88, 0x01], paddedTo: 4 }))
    .with(snap());
  decodesBoth(linkType, padded, 25 + 28 + 8);
});

test('flags say that a check sequence ends the frame, which is none of the packet', () => {
  const offloaded = measured({ flags: 0x10 }).ipv4({ totalBytes: 0 }).tcp().payload(5).bytes();
  assert.equal(decoded(linkType, offloaded), '10.0.0.1.40000 > 10.0.0.2.443 TCP 5 flags 16');
});

test('a frame whose check sequence is wrong counts as such, whatever is in it', () => {
  for (const flags of [0x40, 0x50, 0x70]) assert.equal(outcome({ flags, time: true }), 'link-checksum-wrong');
});

test('lengths that lie are wrong, or cut the frame', () => {
  for (const headerBytes of [0, 7]) assert.equal(outcome({ headerBytes }), 'link-header-length-wrong');
  assert.equal(outcome({ flags: 0, headerBytes: 8 }), 'link-header-length-wrong');
  assert.equal(outcome({ flags: 0, time: true, headerBytes: 16 }), 'link-header-length-wrong');
  assert.equal(outcome({ moreWords: 3, headerBytes: 12 }), 'link-header-length-wrong');
  assert.equal(outcome({ headerBytes: 0xffff }), 'link-header-cut');
});

test('sixty-four words of fields are read, more are too many', () => {
  assert.equal(outcome({ moreWords: 63 }), udp);
  assert.equal(outcome({ moreWords: 64 }), 'link-header-length-wrong');
  assert.equal(outcome({ moreWords: 5_000 }), 'link-header-length-wrong');
});

test('another version is not IP', () => {
  const other = measured({}).ipv4().udp().bytes();
  other[0] = 1;
  assert.equal(decoded(linkType, other), 'not-ip');
});
