import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatenate, uint8, uint32 } from '../support/bytes.js';
import { decoded, decodedByCut } from '../support/decoding.js';
import { frame } from '../support/frames.js';

const linkType = 229;
const hopByHop = 0;
const routing = 43;
const destinationOptions = 60;
const mobility = 135;
const hip = 139;
const shim6 = 140;
const ends = '2001:db8::1 > 2001:db8::2';
const endsWithPorts = '2001:db8::1.40000 > 2001:db8::2.443';

test('all bytes of both addresses are kept', () => {
  const packet = frame().ipv6({
    source: 'ffee:ddcc:bbaa:9988:7766:5544:3322:1100',
    target: '102:304:506:708:90a:b0c:d0e:f10',
  });
  assert.equal(
    decoded(linkType, packet.udp().bytes()),
    'ffee:ddcc:bbaa:9988:7766:5544:3322:1100.40000 > 102:304:506:708:90a:b0c:d0e:f10.443 UDP 0',
  );
});

test('each kind of extension header is walked and is not payload', () => {
  const eightBytes = uint8(1, 4, 0, 0, 0, 0);
  const twentyFourBytes = concatenate(uint8(1, 20), new Uint8Array(20));
  for (const kind of [hopByHop, routing, destinationOptions, mobility, hip, shim6]) {
    for (const body of [eightBytes, twentyFourBytes]) {
      const extensionBytes = body.length + 2;
      assert.deepEqual(
        decodedByCut(linkType, frame().ipv6().extension(kind, { body }).udp().payload(5).bytes()),
        [
          '0 ip-header-cut',
          '40 ipv6-extension-cut',
          '42 transport-header-cut',
          `${40 + extensionBytes + 6} ${endsWithPorts} UDP 5`,
        ],
      );
    }
  }
});

test('AH counts its length in units of four', () => {
  for (const icvBytes of [0, 12, 16, 32]) {
    const packet = frame().ipv6().authentication(icvBytes).tcp().payload(5);
    assert.equal(decoded(linkType, packet.bytes()), `${endsWithPorts} TCP 5 flags 16`);
  }
});

test('a first fragment has ports and its own bytes, a later one only its own bytes', () => {
  const first = frame().ipv6().ipv6Fragment({ moreFragments: true }).udp({ length: 3_000 }).payload(1_440);
  assert.equal(decoded(linkType, first.bytes()), `${endsWithPorts} UDP 1440`);
  const later = frame()
    .ipv6()
    .extension(hopByHop)
    .ipv6Fragment({ offsetBytes: 1_448, nextHeader: 17 })
    .payload(560);
  assert.deepEqual(decodedByCut(linkType, later.bytes()), [
    '0 ip-header-cut',
    '40 ipv6-extension-cut',
    `52 ${ends} UDP 560`,
  ]);
  // The rest of a destination options header is no header: its first bytes are somewhere else.
  const behind = frame().ipv6().ipv6Fragment({ offsetBytes: 8, nextHeader: destinationOptions }).payload(30);
  assert.equal(decoded(linkType, behind.bytes()), `${ends} IPv6-Opts 30`);
});

test('a fragment header’s length byte is reserved, not a length', () => {
  const packet = frame().ipv6().ipv6Fragment().udp().payload(5).bytes();
  packet[41] = 255;
  assert.equal(decoded(linkType, packet), `${endsWithPorts} UDP 5`);
});

test('an extension header may fill the packet', () => {
  const packet = frame().ipv6().extension(destinationOptions).bytes();
  assert.equal(decoded(linkType, packet), `${ends} IPv6-NoNxt 0`);
});

test('ESP and no-next-header end the walk', () => {
  assert.equal(decoded(linkType, frame().ipv6().protocol(50).payload(40).bytes()), `${ends} ESP 40`);
  assert.equal(
    decoded(linkType, frame().ipv6().extension(hopByHop).protocol(50).payload(9).bytes()),
    `${ends} ESP 9`,
  );
  assert.equal(
    decoded(linkType, frame().ipv6({ nextHeader: 59 }).payload(9).bytes()),
    `${ends} IPv6-NoNxt 9`,
  );
  assert.equal(
    decoded(linkType, frame().ipv6().extension(destinationOptions).payload(9).bytes()),
    `${ends} IPv6-NoNxt 9`,
  );
});

