import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const pppHdlc = 50;
const ciscoHdlc = 104;

test('Cisco HDLC, under its own link type and under PPP’s', () => {
  decodesBoth(ciscoHdlc, frame().ciscoHdlc(), 4);
  decodesBoth(pppHdlc, frame().ciscoHdlc(), 4);
  decodesBoth(pppHdlc, frame().ppp({ addressAndControl: true }), 4);
  const keepAlive = hexadecimal('8f 00 8035 00000002 00000001 00000000 ffff 00000000');
  assert.equal(decoded(ciscoHdlc, keepAlive), 'not-ip');
});
