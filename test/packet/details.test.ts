/** What figures ask of single frames: IP's, the link's and ICMP's details, whole, cut at every byte, and damaged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { PACKET, type Packet } from '../../src/packet/packet.js';
import { innermost } from '../../src/packet/tunnel/innermost.js';
import { uint8, uint16 } from '../support/bytes.js';
import { decodeTwice } from '../support/decode-twice.js';
import { type FrameBuilder, frame } from '../support/frames.js';
import { switchTagged } from '../support/tag-layers.js';
import { radiotap, snap, subframe, wlan } from '../support/wireless-layers.js';

const ethernet = 1;
const wlanType = 105;
const sllType = 113;
const radiotapType = 127;
const sll2Type = 276;

const sourceMac = 0x020000000001;
const targetMac = 0x020000000002;

interface Details {
  readonly ipBytes: number;
  readonly wireBytes: number;
  readonly trafficClass: number;
  readonly ttl: number;
  readonly vlans: readonly number[];
  readonly mplsLabel: number;
  readonly packetType: number;
  readonly macs: readonly number[];
  readonly icmp: readonly number[];
  readonly interface: number;
}

/** Those of a plain frame of 40,000 to 443 with 5 bytes of UDP, but for its lengths. */
const plain: Omit<Details, 'ipBytes' | 'wireBytes'> = {
  trafficClass: 0,
  ttl: 64,
  vlans: [-1, -1],
  mplsLabel: -1,
  packetType: -1,
  macs: [sourceMac, targetMac],
  icmp: [-1, -1],
  interface: -1,
};

function detailsOf(packet: Packet): Details {
  const { ipBytes, wireBytes, trafficClass, ttl, mplsLabel, packetType } = packet;
  return {
    ipBytes,
    wireBytes,
    trafficClass,
    ttl,
    vlans: [packet.outerVlan, packet.innerVlan],
    mplsLabel,
    packetType,
    macs: [packet.sourceMac, packet.targetMac],
    icmp: [packet.icmpType, packet.icmpCode],
    interface: packet.interface,
  };
}

/** Undefined where the frame, cut to `capturedBytes`, is no packet. */
function details(
  linkType: number,
  bytes: Uint8Array,
  capturedBytes = bytes.length,
  tunnels: 'outer' | 'inner' = 'outer',
): Details | undefined {
  const decode = linkDecoder(linkType)!;
  const { outcome, packet } = decodeTwice(
    tunnels === 'inner' ? innermost(decode) : decode,
    bytes.subarray(0, capturedBytes),
    bytes.length,
    linkType,
  );
  return outcome === PACKET ? detailsOf(packet) : undefined;
}

const inEthernet = (build: (start: FrameBuilder) => FrameBuilder) =>
  details(ethernet, build(frame().ethernet()).bytes());