test('mobility, HIP and shim6 messages give the packet their name', () => {
  for (const [kind, name] of [
    [mobility, 'Mobility Header'],
    [hip, 'HIP'],
    [shim6, 'Shim6'],
  ] as const) {
    const packet = frame()
      .ipv6()
      .extension(destinationOptions)
      .extension(kind, { body: new Uint8Array(22) });
    assert.equal(decoded(linkType, packet.bytes()), `${ends} ${name} 24`);
  }
});

test('sixteen extension headers are walked, seventeen are too many', () => {
  const chain = (count: number) => {
    let builder = frame().ipv6();
    for (let index = 0; index < count; index++) builder = builder.extension(destinationOptions);
    return builder.udp().payload(5).bytes();
  };
  assert.equal(decoded(linkType, chain(16)), `${endsWithPorts} UDP 5`);
  assert.equal(decoded(linkType, chain(17)), 'ipv6-extension-too-many');
  assert.equal(decoded(linkType, chain(5_000)), 'ipv6-extension-too-many');
});

test('an extension header beyond the packet', () => {
  const longer = frame().ipv6().extension(destinationOptions, { length: 255 }).udp();
  assert.equal(decoded(linkType, longer.bytes()), 'ipv6-extension-length-wrong');
  // Captured bytes behind the packet, such as Ethernet's padding, are no headers either.
  const padded = frame()
    .ipv6({ payloadBytes: 8 })
    .extension(destinationOptions)
    .extension(destinationOptions)
    .udp();
  assert.equal(decoded(linkType, padded.bytes()), 'ipv6-extension-length-wrong');
  const fragment = frame().ipv6({ payloadBytes: 7 }).ipv6Fragment({ offsetBytes: 8, nextHeader: 17 });
  assert.equal(decoded(linkType, fragment.bytes()), 'ipv6-extension-length-wrong');
});

test('a jumbo payload option states the length', () => {
  const captured = frame().ipv6({ payloadBytes: 0 }).jumboPayload(80_028).tcp().payload(40).bytes();
  assert.equal(decoded(linkType, captured), `${endsWithPorts} TCP 80000 flags 16`);
  const udp = frame().ipv6({ payloadBytes: 0 }).jumboPayload(80_016).udp({ length: 0 }).bytes();
  assert.equal(decoded(linkType, udp), `${endsWithPorts} UDP 80000`);
  assert.deepEqual(
    decodedByCut(linkType, frame().ipv6({ payloadBytes: 0 }).jumboPayload(108).icmpv6().payload(92).bytes()),
    ['0 ip-header-cut', '40 ipv6-extension-cut', `48 ${ends} IPv6-ICMP 100`],
  );
});

test('a jumbo payload option is found behind others, and only where the length field is 0', () => {
  const jumbo = concatenate(uint8(0xc2, 4), uint32(80_036));
  for (const body of [
    concatenate(uint8(0, 0, 0, 0), jumbo, uint8(1, 2, 0, 0)),
    concatenate(uint8(1, 2, 0, 0), jumbo, uint8(0, 0, 0, 0)),
    concatenate(uint8(5, 2, 0, 0), uint8(1, 2, 0, 0), jumbo),
    // Something in another option that looks like it.
    concatenate(uint8(0, 1, 6, 0xc2, 4, 0, 0, 0, 99), jumbo, uint8(1, 5, 0, 0, 0, 0, 0)),
  ]) {
    const packet = frame().ipv6({ payloadBytes: 0 }).extension(hopByHop, { body }).tcp();
    const tcpBytes = 80_036 - (2 + body.length) - 20;
    assert.equal(decoded(linkType, packet.bytes()), `${endsWithPorts} TCP ${tcpBytes} flags 16`);
    assert.equal(
      decoded(linkType, frame().ipv6().extension(hopByHop, { body }).tcp().bytes()),
      `${endsWithPorts} TCP 0 flags 16`,
    );
  }
});

