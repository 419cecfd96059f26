/** What a packet says of how well its flow goes: of each protocol, cut at every byte, in fragments, tunnels and lies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { PACKET, type Packet } from '../../src/packet/packet.js';
import { NO_SEGMENT, TCP_SEGMENT } from '../../src/packet/segment.js';
import { innermost } from '../../src/packet/tunnel/innermost.js';
import { uint8, uint16 } from '../support/bytes.js';
import { decodeTwice } from '../support/decode-twice.js';
import { type FrameBuilder, frame } from '../support/frames.js';

const ipv4Link = 228;
const ipv6Link = 229;
const nothing = 'nothing';

/** "sequence 1 window 2 id 3", "mark 4", "nothing", or "no packet". */
function segmentText(packet: Packet): string {
  const { segment, sequence, tcpWindow, identification, payloadMark } = packet;
  if (segment === NO_SEGMENT) return nothing;
  if (segment !== TCP_SEGMENT) return `mark ${payloadMark}`;
  return `sequence ${sequence} window ${tcpWindow} id ${identification}`;
}

function segmentIn(
  linkType: number,
  bytes: Uint8Array,
  captured = bytes.length,
  tunnels: 'outer' | 'inner' = 'outer',
) {
  const decode = linkDecoder(linkType)!;
  const { outcome, packet } = decodeTwice(
    tunnels === 'inner' ? innermost(decode) : decode,
    bytes.subarray(0, captured),
    bytes.length,
    linkType,
  );
  return outcome === PACKET ? segmentText(packet) : 'no packet';
}

const of4 = (built: FrameBuilder) => segmentIn(ipv4Link, built.bytes());
const of6 = (built: FrameBuilder) => segmentIn(ipv6Link, built.bytes());

/** Each answer, with the captured bytes from which on it is so. */
function byCut(linkType: number, built: FrameBuilder): string[] {
  const bytes = built.bytes();
  const steps: string[] = [];
  for (let captured = 0; captured <= bytes.length; captured++) {
    const text = segmentIn(linkType, bytes, captured);
    if (!steps.at(-1)?.endsWith(` ${text}`)) steps.push(`${captured} ${text}`);
  }
  return steps;
}

const header = { sequence: 0xfedc_ba98, window: 0x8001 };
const signed = 0xfedc_ba98 - 2 ** 32;

describe('a segment of TCP', () => {
  test('has its sequence number as a signed word, its window, and in IPv4 its packet’s identification', () => {
    assert.equal(
      of4(frame().ipv4({ identification: 0xbeef }).tcp(header)),
      `sequence ${signed} window 32769 id 48879`,
    );
    assert.equal(
      of4(frame().ipv4({ identification: 0 }).tcp({ sequence: 0, window: 0 })),
      'sequence 0 window 0 id 0',
    );
    assert.equal(of6(frame().ipv6().tcp(header).payload(5)), `sequence ${signed} window 32769 id 0`);
  });

  test('stands behind options and extension headers', () => {
    const options = new Uint8Array(40).fill(1);
    assert.equal(
      of4(
        frame()
          .ipv4({ options, identification: 7 })
          .tcp({ ...header, options }),
      ),
      `sequence ${signed} window 32769 id 7`,
    );
    const extended = frame().ipv6().extension(0).extension(60).authentication(12).tcp(header);
    assert.equal(of6(extended), `sequence ${signed} window 32769 id 0`);
    const atomic = frame().ipv6().ipv6Fragment().tcp(header);
    assert.equal(of6(atomic), `sequence ${signed} window 32769 id 0`);
  });

  test('is told from sixteen bytes of its header on', () => {
    assert.deepEqual(byCut(ipv4Link, frame().ipv4({ identification: 9 }).tcp(header).payload(3)), [
      '0 no packet',
      `34 ${nothing}`,
      `36 sequence ${signed} window 32769 id 9`,
    ]);
    assert.deepEqual(byCut(ipv6Link, frame().ipv6().extension(60).tcp(header)), [
      '0 no packet',
      `62 ${nothing}`,
      `64 sequence ${signed} window 32769 id 0`,
    ]);
  });

  test('is not told of a fragment', () => {
    assert.equal(of4(frame().ipv4({ moreFragments: true }).tcp(header).payload(80)), nothing);
    assert.equal(of4(frame().ipv4({ fragmentOffsetBytes: 80, protocol: 6 }).payload(80)), nothing);
    assert.equal(of6(frame().ipv6().ipv6Fragment({ moreFragments: true }).tcp(header)), nothing);
    assert.equal(of6(frame().ipv6().ipv6Fragment({ offsetBytes: 80, nextHeader: 6 }).payload(80)), nothing);
  });

  test('is told where its length was left to the hardware, and of jumbograms', () => {
    const offloaded = frame().ipv4({ totalBytes: 0, identification: 5 }).tcp(header).payload(9_000);
    assert.equal(of4(offloaded), `sequence ${signed} window 32769 id 5`);
    const offloaded6 = frame().ipv6({ payloadBytes: 0 }).tcp(header).payload(9_000);
    assert.equal(of6(offloaded6), `sequence ${signed} window 32769 id 0`);
    const jumbo = frame().ipv6({ payloadBytes: 0 }).jumboPayload(70_000).tcp(header).payload(40);
    assert.equal(of6(jumbo), `sequence ${signed} window 32769 id 0`);
  });

  test('in a tunnel is the inner one with `--tunnels inner`', () => {
    const bytes = frame().ipv4({ identification: 1 }).ipv4({ identification: 2 }).tcp(header).bytes();
    assert.equal(segmentIn(ipv4Link, bytes, bytes.length, 'inner'), `sequence ${signed} window 32769 id 2`);
    assert.equal(segmentIn(ipv4Link, bytes), 'mark 0');
  });
});

