/** Details of packets against Wireshark's, over every fixture that is not hostile, and over frames made at random. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP } from '../../src/packet/numbers.js';
import { PACKET, type Packet } from '../../src/packet/packet.js';
import { decodeTwice } from '../support/decode-twice.js';
import { type FrameBuilder, frame } from '../support/frames.js';
import { seededRandom } from '../support/random.js';
import { dissect, type FixtureFrame, fixtureFrames } from '../support/tshark-frames.js';
import { snap, wlan } from '../support/wireless-layers.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

const random = seededRandom(13);
const upTo = (most: number) => random() % (most + 1);
const oneOf = <T>(choices: readonly T[]): T => choices[upTo(choices.length - 1)]!;

const tagTypes = [0x8100, 0x88a8, 0x9100];
const cooked = () => ({ packetType: upTo(4), interface: upTo(70_000) });
const links: readonly { readonly linkType: number; readonly start: () => FrameBuilder }[] = [
  { linkType: 1, start: () => frame().ethernet() },
  { linkType: 1, start: () => frame().ethernet().vlan(upTo(4_095)) },
  { linkType: 1, start: () => frame().ethernet().vlan(upTo(0xffff), oneOf(tagTypes)).vlan(upTo(4_095)) },
  { linkType: 1, start: () => frame().ethernet().vlan(upTo(4_095)).mpls(upTo(0xfffff), upTo(0xfffff)) },
  {
    linkType: 1,
    start: () =>
      frame()
        .ethernet()
        .mpls(16 + upTo(1_000)),
  },
  { linkType: 113, start: () => frame().sll(cooked()) },
  { linkType: 113, start: () => frame().sll(cooked()).vlan(upTo(4_095)) },
  { linkType: 276, start: () => frame().sll2(cooked()) },
  { linkType: 101, start: () => frame() },
  {
    linkType: 105,
    start: () =>
      frame()
        .with(wlan({ control: [oneOf([0x08, 0x88]), upTo(3)] }))
        .with(snap()),
  },
];
const networks: readonly ((start: FrameBuilder) => FrameBuilder)[] = [
  (start) => start.ipv4({ typeOfService: upTo(255), ttl: upTo(255) }),
  (start) => start.ipv4({ ttl: upTo(255), options: new Uint8Array(4 * upTo(10)) }),
  (start) => start.ipv6({ trafficClass: upTo(255), hopLimit: upTo(255) }),
  (start) => start.ipv6({ hopLimit: upTo(255) }).extension(oneOf([0, 60])),
];
const transports: readonly ((start: FrameBuilder, isIpv4: boolean) => FrameBuilder)[] = [
  (start) => start.tcp().payload(upTo(40)),
  (start) => start.udp({ targetPort: 50_000 }).payload(upTo(40)),
  (start, isIpv4) => {
    const message = { type: upTo(255), code: upTo(255) };
    return (isIpv4 ? start.icmp(message) : start.icmpv6(message)).payload(40);
  },
];

function randomFrame(_: unknown, index: number): FixtureFrame {
  const { linkType, start } = oneOf(links);
  const network = upTo(networks.length - 1);
  const bytes = oneOf(transports)(networks[network]!(start()), network < 2).bytes();
  return { name: `random frame ${index}`, linkType, bytes, wireBytes: bytes.length };
}

/** Fixtures without frames in subframes, whose addresses we leave out. */
const frames = [
  ...fixtureFrames.filter(({ name, linkType }) => linkDecoder(linkType) && !name.includes('subframes')),
  ...Array.from({ length: 600 }, randomFrame),
];

const fields = [
  ...[
    'frame.protocols',
    'ieee8021ad.id',
    'frame.len',
    'ip.len',
    'ip.ttl',
    'ip.dsfield',
    'ipv6.plen',
    'ipv6.hlim',
    'ipv6.tclass',
    'vlan.id',
  ],
  ...['mpls.label', 'eth.src', 'eth.dst', 'wlan.sa', 'wlan.da', 'sll.src.eth', 'sll.pkttype', 'sll.ifindex'],
  ...['icmp.type', 'icmp.code', 'icmpv6.type', 'icmpv6.code'],
] as const;
type Row = Readonly<Record<(typeof fields)[number], string>>;

