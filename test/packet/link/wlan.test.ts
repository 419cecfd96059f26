import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { snap, subframe, type WlanOptions, wlan } from '../../support/wireless-layers.js';

const linkType = 105;
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';
const data = (options: WlanOptions = {}) => frame().with(wlan(options)).with(snap());
const outcome = (options: WlanOptions) => decoded(linkType, data(options).ipv4().udp().payload(5).bytes());

test('data frames have headers of five lengths', () => {
  decodesBoth(linkType, data({ control: [0x08, 0x00] }), 24 + 8);
  decodesBoth(linkType, data({ control: [0x08, 0x01] }), 24 + 8);
  decodesBoth(linkType, data({ control: [0x08, 0x03] }), 30 + 8);
  decodesBoth(linkType, data({ control: [0x88, 0x02] }), 26 + 8);
  decodesBoth(linkType, data({ control: [0x88, 0x83] }), 36 + 8);
  // Without QoS, the order bit announces no field.
  decodesBoth(linkType, data({ control: [0x08, 0x81] }), 24 + 8);
});

test('frames that are no data, have none or are encrypted are not IP', () => {
  for (const kind of [0x00, 0x80, 0xd4, 0x0c, 0x09, 0x48, 0xc8])
    assert.equal(outcome({ control: [kind, 0x01] }), 'not-ip');
  for (const kind of [0x08, 0x88]) assert.equal(outcome({ control: [kind, 0x41] }), 'not-ip');
});

test('of a frame in fragments the first has the headers', () => {
  assert.equal(outcome({ control: [0x08, 0x05] }), udp);
  for (const fragment of [1, 15]) assert.equal(outcome({ fragment }), 'not-ip');
});

test('of a frame in subframes the first counts, as far as its length goes', () => {
  const aggregate = frame().with(wlan({ control: [0x88, 0x02], qos: 0x80 }));
  decodesBoth(linkType, aggregate.with(subframe()).with(snap()), 26 + 14 + 8);
  const short = (length: number) =>
    decoded(linkType, aggregate.with(subframe(length)).with(snap()).ipv4().udp().payload(5).bytes());
  assert.equal(short(2), 'not-ip');
  assert.equal(short(27), 'ip-header-cut');
  assert.equal(short(28), 'transport-header-cut');
  assert.equal(short(34), udp);
  // Longer than Ethernet's, so no EtherType.
  assert.equal(short(2_048), udp);
});
