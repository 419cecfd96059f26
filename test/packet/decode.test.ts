import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastCheck from 'fast-check';
import { fixtures } from '../../fixtures/make.js';
import { linkDecoder } from '../../src/packet/decode.js';
import { linkTypeName } from '../../src/packet/link-type-names.js';
import { leftOutReasons, type OutcomeName, outcomes } from '../../src/packet/packet.js';
import { readClassicPcap } from '../support/classic-pcap.js';
import { decoded, decodedByCut } from '../support/decoding.js';

const decodable = Array.from({ length: 300 }, (_, linkType) => linkType).filter(linkDecoder);

/** Every frame of the classic pcap fixtures whose link type is decoded. */
const frames = fixtures
  .filter(({ name }) => name.endsWith('.pcap'))
  .map((fixture) => ({ name: fixture.name, file: fixture.bytes() }))
  .filter(({ file }) => file.length >= 24)
  .flatMap(({ name, file }) => {
    const { linkType, frames } = readClassicPcap(file);
    return frames.map((frame, index) => ({ ...frame, linkType, name: `${name}, frame ${index + 1}` }));
  })
  .filter(({ linkType }) => linkDecoder(linkType));

test('the link types that are decoded, by their LINKTYPE_ names', () => {
  assert.equal(
    decodable.map((linkType) => `${linkType} ${linkTypeName(linkType)}`).join(', '),
    '0 NULL, 1 ETHERNET, 9 PPP, 12 RAW, 14 RAW, 50 PPP_HDLC, 51 PPP_ETHER, 101 RAW, 104 C_HDLC, 105 IEEE802_11, ' +
      '108 LOOP, 113 LINUX_SLL, 117 PFLOG, 127 IEEE802_11_RADIOTAP, 166 PPP_PPPD, 228 IPV4, 229 IPV6, 239 NFLOG, ' +
      '253 NETLINK, 276 LINUX_SLL2, 281 DSA_TAG_BRCM, 282 DSA_TAG_BRCM_PREPEND, 284 DSA_TAG_DSA, 285 DSA_TAG_EDSA',
  );
});

test('every other link type has a name, or its number, and no decoder', () => {
  const names = [107, 147, 189, 242, 289].map(linkTypeName);
  assert.deepEqual(names, ['FRELAY', 'USER0', 'USB_LINUX', 'IPOIB', 'ATSC_ALP']);
  for (const nameless of [11, 110, 112, 208, 290, 65_535, -1])
    assert.equal(linkTypeName(nameless), String(nameless));
  for (const linkType of [107, 147, 290, -1]) assert.equal(linkDecoder(linkType), undefined);
});

test('the fixtures bring about every outcome that decoding can have', () => {
  const seen = new Set(frames.map(({ linkType, bytes, wireBytes }) => decoded(linkType, bytes, wireBytes)));
  const reached = outcomes.filter((outcome) => outcome === 'packet' || seen.has(outcome));
  assert.deepEqual(
    reached,
    outcomes.filter((outcome) => outcome !== 'text-line-not-understood' && !leftOutReasons.includes(outcome)),
  );
});

test('a frame of any fixture, cut at every byte, is cut in ever later headers, and then what it is', () => {
  const cuts: readonly OutcomeName[] = [
    'link-header-cut',
    'ip-header-cut',
    'ipv6-extension-cut',
    'transport-header-cut',
  ];
  assert.ok(frames.length > 200);
  for (const { name, linkType, bytes } of frames) {
    const steps = decodedByCut(linkType, bytes.subarray(0, 300)).map((step) => step.replace(/^\d+ /, ''));
    const places = steps.slice(0, -1).map((step) => cuts.indexOf(step as OutcomeName));
    assert.ok(
      places.every((place, index) => place > (places[index - 1] ?? -1)),
      `${name}: ${steps.join(', ')}`,
    );
  }
});

test('random bytes decode to an outcome, and nothing outside of them is read', () => {
  const anyFrame = fastCheck.tuple(
    fastCheck.constantFrom(...decodable),
    fastCheck.uint8Array({ maxLength: 120 }),
    fastCheck.integer({ min: -200, max: 200_000 }),
  );
  fastCheck.assert(
    fastCheck.property(anyFrame, ([linkType, bytes, beyond]) => {
      checkOutcome(decoded(linkType, bytes, bytes.length + beyond));
    }),
    { seed: 20_160_908, numRuns: 50_000 },
  );
});

test('fixtures with some bytes changed decode to an outcome, and nothing outside of them is read', () => {
  const interesting = fastCheck.constantFrom(0, 1, 4, 0x0f, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xff);
  const change = fastCheck.tuple(
    fastCheck.nat({ max: 127 }),
    fastCheck.oneof(interesting, fastCheck.nat({ max: 255 })),
  );
  const changed = fastCheck.tuple(
    fastCheck.constantFrom(...frames),
    fastCheck.array(change, { minLength: 1, maxLength: 4 }),
    fastCheck.nat({ max: 128 }),
  );
  fastCheck.assert(
    fastCheck.property(changed, ([frame, changes, capturedBytes]) => {
      const bytes = frame.bytes.slice(0, capturedBytes);
      for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
      checkOutcome(decoded(frame.linkType, bytes, frame.wireBytes));
    }),
    { seed: 20_160_908, numRuns: 150_000 },
  );
});

const outcomeNames: ReadonlySet<string> = new Set(outcomes.filter((name) => name !== 'packet'));

/** An outcome's name, or a packet's line, whose payload `decoded` has found not to be negative. */
function checkOutcome(outcome: string): void {
  assert.ok(outcomeNames.has(outcome) || / > /.test(outcome), outcome);
}
