/** What an ICMP error says of the packet that it quotes: whole, cut at every byte, changed on the way, and forged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { type IcmpError, icmpErrors, NO_ERROR } from '../../src/packet/quoted.js';
import { innermost } from '../../src/packet/tunnel/innermost.js';
import { uint8 } from '../support/bytes.js';
import { decodeTwice } from '../support/decode-twice.js';
import { keyText } from '../support/decoding.js';
import { type FrameBuilder, frame } from '../support/frames.js';

const ipv4Link = 228;
const ipv6Link = 229;
const ends4 = '10.0.0.1.40000 > 10.0.0.2.443';
const ends6 = '2001:db8::1.40000 > 2001:db8::2.443';

/** "port-unreachable 10.0.0.1.40000 > 10.0.0.2.443 UDP", or "none". */
function quotedIn(
  linkType: number,
  bytes: Uint8Array,
  tunnels: 'outer' | 'inner' = 'outer',
  wireBytes = bytes.length,
) {
  const decode = linkDecoder(linkType)!;
  const { error, quoted } = decodeTwice(
    tunnels === 'inner' ? innermost(decode) : decode,
    bytes,
    wireBytes,
    linkType,
  );
  return error === NO_ERROR ? 'none' : `${icmpErrors[error]} ${keyText(quoted)}`;
}

/** The same for a frame that is captured in part: each answer with the captured bytes from which on it is so. */
function quotedByCut(linkType: number, bytes: Uint8Array): string[] {
  const steps: string[] = [];
  for (let captured = 0; captured <= bytes.length; captured++) {
    const text = quotedIn(linkType, bytes.subarray(0, captured), 'outer', bytes.length);
    if (!steps.at(-1)?.endsWith(` ${text}`)) steps.push(`${captured} ${text}`);
  }
  return steps;
}

const router4 = frame().ipv4({ source: '192.0.2.1', target: '10.0.0.1' });
const router6 = frame().ipv6({ source: '2001:db8::ff', target: '2001:db8::1' });

/** An error of IPv4 that quotes the first `bytes` of a packet; by default what RFC 792 asks for: its header and eight. */
function error4(quoted: FrameBuilder, bytes = 28, message = { type: 3, code: 3 }): string {
  return quotedIn(ipv4Link, router4.icmp(message).payload(quoted.bytes().subarray(0, bytes)).bytes());
}

function error6(quoted: FrameBuilder, bytes = 1_232, message = { type: 1, code: 4 }): string {
  return quotedIn(ipv6Link, router6.icmpv6(message).payload(quoted.bytes().subarray(0, bytes)).bytes());
}

test('type and code say what became of the packet', () => {
  const quoted4 = frame().ipv4().udp().payload(9);
  const quoted6 = frame().ipv6().udp().payload(9);
  const kinds = (error: typeof error4, ends: string, quoted: FrameBuilder, type: number, codes: number) =>
    Array.from({ length: codes }, (_, code) => error(quoted, 57, { type, code }).replace(` ${ends} UDP`, ''));
  const kinds4: readonly IcmpError[] = [
    ...(['net-unreachable', 'host-unreachable', 'protocol-unreachable', 'port-unreachable'] as const),
    ...(['none', 'none', 'net-unreachable', 'host-unreachable', 'host-unreachable'] as const),
    ...(['prohibited', 'prohibited', 'net-unreachable', 'host-unreachable'] as const),
    ...(['prohibited', 'prohibited', 'prohibited', 'none', 'none'] as const),
  ];
  assert.deepEqual(kinds(error4, ends4, quoted4, 3, 18), kinds4);
  assert.deepEqual(kinds(error4, ends4, quoted4, 11, 2), ['time-exceeded', 'time-exceeded']);
  const kinds6: readonly IcmpError[] = [
    ...([
      'net-unreachable',
      'prohibited',
      'host-unreachable',
      'host-unreachable',
      'port-unreachable',
    ] as const),
    ...(['prohibited', 'prohibited', 'none', 'none'] as const),
  ];
  assert.deepEqual(kinds(error6, ends6, quoted6, 1, 9), kinds6);
  assert.deepEqual(kinds(error6, ends6, quoted6, 3, 2), ['time-exceeded', 'time-exceeded']);
  assert.deepEqual(kinds(error6, ends6, quoted6, 4, 3), ['none', 'protocol-unreachable', 'none']);
  for (let type = 0; type < 256; type++) {
    if (type !== 3 && type !== 11)
      assert.equal(error4(quoted4, 57, { type, code: 1 }), 'none', `type ${type}`);
    if (type !== 1 && type !== 3 && type !== 4)
      assert.equal(error6(quoted6, 57, { type, code: 1 }), 'none', `type ${type}`);
  }
});

