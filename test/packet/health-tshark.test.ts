/**
 * What health asks of packets against Wireshark's reading: over every fixture that is not hostile, and over frames made at random,
 * some of them cut at every byte.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { linkDecoder } from '../../src/packet/decode.js';
import { PROTOCOL_ICMP, PROTOCOL_IPV6_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../../src/packet/numbers.js';
import { PACKET, type Packet } from '../../src/packet/packet.js';
import { NO_ERROR } from '../../src/packet/quoted.js';
import { DATAGRAM, TCP_SEGMENT } from '../../src/packet/segment.js';
import { decodeTwice } from '../support/decode-twice.js';
import { keyText } from '../support/decoding.js';
import { type FrameBuilder, frame } from '../support/frames.js';
import { seededRandom } from '../support/random.js';
import { dissect, type FixtureFrame, fixtureFrames } from '../support/tshark-frames.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

const random = seededRandom(17);
const upTo = (most: number) => random() % (most + 1);
const oneOf = <T>(choices: readonly T[]): T => choices[upTo(choices.length - 1)]!;
const word = () => upTo(0xffff_ffff);
const bytes = (most: number) => Uint8Array.from({ length: upTo(most) }, () => upTo(255));
/** Without a dissector of their own. */
const ports = () => ({ sourcePort: 50_000 + upTo(9_999), targetPort: 50_000 + upTo(9_999) });

type Start = (of: FrameBuilder) => FrameBuilder;
const ipv4: Start = (of) =>
  of.ipv4({
    source: `10.${upTo(255)}.${upTo(255)}.1`,
    target: `192.0.2.${upTo(255)}`,
    identification: upTo(0xffff),
    options: new Uint8Array(oneOf([0, 0, 4, 40])).fill(1),
    moreFragments: upTo(9) === 0,
  });
const ipv6: Start = (of) => {
  const start = of.ipv6({ source: `2001:db8::${upTo(9)}`, target: `2001:db8:7::${upTo(9)}` });
  return oneOf<Start>([(ip) => ip, (ip) => ip, (ip) => ip.extension(0), (ip) => ip.extension(60)])(start);
};
const packets: readonly Start[] = [
  (ip) => ip.tcp({ ...ports(), sequence: word(), window: upTo(0xffff) }).payload(bytes(40)),
  (ip) => ip.tcp({ ...ports(), sequence: word(), window: 0, options: new Uint8Array(40).fill(1) }),
  (ip) => ip.udp(ports()).payload(bytes(40)),
  (ip) => ip.sctp(ports()).payload(bytes(40)),
];
const messages4 = [
  [3, 0],
  [3, 1],
  [3, 3],
  [3, 4],
  [3, 13],
  [11, 0],
  [11, 1],
  [12, 0],
  [8, 0],
  [0, 0],
] as const;
const messages6 = [
  [1, 0],
  [1, 1],
  [1, 3],
  [1, 4],
  [2, 0],
  [3, 0],
  [4, 1],
  [128, 0],
  [129, 0],
] as const;

/** An error or an echo, quoting a packet or what begins like one. */
function message(start: FrameBuilder, isIpv4: boolean): FrameBuilder {
  const [type, code] = oneOf<readonly [number, number]>(isIpv4 ? messages4 : messages6);
  const ip = isIpv4 ? ipv4 : ipv6;
  const echo: Start = (of) => (isIpv4 ? of.icmp() : of.icmpv6()).payload(20);
  const quoted = oneOf([...packets, echo])(ip(frame())).bytes();
  const header = isIpv4 ? (quoted[0]! & 0xf) * 4 : 40;
  const cut = quoted.subarray(0, oneOf([quoted.length, header + 8]));
  return (isIpv4 ? start.icmp({ type, code }) : start.icmpv6({ type, code })).payload(cut);
}

function randomFrame(_: unknown, index: number): FixtureFrame {
  const link = oneOf<{ linkType: number; start: FrameBuilder }>([
    { linkType: 1, start: frame().ethernet() },
    { linkType: 1, start: frame().ethernet().vlan(7) },
    { linkType: 276, start: frame().sll2({}) },
    { linkType: 101, start: frame() },
  ]);
  const isIpv4 = upTo(1) === 0;
  const start = (isIpv4 ? ipv4 : ipv6)(link.start);
  const built = upTo(2) === 0 ? message(start, isIpv4) : oneOf(packets)(start);
  const made = built.bytes();
  return { name: `random frame ${index}`, linkType: link.linkType, bytes: made, wireBytes: made.length };
}

/** The frame as it is captured in part, at every length. */
const cuts = (whole: FixtureFrame): FixtureFrame[] =>
  Array.from({ length: whole.bytes.length }, (_, captured) => ({
    ...whole,
    name: `${whole.name} cut to ${captured}`,
    bytes: whole.bytes.subarray(0, captured),
  }));

const randomFrames = Array.from({ length: 800 }, randomFrame);
const frames = [
  ...fixtureFrames.filter(({ linkType }) => linkDecoder(linkType)),
  ...randomFrames,
  ...randomFrames.slice(0, 40).flatMap(cuts),
];