describe('the details of a packet', () => {
  test('of IPv4 are its type of service, its time to live and its total length', () => {
    const packet = (start: FrameBuilder) =>
      start
        .ipv4({ typeOfService: 0xb9, ttl: 7, options: new Uint8Array(8) })
        .udp()
        .payload(5);
    assert.deepEqual(inEthernet(packet), {
      ...plain,
      ipBytes: 41,
      wireBytes: 55,
      trafficClass: 0xb9,
      ttl: 7,
    });
  });

  test('of IPv6 are its traffic class, its hop limit, and its length with the header', () => {
    const packet = (start: FrameBuilder) =>
      start.ipv6({ trafficClass: 0xb9, hopLimit: 255 }).udp().payload(5);
    assert.deepEqual(inEthernet(packet), {
      ...plain,
      ipBytes: 53,
      wireBytes: 67,
      trafficClass: 0xb9,
      ttl: 255,
    });
    const extended = (start: FrameBuilder) =>
      start.ipv6({ hopLimit: 1 }).extension(0).extension(60).udp().payload(5);
    assert.deepEqual(inEthernet(extended), { ...plain, ipBytes: 69, wireBytes: 83, ttl: 1 });
  });

  test('have lengths without padding, and those of the wire where segmentation was offloaded', () => {
    const short = frame().ethernet().ipv4().udp().payload(5).padded(60);
    assert.deepEqual(details(ethernet, short), { ...plain, ipBytes: 33, wireBytes: 60 });
    const offloaded = (start: FrameBuilder) => start.ipv4({ totalBytes: 0 }).tcp().payload(100);
    assert.deepEqual(inEthernet(offloaded), { ...plain, ipBytes: 140, wireBytes: 154 });
    const offloaded6 = (start: FrameBuilder) => start.ipv6({ payloadBytes: 0 }).tcp().payload(100);
    assert.deepEqual(inEthernet(offloaded6), { ...plain, ipBytes: 160, wireBytes: 174 });
    const jumbo = frame()
      .ethernet()
      .ipv6({ payloadBytes: 0 })
      .jumboPayload(70_000)
      .udp({ length: 0 })
      .bytes();
    assert.equal(details(ethernet, jumbo)?.ipBytes, 70_040);
  });

  test('are those of the frame that was captured in part', () => {
    const bytes = frame().ethernet().vlan(7).ipv4({ ttl: 9 }).udp().payload(1_000).bytes();
    for (let captured = 0; captured <= bytes.length; captured++) {
      const whole = { ...plain, ipBytes: 1_028, wireBytes: 1_046, ttl: 9, vlans: [7, -1] };
      assert.deepEqual(details(ethernet, bytes, captured), captured < 18 + 20 + 6 ? undefined : whole);
    }
  });
});