describe('the key of the quoted packet', () => {
  test('has its ports, of each protocol that has some, from eight bytes of its header or from all of them', () => {
    const layers = [
      ['TCP', (start: FrameBuilder) => start.tcp().payload(40)],
      ['UDP', (start: FrameBuilder) => start.udp().payload(40)],
      ['SCTP', (start: FrameBuilder) => start.sctp().payload(40)],
      ['UDPLite', (start: FrameBuilder) => start.udpLite().payload(40)],
      ['DCCP', (start: FrameBuilder) => start.dccp().payload(40)],
    ] as const;
    for (const [protocol, add] of layers) {
      for (let bytes = 24; bytes <= 80; bytes++)
        assert.equal(error4(add(frame().ipv4()), bytes), `port-unreachable ${ends4} ${protocol}`);
      for (let bytes = 44; bytes <= 100; bytes++)
        assert.equal(error6(add(frame().ipv6()), bytes), `port-unreachable ${ends6} ${protocol}`);
    }
  });

  test('has none of a protocol without, not even of an echo request', () => {
    const host = { type: 3, code: 1 };
    const echo = frame().ipv4().icmp().payload(56);
    assert.equal(error4(echo, 28, host), 'host-unreachable 10.0.0.1 > 10.0.0.2 ICMP');
    assert.equal(error4(echo, 20, host), 'host-unreachable 10.0.0.1 > 10.0.0.2 ICMP');
    const address = { type: 1, code: 3 };
    const echo6 = frame().ipv6().icmpv6().payload(56);
    assert.equal(error6(echo6, 104, address), 'host-unreachable 2001:db8::1 > 2001:db8::2 IPv6-ICMP');
    const tunnelled = frame().ipv4().ipv4({ source: '10.9.0.1' }).udp();
    assert.equal(error4(tunnelled, 48, host), 'host-unreachable 10.0.0.1 > 10.0.0.2 IPv4');
  });

  test('is that of a fragment: the first has ports, a later one none', () => {
    const exceeded = { type: 11, code: 1 };
    const first = frame().ipv4({ moreFragments: true }).udp({ length: 3_000 }).payload(1_472);
    assert.equal(error4(first, 28, exceeded), `time-exceeded ${ends4} UDP`);
    const later = frame().ipv4({ fragmentOffsetBytes: 1_480, protocol: 17 }).payload(1_480);
    assert.equal(error4(later, 28, exceeded), 'time-exceeded 10.0.0.1 > 10.0.0.2 UDP');
    const first6 = frame().ipv6().ipv6Fragment({ moreFragments: true }).udp({ length: 3_000 }).payload(1_400);
    assert.equal(error6(first6, 1_232, { type: 3, code: 1 }), `time-exceeded ${ends6} UDP`);
    const later6 = frame().ipv6().ipv6Fragment({ offsetBytes: 1_448, nextHeader: 17 }).payload(900);
    assert.equal(error6(later6, 948, { type: 3, code: 1 }), 'time-exceeded 2001:db8::1 > 2001:db8::2 UDP');
  });

  test('stands behind options and extension headers, of which there is a most', () => {
    for (let words = 0; words <= 10; words++) {
      const quoted = frame()
        .ipv4({ options: new Uint8Array(4 * words).fill(1) })
        .tcp();
      assert.equal(error4(quoted, 28 + 4 * words), `port-unreachable ${ends4} TCP`);
    }
    const extended = (count: number) => {
      let quoted = frame().ipv6();
      for (let i = 0; i < count; i++) quoted = quoted.extension(60);
      return quoted.udp().payload(5);
    };
    assert.equal(error6(extended(16)), `port-unreachable ${ends6} UDP`);
    assert.equal(error6(extended(17)), 'none');
    assert.equal(
      error6(frame().ipv6().extension(0).authentication(12).tcp()),
      `port-unreachable ${ends6} TCP`,
    );
  });

  test('does not depend on what the lengths in it say', () => {
    for (const totalBytes of [0, 20, 21, 28, 57, 0x3900, 0xffff]) {
      const quoted = frame().ipv4({ totalBytes }).tcp().payload(17);
      assert.equal(error4(quoted), `port-unreachable ${ends4} TCP`, `${totalBytes} bytes`);
      assert.equal(error4(quoted, 57), `port-unreachable ${ends4} TCP`, `${totalBytes} bytes`);
    }
    assert.equal(error4(frame().ipv4().udp({ length: 3 })), `port-unreachable ${ends4} UDP`);
    assert.equal(error4(frame().ipv4().tcp({ headerWords: 1 }), 40), `port-unreachable ${ends4} TCP`);
    for (const payloadBytes of [0, 1, 8, 0xffff]) {
      const quoted = frame().ipv6({ payloadBytes }).tcp().payload(900);
      assert.equal(error6(quoted, 100), `port-unreachable ${ends6} TCP`, `${payloadBytes} bytes`);
    }
  });

  test('is not made of what pads the frame, or of extensions behind a short message', () => {
    const message = (quotedBytes: number) =>
      frame()
        .ethernet()
        .ipv4()
        .icmp({ type: 3, code: 3 })
        .payload(frame().ipv4().udp().bytes().subarray(0, quotedBytes))
        .padded(100);
    const answers = Array.from({ length: 29 }, (_, bytes) => quotedIn(1, message(bytes)));
    assert.deepEqual(answers.slice(0, 24), Array(24).fill('none'));
    assert.deepEqual(answers.slice(24), Array(5).fill(`port-unreachable ${ends4} UDP`));
  });

  test('is what can be told of a frame that is captured in part', () => {
    const quoted4 = frame()
      .ipv4({ options: new Uint8Array(8).fill(1) })
      .tcp()
      .bytes();
    assert.deepEqual(quotedByCut(ipv4Link, router4.icmp({ type: 3, code: 13 }).payload(quoted4).bytes()), [
      '0 none',
      `60 prohibited ${ends4} TCP`,
    ]);
    const quoted6 = frame().ipv6().extension(0).udp().payload(5).bytes();
    assert.deepEqual(
      quotedByCut(ipv6Link, router6.extension(60).icmpv6({ type: 1, code: 4 }).payload(quoted6).bytes()),
      ['0 none', `108 port-unreachable ${ends6} UDP`],
    );
  });
});