const fields = [
  ...['frame.protocols', 'tcp.seq_raw', 'tcp.window_size_value', 'ip.id', 'ip.frag_offset', 'ip.flags.mf'],
  ...['udp.payload', 'icmp.seq', 'icmpv6.echo.sequence_number', 'icmp.type', 'icmp.code'],
  ...['icmpv6.type', 'icmpv6.code', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'],
  ...['tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport', 'sctp.srcport', 'sctp.dstport'],
] as const;
type Row = Readonly<Record<string, string>>;

test('what tshark says of segments, marks and quoted packets is what we say', {
  skip: !isInstalled && 'tshark is not installed',
}, () => {
  const rows = dissect(frames, fields, ['-E', 'occurrence=a', '-o', 'tcp.relative_sequence_numbers:false']);
  const compared = new Map<string, number>();
  for (const [index, { name, linkType, bytes: captured, wireBytes }] of frames.entries()) {
    const { outcome, packet, error, quoted } = decodeTwice(
      linkDecoder(linkType)!,
      captured,
      wireBytes,
      linkType,
    );
    if (outcome !== PACKET) continue;
    const row = rows[index]!;
    const said = error === NO_ERROR ? 'nothing' : keyText(quoted);
    for (const [what, ours, theirs] of comparisons(packet, said, row)) {
      if (theirs === undefined) continue;
      assert.equal(ours, theirs, `${what} of ${name}`);
      compared.set(what, (compared.get(what) ?? 0) + 1);
    }
  }
  const rare = [...compared].filter(([, count]) => count < 100);
  assert.deepEqual([rare, compared.size], [[], 7], JSON.stringify([...compared]));
});

type Comparison = readonly [what: string, ours: unknown, theirs: unknown];

/** Theirs is undefined where tshark does not say it, or is not asked. */
function comparisons(packet: Packet, quoted: string, row: Row): Comparison[] {
  const { segment, protocol, family, transportOffset, payloadOffset } = packet;
  const isFragment = payloadOffset < 0;
  const isTcp = protocol === PROTOCOL_TCP && !isFragment;
  const isTold = isTcp && numberIn(row['tcp.window_size_value']) !== undefined;
  const isMarked = segment === DATAGRAM && transportOffset >= 0;
  const isIcmp = protocol === (family === 4 ? PROTOCOL_ICMP : PROTOCOL_IPV6_ICMP);
  return [
    ['segment', segment === TCP_SEGMENT, isTcp && row['tcp.srcport'] ? isTold : undefined],
    ['sequence', packet.sequence >>> 0, isTold ? numberIn(row['tcp.seq_raw']) : undefined],
    ['window', packet.tcpWindow, isTold ? numberIn(row['tcp.window_size_value']) : undefined],
    [
      'identification',
      packet.identification,
      isTold ? (family === 4 ? numberIn(row['ip.id']) : 0) : undefined,
    ],
    ['UDP’s mark', packet.payloadMark, isMarked && protocol === PROTOCOL_UDP ? markIn(row) : undefined],
    ['echo’s mark', packet.payloadMark, isMarked && isIcmp ? echoMarkIn(row) : undefined],
    ['quoted', quoted, isIcmp && transportOffset >= 0 ? quotedIn(row, family) : undefined],
  ];
}

const all = (text: string | undefined): string[] => (text ? text.split(',') : []);

/** The first of several; undefined where there is none. */
function numberIn(text: string | undefined): number | undefined {
  const [first] = all(text);
  return first === undefined ? undefined : Number(first);
}

/** The payload is in hexadecimal, and absent where it is empty. */
function markIn(row: Row): number | undefined {
  if (!row['udp.srcport']) return undefined;
  const [first = ''] = all(row['udp.payload']);
  return first.length < 4 ? 0 : Number.parseInt(first.slice(0, 4), 16) + 1;
}

/** Of echo requests and replies alone has tshark a sequence number. */
function echoMarkIn(row: Row): number | undefined {
  const sequence = numberIn(row['icmp.seq'] || row['icmpv6.echo.sequence_number']);
  const quotes = all(row['ip.src'] || row['ipv6.src']).length > 1;
  return sequence === undefined || quotes ? undefined : sequence + 1;
}

const names: Readonly<Record<string, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  sctp: 'SCTP',
  icmp: 'ICMP',
  icmpv6: 'IPv6-ICMP',
};

/** As keyText has it, or "nothing" where it is no error of ours; undefined where tshark sees too little of the quoted packet. */
function quotedIn(row: Row, family: 4 | 6): string | undefined {
  const isOurs = isError(row, family);
  if (isOurs === undefined) return undefined;
  if (!isOurs) return 'nothing';
  const version = family === 4 ? 'ip' : 'ipv6';
  const [, source] = all(row[`${version}.src`]);
  const [, target] = all(row[`${version}.dst`]);
  const layers = all(row['frame.protocols']).join().split(':');
  const layer = layers.slice(layers.lastIndexOf(version)).find((name) => names[name] !== undefined);
  if (source === undefined || target === undefined || layer === undefined) return undefined;
  const [sourcePort] = all(row[`${layer}.srcport`]);
  const [targetPort] = all(row[`${layer}.dstport`]);
  if (layer.startsWith('icmp')) return `${source} > ${target} ${names[layer]}`;
  if (sourcePort === undefined || targetPort === undefined) return undefined;
  return `${source}.${sourcePort} > ${target}.${targetPort} ${names[layer]}`;
}

function isError(row: Row, family: 4 | 6): boolean | undefined {
  const name = family === 4 ? 'icmp' : 'icmpv6';
  const [type, code] = [numberIn(row[`${name}.type`]), numberIn(row[`${name}.code`])];
  if (type === undefined || code === undefined) return undefined;
  if (family === 4) return type === 11 || (type === 3 && code !== 4 && code !== 5);
  return type === 1 || type === 3 || (type === 4 && code === 1);
}
