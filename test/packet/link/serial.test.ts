import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { pppd } from '../../support/envelope-layers.js';
import { frame } from '../../support/frames.js';

const pppHdlc = 50;
const ciscoHdlc = 104;
const pppPppd = 166;

test('Cisco HDLC, under its own link type and under PPP’s', () => {
  decodesBoth(ciscoHdlc, frame().ciscoHdlc(), 4);
  decodesBoth(pppHdlc, frame().ciscoHdlc(), 4);
  decodesBoth(pppHdlc, frame().ppp({ addressAndControl: true }), 4);
  const keepAlive = hexadecimal('8f 00 8035 00000002 00000001 00000000 ffff 00000000');
  assert.equal(decoded(ciscoHdlc, keepAlive), 'not-ip');
});

test('PPP as pppd writes it has a direction in the place of its address', () => {
  for (const direction of [0, 1] as const) {
    decodesBoth(pppPppd, frame().with(pppd(direction)).ppp(), 4);
    const control = frame().with(pppd(direction)).ppp({ protocol: 0xc021 }).payload(8).bytes();
    assert.equal(decoded(pppPppd, control), 'not-ip');
  }
});