describe('no packet is quoted', () => {
  test('of another version than that of the error', () => {
    assert.equal(error4(frame().ipv6().udp(), 48), 'none');
    assert.equal(error6(frame().ipv4().udp(), 28), 'none');
    const quoted = frame().ipv4().udp().bytes();
    assert.equal(quotedIn(ipv4Link, router4.icmpv6({ type: 1, code: 4 }).payload(quoted).bytes()), 'none');
    assert.equal(quotedIn(ipv6Link, router6.icmp({ type: 3, code: 3 }).payload(quoted).bytes()), 'none');
  });

  test('where the quoted header cannot be one', () => {
    assert.equal(error4(frame().ipv4({ version: 5 }).udp()), 'none');
    assert.equal(error4(frame().ipv4({ headerWords: 4 }).udp()), 'none');
    assert.equal(error4(frame().ipv4({ headerWords: 15 }).udp()), 'none');
    assert.equal(error6(frame().ipv6().extension(60, { length: 255 }).udp()), 'none');
    assert.equal(error6(frame().ipv6({ version: 4 }).udp()), 'none');
  });

  test('by a fragment of an error, but the first', () => {
    const quoted = frame().ipv4().udp().payload(9).bytes();
    const fragment = (options: object) =>
      quotedIn(ipv4Link, frame().ipv4(options).icmp({ type: 3, code: 3 }).payload(quoted).bytes());
    assert.equal(fragment({ moreFragments: true }), `port-unreachable ${ends4} UDP`);
    assert.equal(fragment({ fragmentOffsetBytes: 8 }), 'none');
  });
});

test('an error in a tunnel quotes with `--tunnels inner`', () => {
  const quoted = frame().ipv4().udp().bytes();
  const inner = frame().ethernet().ipv4().icmp({ type: 3, code: 3 }).payload(quoted).bytes();
  const vxlan = uint8(8, 0, 0, 0, 0, 0, 42, 0);
  const bytes = frame().ethernet().ipv6().udp({ targetPort: 4_789 }).payload(vxlan).payload(inner).bytes();
  assert.equal(quotedIn(1, bytes, 'inner'), `port-unreachable ${ends4} UDP`);
  assert.equal(quotedIn(1, bytes), 'none');
});