test('what only looks like a jumbo payload option', () => {
  const packet = frame().ipv6({ payloadBytes: 0 });
  for (const body of [
    uint8(0xc2, 3, 0, 1, 0x38, 0xa4),
    uint8(0xc3, 4, 0, 1, 0x38, 0xa4),
    uint8(0x05, 4, 0, 1, 0x38, 0xa4),
    // One that its header cuts off.
    uint8(0, 0xc2, 4, 0, 1, 0x38),
  ]) {
    const behind = packet.extension(hopByHop, { body }).extension(destinationOptions).icmpv6().payload(40);
    assert.equal(decoded(linkType, behind.bytes()), 'ipv6-extension-length-wrong');
  }
  // One that is in the next header.
  const jumbo = concatenate(uint8(0xc2, 4), uint32(80_036));
  const behind = packet.extension(hopByHop).extension(destinationOptions, { body: jumbo }).icmpv6();
  assert.equal(decoded(linkType, behind.bytes()), 'ipv6-extension-length-wrong');
});

test('jumbo payload options that lie are not believed', () => {
  const jumbo = (bytes: number) => frame().ipv6({ payloadBytes: 0 }).jumboPayload(bytes).icmpv6().bytes();
  assert.equal(decoded(linkType, jumbo(0)), 'ipv6-extension-length-wrong');
  assert.equal(decoded(linkType, jumbo(7)), 'ipv6-extension-length-wrong');
  assert.equal(decoded(linkType, jumbo(0x3fff_ffff)), `${ends} IPv6-ICMP 1073741815`);
  assert.equal(decoded(linkType, jumbo(0x4000_0000)), 'ipv6-extension-length-wrong');
  assert.equal(decoded(linkType, jumbo(0xffff_ffff)), 'ipv6-extension-length-wrong');
  const inDestinationOptions = frame()
    .ipv6({ payloadBytes: 0 })
    .extension(destinationOptions, { body: concatenate(uint8(0xc2, 4), uint32(80_028)) })
    .icmpv6();
  assert.equal(decoded(linkType, inDestinationOptions.bytes()), 'ipv6-extension-length-wrong');
});

test('a payload length of 0 means to the end of the wire for TCP and UDP, and nothing for the others', () => {
  const whole = frame().ipv6({ payloadBytes: 0 }).tcp().payload(80_000).bytes();
  assert.equal(decoded(linkType, whole.subarray(0, 60), whole.length), `${endsWithPorts} TCP 80000 flags 16`);
  const behind = frame().ipv6({ payloadBytes: 0 }).extension(hopByHop).udp().payload(5).bytes();
  assert.equal(decoded(linkType, behind), `${endsWithPorts} UDP 5`);
  const behindOptions = frame()
    .ipv6({ payloadBytes: 0 })
    .extension(destinationOptions)
    .udp()
    .payload(5)
    .bytes();
  assert.equal(decoded(linkType, behindOptions), `${endsWithPorts} UDP 5`);
  assert.equal(
    decoded(linkType, frame().ipv6({ payloadBytes: 0 }).icmpv6().payload(5).bytes()),
    `${ends} IPv6-ICMP 0`,
  );
  assert.equal(decoded(linkType, frame().ipv6({ payloadBytes: 0 }).bytes()), `${ends} IPv6-NoNxt 0`);
  const fragment = frame()
    .ipv6({ payloadBytes: 0 })
    .ipv6Fragment({ offsetBytes: 8, nextHeader: 17 })
    .payload(9);
  assert.equal(decoded(linkType, fragment.bytes()), 'ipv6-extension-length-wrong');
});

test('a wire length that lies makes no negative payload', () => {
  const whole = frame().ipv6({ payloadBytes: 0 }).udp().bytes();
  assert.equal(decoded(linkType, whole, 0), 'transport-length-wrong');
  const extended = frame().ipv6({ payloadBytes: 0 }).extension(hopByHop).udp().bytes();
  assert.equal(decoded(linkType, extended, 0), 'ipv6-extension-length-wrong');
});
