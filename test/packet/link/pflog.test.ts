import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { type PflogOptions, pflog } from '../../support/envelope-layers.js';
import { frame } from '../../support/frames.js';

const linkType = 117;
const outcome = (options: PflogOptions) =>
  decoded(linkType, frame().with(pflog(options)).ipv6().udp().payload(5).bytes());

test('the header’s length is padded to four bytes', () => {
  decodesBoth(linkType, frame().with(pflog({ headerBytes: 45 })), 48);
  decodesBoth(linkType, frame().with(pflog({ headerBytes: 61 })), 64);
  decodesBoth(linkType, frame().with(pflog({ headerBytes: 100 })), 100);
});

test('IPv6 has the number of three systems', () => {
  for (const family of [24, 28, 30])
    assert.equal(outcome({ family }), '2001:db8::1.40000 > 2001:db8::2.443 UDP 5');
  for (const family of [0, 1, 10, 255]) assert.equal(outcome({ family }), 'not-ip');
});

test('a length below the least header’s is wrong, one beyond the frame cuts it', () => {
  for (const headerBytes of [0, 1, 44]) assert.equal(outcome({ headerBytes }), 'link-header-length-wrong');
  assert.equal(
    decoded(
      linkType,
      frame()
        .with(pflog({ headerBytes: 255 }))
        .bytes()
        .subarray(0, 250),
    ),
    'link-header-cut',
  );
});
