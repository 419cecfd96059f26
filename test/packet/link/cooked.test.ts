import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexadecimal } from '../../support/bytes.js';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';

const sll = 113;
const sll2 = 276;

const udp4 = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';

test('Linux cooked capture', () => {
  decodesBoth(sll, frame().sll(), 16);
  decodesBoth(sll, frame().sll().vlan(5), 20);
  decodesBoth(sll, frame().sll({ hardwareType: 778 }), 16);
});

test('Linux cooked capture, version 2', () => {
  decodesBoth(sll2, frame().sll2(), 20);
  decodesBoth(sll2, frame().sll2().vlan(5), 24);
  decodesBoth(sll2, frame().sll2({ hardwareType: 512 }), 20);
});

test('a cooked protocol field means an EtherType neither for netlink, radiotap and frame relay nor below 1536', () => {
  const snap = hexadecimal('aaaa030000000800');
  for (const [linkType, cooked] of [
    [sll, frame().sll],
    [sll2, frame().sll2],
  ] as const) {
    for (const hardwareType of [770, 803, 824]) {
      assert.equal(decoded(linkType, cooked({ hardwareType }).ipv4().udp().bytes()), 'not-ip');
    }
    for (const protocol of [0, 1, 0x000c, 1_535]) {
      assert.equal(decoded(linkType, cooked({ protocol }).payload(snap).ipv4().udp().bytes()), 'not-ip');
    }
    assert.equal(
      decoded(linkType, cooked({ protocol: 4 }).payload(snap).ipv4().udp().payload(5).bytes()),
      udp4,
    );
  }
});
