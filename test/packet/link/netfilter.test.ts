import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodedByCut, decodesBoth } from '../../support/decoding.js';
import { type NetlinkOptions, netlinkQueue, nflog } from '../../support/envelope-layers.js';
import { frame } from '../../support/frames.js';

const nflogType = 239;
const netlinkType = 253;
const udp = '10.0.0.1.40000 > 10.0.0.2.443 UDP 5';
/** Netfilter's header, two attributes of 8 and 16 bytes, and the payload's head. */
const messageBytes = 4 + 8 + 16 + 4;

test('the log’s packets, in either byte order', () => {
  for (const byteOrder of ['little', 'big'] as const)
    decodesBoth(nflogType, frame().with(nflog({ byteOrder })), messageBytes);
});

test('the queues’ packets, in either byte order', () => {
  for (const byteOrder of ['little', 'big'] as const)
    decodesBoth(netlinkType, frame().with(netlinkQueue({ byteOrder })), 32 + messageBytes);
});

test('other address families, netlink families and messages are not IP', () => {
  for (const family of [0, 3, 7, 24])
    assert.equal(decoded(nflogType, frame().with(nflog({ family })).ipv4().udp().bytes()), 'not-ip');
  const netlink = (options: NetlinkOptions) =>
    decoded(netlinkType, frame().with(netlinkQueue(options)).ipv4().udp().bytes());
  for (const netlinkFamily of [0, 4, 16]) assert.equal(netlink({ netlinkFamily }), 'not-ip');
  for (const type of [2, 3, 0x0301, 0x0400, 0x0003]) {
    assert.equal(netlink({ type }), 'not-ip');
    assert.equal(netlink({ type, byteOrder: 'big' }), 'not-ip');
  }
});

test('the payload’s attribute ends the packet', () => {
  const outcome = (payloadLength: number) =>
    decoded(nflogType, frame().with(nflog({ payloadLength })).ipv4().udp().payload(5).bytes());
  assert.deepEqual(
    [4, 23, 24, 29, 30, 0xffff].map((length) => `${length} ${outcome(length)}`),
    [
      '4 ip-header-cut',
      '23 ip-header-cut',
      '24 transport-header-cut',
      '29 transport-header-cut',
      `30 ${udp}`,
      `65535 ${udp}`,
    ],
  );
});

test('a message without a payload is not IP, also where it was cut', () => {
  const head = frame().with(nflog()).ipv4().udp().bytes().subarray(0, 28);
  assert.deepEqual(decodedByCut(nflogType, head), ['0 link-header-cut', '16 not-ip']);
});

test('attributes that do not advance, and ever more of them, end', () => {
  const outcome = (attribute: readonly number[], count: number) => {
    const attributes = Array.from({ length: count }, () => attribute).flat();
    return decoded(nflogType, Uint8Array.of(2, 0, 0, 0, ...attributes));
  };
  for (const length of [0, 1, 3]) assert.equal(outcome([length, 0, 1, 0], 3), 'link-header-length-wrong');
  assert.equal(outcome([4, 0, 1, 0], 63), 'not-ip');
  assert.equal(outcome([4, 0, 1, 0], 64), 'link-nesting-too-deep');
  assert.equal(outcome([4, 0, 1, 0], 10_000), 'link-nesting-too-deep');
});
