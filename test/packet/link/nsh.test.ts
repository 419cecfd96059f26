import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, decodesBoth } from '../../support/decoding.js';
import { frame } from '../../support/frames.js';
import { nsh } from '../../support/tag-layers.js';

const linkType = 1;
const ethernet = frame().ethernet();
const outcome = (layer: ReturnType<typeof nsh>) =>
  decoded(linkType, ethernet.with(layer).ipv4().udp().payload(5).bytes());

test('the header’s own length is skipped, and its next protocol decides', () => {
  decodesBoth(linkType, ethernet.with(nsh()), 14 + 24);
  decodesBoth(linkType, ethernet.with(nsh({ metadataBytes: 0 })), 14 + 8);
  decodesBoth(linkType, ethernet.with(nsh({ metadataBytes: 244 })), 14 + 252);
  decodesBoth(linkType, ethernet.with(nsh()).ethernet().vlan(5), 14 + 24 + 14 + 4);
  decodesBoth(linkType, ethernet.with(nsh()).with(nsh({ metadataBytes: 4 })), 14 + 24 + 12);
  const labelled = ethernet.with(nsh()).mpls(16).ipv4().udp().payload(5).bytes();
  assert.equal(decoded(linkType, labelled), '10.0.0.1.40000 > 10.0.0.2.443 UDP 5');
});

test('other protocols and versions are not IP', () => {
  for (const nextProtocol of [0, 6, 254, 255]) assert.equal(outcome(nsh({ nextProtocol })), 'not-ip');
  for (const version of [1, 2, 3]) assert.equal(outcome(nsh({ version })), 'not-ip');
});

test('a length below the header’s least is wrong, one beyond the frame cuts it', () => {
  for (const headerWords of [0, 1]) assert.equal(outcome(nsh({ headerWords })), 'link-header-length-wrong');
  assert.equal(outcome(nsh({ headerWords: 63 })), 'link-header-cut');
  assert.equal(outcome(nsh({ headerWords: 2 })), 'ip-version-wrong');
});