describe('the mark of a datagram', () => {
  test('is what UDP’s payload begins with, plus one', () => {
    const dns = (id: number) => frame().ipv4().udp().payload(uint16(id, 0x8180));
    assert.equal(of4(dns(0)), 'mark 1');
    assert.equal(of4(dns(0xffff)), 'mark 65536');
    assert.equal(of6(frame().ipv6().extension(60).udp().payload(uint8(1, 2))), 'mark 259');
  });

  test('is none where the payload is shorter, whatever pads the frame, or was not captured', () => {
    const padded = (bytes: number) =>
      segmentIn(1, frame().ethernet().ipv4().udp().payload(new Uint8Array(bytes).fill(9)).padded(60));
    assert.deepEqual([0, 1, 2].map(padded), ['mark 0', 'mark 0', 'mark 2314']);
    assert.deepEqual(byCut(ipv4Link, frame().ipv4().udp().payload(uint16(0x1234))), [
      '0 no packet',
      '26 mark 0',
      '30 mark 4661',
    ]);
    assert.equal(of4(frame().ipv4().udp({ length: 9 }).payload(uint16(0x1234))), 'mark 0');
  });

  test('is an echo’s sequence number', () => {
    assert.deepEqual(byCut(ipv4Link, frame().ipv4().icmp().payload(8)), [
      '0 no packet',
      '20 mark 0',
      '28 mark 2',
    ]);
    assert.equal(of6(frame().ipv6().icmpv6({ type: 129 })), 'mark 2');
    const short = frame()
      .ethernet()
      .ipv4({ protocol: 1 })
      .payload(uint8(8, 0, 0, 0, 0, 0, 9))
      .padded(60);
    assert.equal(segmentIn(1, short), 'mark 0');
  });

  test('is in a first fragment, and nothing is told of a later one', () => {
    const first = frame()
      .ipv4({ moreFragments: true })
      .udp({ length: 3_000 })
      .payload(uint16(5, 6, 7, 8));
    assert.equal(of4(first), 'mark 6');
    assert.equal(of4(frame().ipv4({ moreFragments: true }).icmp().payload(800)), 'mark 2');
    assert.equal(of4(frame().ipv4({ fragmentOffsetBytes: 8, protocol: 17 }).payload(80)), nothing);
    const first6 = frame().ipv6().ipv6Fragment({ moreFragments: true }).udp({ length: 3_000 });
    assert.equal(of6(first6.payload(uint16(5, 6, 7, 8))), 'mark 6');
    assert.equal(of6(frame().ipv6().ipv6Fragment({ offsetBytes: 8, nextHeader: 17 }).payload(80)), nothing);
  });

  test('is none in other protocols', () => {
    for (const built of [
      frame().ipv4().sctp().payload(9),
      frame().ipv4().dccp({ headerWords: 4 }).payload(9),
      frame().ipv4().udpLite().payload(9),
      frame().ipv4().protocol(47).payload(9),
    ])
      assert.equal(of4(built), 'mark 0');
  });
});