test('what tshark says of a packet’s details is what we say', {
  skip: !isInstalled && 'tshark is not installed',
}, () => {
  const rows = dissect(frames, fields, ['-E', 'occurrence=a']);
  const compared = new Map<string, number>();
  for (const [index, { name, linkType, bytes, wireBytes }] of frames.entries()) {
    const { outcome, packet } = decodeTwice(linkDecoder(linkType)!, bytes, wireBytes, linkType);
    if (outcome !== PACKET) continue;
    for (const [detail, ours, theirs] of comparisons(packet, linkType, rows[index]!)) {
      if (theirs === undefined) continue;
      assert.equal(ours, theirs, `${detail} of ${name}`);
      compared.set(detail, (compared.get(detail) ?? 0) + 1);
    }
  }
  const rare = [...compared].filter(([, count]) => count < 20);
  assert.deepEqual([rare, compared.size], [[], 12], JSON.stringify([...compared]));
});

type Comparison = readonly [detail: string, ours: number, theirs: number | undefined];

/** Theirs is undefined where tshark does not say it of the outermost packet, or at all. */
function comparisons(packet: Packet, linkType: number, row: Row): Comparison[] {
  const isIpv4 = packet.family === 4;
  const isIcmp = packet.protocol === PROTOCOL_ICMP || packet.protocol === PROTOCOL_IPV6_ICMP;
  const isEthernet = linkType === 1;
  const isWlan = linkType === 105 || linkType === 127;
  const icmp = isIpv4 ? 'icmp' : 'icmpv6';
  const ofLink = (name: keyof Row) => (isEthernet ? macOf(row[name]) : undefined);
  const sourceMac = isWlan ? macOf(row['wlan.sa']) : (ofLink('eth.src') ?? macOf(row['sll.src.eth']));
  const vlans = vlansIn(row);
  return [
    ['wireBytes', packet.wireBytes, numberIn(row['frame.len'])],
    ['ipBytes', packet.ipBytes, isIpv4 ? lengthIn(row['ip.len'], 0) : lengthIn(row['ipv6.plen'], 40)],
    ['ttl', packet.ttl, numberIn(row[isIpv4 ? 'ip.ttl' : 'ipv6.hlim'])],
    ['trafficClass', packet.trafficClass, numberIn(row[isIpv4 ? 'ip.dsfield' : 'ipv6.tclass'])],
    ['outerVlan', packet.outerVlan, packet.outerVlan < 0 ? undefined : numberIn(vlans[0])],
    ['innerVlan', packet.innerVlan, packet.innerVlan < 0 ? undefined : numberIn(vlans[1])],
    ['mplsLabel', packet.mplsLabel, packet.mplsLabel < 0 ? undefined : numberIn(row['mpls.label'])],
    ['sourceMac', packet.sourceMac, linkType === 1 || isWlan || row['sll.pkttype'] ? sourceMac : undefined],
    ['targetMac', packet.targetMac, isWlan ? macOf(row['wlan.da']) : ofLink('eth.dst')],
    ['packetType', packet.packetType, numberIn(row['sll.pkttype'])],
    [
      'icmp',
      packet.icmpType * 256 + packet.icmpCode,
      isIcmp ? messageOf(row[`${icmp}.type`], row[`${icmp}.code`]) : undefined,
    ],
    ['interface', packet.interface, linkType === 276 ? numberIn(row['sll.ifindex']) || -1 : undefined],
  ];
}

/** tshark has tags of IEEE 802.1Q and 802.1ad under two names: the layers tell their order. */
function vlansIn(row: Row): (string | undefined)[] {
  const ids = new Map([
    ['vlan', row['vlan.id'].split(',')],
    ['ieee8021ad', row['ieee8021ad.id'].split(',')],
  ]);
  return row['frame.protocols'].split(':').flatMap((layer) => {
    const ofKind = ids.get(layer);
    return ofKind === undefined ? [] : [ofKind.shift()];
  });
}

/** The first of several; undefined where there is none. */
function numberIn(text: string | undefined): number | undefined {
  const [first] = (text ?? '').split(',');
  return first ? Number(first) : undefined;
}

/** Undefined for a length of 0 as well: that is to be had from elsewhere. */
function lengthIn(text: string, headerBytes: number): number | undefined {
  const bytes = numberIn(text);
  return bytes ? bytes + headerBytes : undefined;
}

function macOf(text: string): number | undefined {
  const [first] = text.split(',');
  return first ? Number.parseInt(first.replaceAll(':', ''), 16) : undefined;
}

function messageOf(type: string, code: string): number | undefined {
  const number = numberIn(type);
  return number === undefined ? undefined : number * 256 + numberIn(code)!;
}
