import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { switchTagged } from '../../support/tag-layers.js';

const broadcom = 281;
const broadcomPrepended = 282;
const marvell = 284;
const marvellEtherType = 285;

const short = [0xc0, 0x08, 0x00, 0x05];
const long = [0xda, 0xda, 0, 0, ...short];

test('the tags of Broadcom’s and Marvell’s switch chips are skipped', () => {
  for (const linkType of [broadcom, marvell]) {
    decodesBoth(linkType, frame().with(switchTagged(...short)), 18);
    decodesBoth(
      linkType,
      frame()
        .with(switchTagged(...short))
        .vlan(5),
      22,
    );
  }
  decodesBoth(marvellEtherType, frame().with(switchTagged(...long)), 22);
  decodesBoth(broadcomPrepended, frame().payload(Uint8Array.from(short)).ethernet(), 18);
});

test('what is tagged need not be IP', () => {
  const arp = frame()
    .with(switchTagged(...short, 0x08, 0x06))
    .payload(28)
    .bytes();
  assert.equal(decoded(marvell, arp), 'not-ip');
});