describe('link details', () => {
  test('are the first two VLAN tags, in their order, whatever their kind', () => {
    const vlans = (build: (start: FrameBuilder) => FrameBuilder) =>
      inEthernet((start) => build(start).ipv4().udp())?.vlans;
    assert.deepEqual(
      vlans((start) => start),
      [-1, -1],
    );
    assert.deepEqual(
      vlans((start) => start.vlan(4_094)),
      [4_094, -1],
    );
    assert.deepEqual(
      vlans((start) => start.vlan(5, 0x88a8).vlan(6)),
      [5, 6],
    );
    assert.deepEqual(
      vlans((start) => start.vlan(1, 0x9100).vlan(2, 0x9200).vlan(3)),
      [1, 2],
    );
    // Priority 7 and 1 bit of eligibility for dropping, of no VLAN.
    assert.deepEqual(
      vlans((start) => start.vlan(0xf000)),
      [0, -1],
    );
    assert.deepEqual(
      vlans((start) => start.vlan(0xf000).vlan(8)),
      [0, 8],
    );
  });

  test('are the label on top of an MPLS stack, and the VLAN around it or in its pseudowire', () => {
    const label = (build: (start: FrameBuilder) => FrameBuilder) => {
      const found = inEthernet((start) => build(start).ipv4().udp());
      return [found?.mplsLabel, found?.vlans];
    };
    assert.deepEqual(
      label((start) => start.mpls(1_048_575, 17)),
      [1_048_575, [-1, -1]],
    );
    assert.deepEqual(
      label((start) => start.vlan(3).mpls(0)),
      [0, [3, -1]],
    );
    assert.deepEqual(
      label((start) => start.vlan(3).mpls(16).ethernet().vlan(4)),
      [16, [3, 4]],
    );
  });

  test('of a cooked header are the packet’s way, the sender and the interface', () => {
    const cooked = { ...plain, ipBytes: 33, macs: [sourceMac, -1], packetType: 4 };
    const body = (start: FrameBuilder) => start.ipv4().udp().payload(5).bytes();
    assert.deepEqual(details(sllType, body(frame().sll({ packetType: 4 }))), { ...cooked, wireBytes: 49 });
    assert.deepEqual(details(sll2Type, body(frame().sll2({ packetType: 4, interface: 12 }))), {
      ...cooked,
      wireBytes: 53,
      interface: 12,
    });
  });

  test('of a cooked header are absent where it has no MAC address, and no number that a kernel would give', () => {
    const body = (start: FrameBuilder) => start.ipv4().udp().bytes();
    for (const addressBytes of [0, 4, 8, 20]) {
      assert.deepEqual(details(sllType, body(frame().sll({ addressBytes })))?.macs, [-1, -1]);
      assert.deepEqual(details(sll2Type, body(frame().sll2({ addressBytes })))?.macs, [-1, -1]);
    }
    const indexes = [0, 1, 0x3fff_ffff, 0x4000_0000, 0xffff_ffff];
    assert.deepEqual(
      indexes.map((index) => details(sll2Type, body(frame().sll2({ interface: index })))?.interface),
      [-1, 1, 0x3fff_ffff, -1, -1],
    );
  });

  test('of a wireless frame are its source and its target, whoever passes it on', () => {
    const addresses = (flags: number, kind = 0x08) =>
      details(
        wlanType,
        frame()
          .with(wlan({ control: [kind, flags] }))
          .with(snap())
          .ipv4()
          .udp()
          .bytes(),
      )?.macs.map((mac) => mac % 256);
    for (const kind of [0x08, 0x88]) {
      assert.deepEqual(addresses(0, kind), [2, 1]);
      assert.deepEqual(addresses(1, kind), [2, 3]);
      assert.deepEqual(addresses(2, kind), [3, 1]);
      assert.deepEqual(addresses(3, kind), [4, 3]);
    }
    const behindRadiotap = frame().with(radiotap()).with(wlan()).with(snap()).ipv4().udp().bytes();
    assert.deepEqual(details(radiotapType, behindRadiotap)?.macs, [0x020000000002, 0x020000000003]);
    const subframes = frame()
      .with(wlan({ control: [0x88, 0x02], qos: 0x80 }))
      .with(subframe())
      .with(snap());
    assert.deepEqual(details(wlanType, subframes.ipv4().udp().bytes())?.macs, [-1, -1]);
  });

  test('of a switch chip’s frames are the addresses before or behind its tag', () => {
    const tagged = frame()
      .with(switchTagged(1, 2, 3, 4))
      .ipv4()
      .udp()
      .bytes();
    const long = frame()
      .with(switchTagged(1, 2, 3, 4, 5, 6, 7, 8))
      .ipv4()
      .udp()
      .bytes();
    const prepended = frame()
      .payload(uint8(1, 2, 3, 4))
      .ethernet()
      .ipv4()
      .udp()
      .bytes();
    for (const [linkType, bytes] of [
      [281, tagged],
      [284, tagged],
      [285, long],
      [282, prepended],
    ] as const)
      assert.deepEqual(details(linkType, bytes)?.macs, [sourceMac, targetMac], `link type ${linkType}`);
  });

  test('of a frame without a link header are absent', () => {
    const raw = details(101, frame().ipv4().udp().payload(5).bytes());
    assert.deepEqual(raw, { ...plain, ipBytes: 33, wireBytes: 33, macs: [-1, -1] });
  });
});

describe('ICMP’s type and code', () => {
  const icmp = (bytes: Uint8Array, captured?: number) => details(ethernet, bytes, captured)?.icmp;
  const start = frame().ethernet();

  test('are the message’s first two bytes, of both versions', () => {
    assert.deepEqual(icmp(start.ipv4().icmp({ type: 3, code: 13 }).payload(9).bytes()), [3, 13]);
    assert.deepEqual(
      icmp(
        start
          .ipv4({ options: new Uint8Array(40) })
          .icmp({ type: 0 })
          .bytes(),
      ),
      [0, 0],
    );
    assert.deepEqual(icmp(start.ipv6().icmpv6({ type: 135 }).payload(9).bytes()), [135, 0]);
    assert.deepEqual(icmp(start.ipv6().extension(0).icmpv6({ type: 143 }).bytes()), [143, 0]);
    assert.deepEqual(icmp(start.ipv4().udp().bytes()), [-1, -1]);
  });

  test('are absent where they were not captured, or the packet ends before', () => {
    const bytes = start.ipv4().icmp({ type: 8, code: 7 }).payload(20).bytes();
    for (let captured = 34; captured <= bytes.length; captured++)
      assert.deepEqual(icmp(bytes, captured), captured < 36 ? [-1, -1] : [8, 7]);
    const bytes6 = start.ipv6().extension(60).icmpv6({ type: 128, code: 7 }).payload(20).bytes();
    for (let captured = 62; captured <= bytes6.length; captured++)
      assert.deepEqual(icmp(bytes6, captured), captured < 64 ? [-1, -1] : [128, 7]);
    const padded = (bytesOfMessage: number) => start.ipv4({ protocol: 1 }).payload(bytesOfMessage).padded(60);
    assert.deepEqual(icmp(padded(0)), [-1, -1]);
    assert.deepEqual(icmp(padded(1)), [-1, -1]);
    assert.deepEqual(icmp(padded(2)), [0, 1]);
  });

  test('are in a first fragment, and in no other', () => {
    assert.deepEqual(icmp(start.ipv4({ moreFragments: true }).icmp().payload(8).bytes()), [8, 0]);
    const later = start.ipv4({ fragmentOffsetBytes: 16, protocol: 1 }).payload(16).bytes();
    assert.deepEqual(icmp(later), [-1, -1]);
    const first6 = start.ipv6().ipv6Fragment({ moreFragments: true }).icmpv6().payload(8).bytes();
    assert.deepEqual(icmp(first6), [128, 0]);
    const later6 = start.ipv6().ipv6Fragment({ offsetBytes: 16, nextHeader: 58 }).payload(16).bytes();
    assert.deepEqual(icmp(later6), [-1, -1]);
  });
});

describe('the details of an inner packet', () => {
  const inner = frame()
    .ethernet()
    .vlan(100)
    .vlan(200)
    .ipv4({ ttl: 3, typeOfService: 8 })
    .icmp({ type: 11, code: 1 });
  const vxlan = uint8(8, 0, 0, 0, 0, 0, 42, 0);
  const bytes = frame()
    .ethernet({ source: '06:00:00:00:00:09' })
    .vlan(7)
    .ipv4({ ttl: 60, typeOfService: 0x10 })
    .udp({ targetPort: 4_789 })
    .payload(vxlan)
    .payload(inner.payload(6).bytes())
    .bytes();

  test('are its own where IP tells them, and the frame’s on the wire where the link does', () => {
    const frameOnTheWire = {
      ...plain,
      wireBytes: bytes.length,
      vlans: [7, -1],
      macs: [0x060000000009, targetMac],
    };
    assert.deepEqual(details(ethernet, bytes, bytes.length, 'inner'), {
      ...frameOnTheWire,
      ipBytes: 34,
      trafficClass: 8,
      ttl: 3,
      icmp: [11, 1],
    });
    assert.deepEqual(details(ethernet, bytes), {
      ...frameOnTheWire,
      ipBytes: bytes.length - 18,
      trafficClass: 0x10,
      ttl: 60,
    });
  });

  test('are the outer packet’s where nothing inside can be decoded', () => {
    const cut = 18 + 20 + 8 + 8 + 14;
    assert.equal(details(ethernet, bytes, cut, 'inner')?.ttl, 60);
    const wrong = frame()
      .ethernet()
      .ipv4({ ttl: 60 })
      .ipv4({ ttl: 3, headerWords: 4 })
      .payload(uint16(1))
      .bytes();
    assert.equal(details(ethernet, wrong, wrong.length, 'inner')?.ttl, 60);
  });
});
