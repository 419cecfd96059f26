/**
 * Protocols whose lines say less, more or something else than a packet's payload: the text that the installed
 * tcpdump makes of them, by each set of options, against the decoder of frames. Each message is built from
 * its specification.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Packet } from '../../../src/packet/packet.js';
import { captureFrom } from '../../../src/source/capture-source.js';
import { concatenate, hexadecimal, uint8, uint16, uint32 } from '../../support/bytes.js';
import { type FrameInput, pcapFile } from '../../support/captures.js';
import { outcomeText } from '../../support/decoding.js';
import { readSource } from '../../support/frame-recorder.js';
import { frame } from '../../support/frames.js';
import { memoryInput } from '../../support/memory-input.js';
import { packetLines, runTcpdump, tcpdumpVersion } from '../../support/tcpdump.js';

const skip = tcpdumpVersion === undefined && 'no tcpdump is installed';

const ip = frame().ethernet().ipv4();
const ip6 = frame().ethernet().ipv6();
const udpTo = (targetPort: number) => ip.udp({ sourcePort: 40000, targetPort });
const innermost = frame().ethernet().ipv4({ source: '10.8.0.1', target: '10.8.0.2' }).tcp().payload(9);

/** RFC 7348. */
const vxlan = (frame: Uint8Array) => concatenate(uint8(8, 0, 0, 0, 0, 0, 5, 0), frame);
/** RFC 8926, with the EtherType of what follows. */
const geneve = (etherType: number, inner: Uint8Array, options = uint8()) =>
  concatenate(uint8(options.length / 4, 0), uint16(etherType), uint8(0, 0, 7, 0), options, inner);
/** RFC 2784. */
const gre = (etherType: number, inner: Uint8Array) => concatenate(uint16(0, etherType), inner);

const innerIp = { source: '192.0.2.1', target: '192.0.2.2' };
const vxlanUdp = { sourcePort: 50000, targetPort: 4789 };
const vxlanFrame = frame().ethernet().ipv4(innerIp).udp(vxlanUdp).payload(vxlan(innermost.bytes())).bytes();
const vxlanPacket = vxlanFrame.subarray(14);
const ethernetBridging = 0x6558;
const geneveOption = uint8(0x01, 0x02, 0x03, 1, 1, 2, 3, 4);

/** RFC 2328, A.3.1 and D.3: a Hello whose digest lies behind the length that the header states. */
function ospfHello(authenticationType: number, digestBytes: number): Uint8Array {
  const hello = concatenate(uint32(0xffffff00), uint16(10), uint8(2, 1), uint32(40, 0, 0));
  const header = concatenate(uint8(2, 1), uint16(24 + hello.length), uint32(0x01010101, 0), uint16(0));
  const authentication = concatenate(uint16(authenticationType, 0), uint8(1, digestBytes), uint32(1));
  return concatenate(header, authentication, hello, new Uint8Array(digestBytes));
}

/** RFC 2865, section 3: an Access-Request that states its own length, and what follows it. */
const radius = (trailer: number) => concatenate(uint8(1, 5), uint16(20), new Uint8Array(16 + trailer));
/** RFC 3626, section 3.3: a HELLO of an OLSR packet that states its own length, and what follows it. */
const olsr = (trailer: number) =>
  concatenate(
    uint16(20, 1),
    concatenate(uint8(1, 0x86), uint16(16), uint32(0x0a000001), uint8(1, 0), uint16(1)),
    concatenate(uint16(0), uint8(5, 3)),
    new Uint8Array(trailer),
  );

/** RFC 5531 and RFC 1813: a GETATTR call and its reply. */
const nfsCall = concatenate(uint32(7, 0, 2, 100003, 3, 1, 0, 0, 0, 0, 8), new Uint8Array(8));
const nfsReply = concatenate(uint32(7, 1, 0, 0, 0, 0, 0), new Uint8Array(84));
const nfsDenied = uint32(7, 1, 1, 1, 5);
/**
 * The header of AFS's Rx: epoch, connection, call, sequence, serial, type, flags, status, security, checksum,
 * service.
 */
const rx = (type: number, flags: number, payload: Uint8Array) =>
  concatenate(uint32(1, 4, 1, 1, 1), uint8(type, flags, 0, 0), uint16(0, 1), payload);
/** RFC 3208, section 8: ODATA of six bytes. */
const pgmData = concatenate(
  uint16(1000, 2000),
  uint8(4, 0),
  uint16(0),
  new Uint8Array(6),
  uint16(6),
  new Uint8Array(14),
);

const pppoe = (versionAndType: number, length: number) => {
  const bytes = frame().ethernet().pppoe({ payloadBytes: length }).ppp().ipv4().udp().payload(5).bytes();
  bytes[14] = versionAndType;
  return bytes;
};

interface Case {
  readonly frames: readonly FrameInput[];
  /** Whether plain text states the payload's length of each. */
  readonly states: readonly boolean[];
}

const cases: Readonly<Record<string, Case>> = {
  'VXLAN within other tunnels': {
    frames: [
      udpTo(6081).payload(geneve(ethernetBridging, vxlanFrame)).bytes(),
      udpTo(6081).payload(geneve(0x0800, vxlanPacket)).bytes(),
      udpTo(6081)
        .payload(geneve(0x0800, vxlanPacket, geneveOption))
        .bytes(),
      ip.protocol(47).payload(gre(ethernetBridging, vxlanFrame)).bytes(),
      ip.protocol(47).payload(gre(0x0800, vxlanPacket)).bytes(),
      ip.ipv4(innerIp).udp(vxlanUdp).payload(vxlan(innermost.bytes())).bytes(),
      udpTo(4789).payload(vxlan(vxlanFrame)).bytes(),
      udpTo(4789)
        .payload(vxlan(udpTo(6081).payload(geneve(0x0800, vxlanPacket)).bytes()))
        .bytes(),
      udpTo(9999).payload(5).bytes(),
    ],
    states: [false, false, false, true, true, false, false, false, true],
  },
  'OSPF with and without cryptographic authentication': {
    frames: [
      ip.protocol(89).payload(ospfHello(0, 0)).bytes(),
      ip.protocol(89).payload(ospfHello(2, 16)).bytes(),
      ip.protocol(89).payload(ospfHello(2, 20)).bytes(),
    ],
    states: [false, false, false],
  },
  'RADIUS and OLSR with something behind them': {
    frames: [0, 7].flatMap((trailer) => [
      udpTo(1812).payload(radius(trailer)).bytes(),
      udpTo(698).payload(olsr(trailer)).bytes(),
    ]),
    states: [false, false, false, false],
  },
  'PPPoE with remarks': {
    frames: [
      pppoe(0x21, 35),
      pppoe(0x13, 35),
      pppoe(0x23, 35),
      pppoe(0x11, 99),
      pppoe(0x23, 99),
      pppoe(0x11, 35),
    ],
    states: [true, true, true, true, true, true],
  },
  'tunnels that were cut off': {
    frames: [
      ip
        .ipv6()
        .udp()
        .payload(5)
        .cut(34 + 30),
      ip.ipv6().udp().payload(5).cut(34),
      ip
        .ipv4(innerIp)
        .udp()
        .payload(5)
        .cut(34 + 10),
    ],
    states: [false, false, false],
  },
  NFS: {
    frames: [
      udpTo(2049).payload(nfsCall).bytes(),
      ip.udp({ sourcePort: 2049, targetPort: 40000 }).payload(nfsReply).bytes(),
      ip.udp({ sourcePort: 2049, targetPort: 40000 }).payload(nfsDenied).bytes(),
      ip6.udp({ sourcePort: 40000, targetPort: 2049 }).payload(nfsCall).bytes(),
    ],
    states: [true, true, true, true],
  },
  Rx: {
    frames: [
      ip
        .udp({ sourcePort: 7001, targetPort: 7000 })
        .payload(rx(1, 1, uint32(131)))
        .bytes(),
      ip
        .udp({ sourcePort: 7001, targetPort: 7000 })
        .payload(rx(1, 1, concatenate(uint32(134, 1, 2, 3), uint32(5), hexadecimal('2028393929000000'))))
        .bytes(),
      ip
        .udp({ sourcePort: 7000, targetPort: 7001 })
        .payload(rx(1, 0, uint8(1, 2, 3)))
        .bytes(),
      ip
        .udp({ sourcePort: 7000, targetPort: 7001 })
        .payload(rx(2, 0, new Uint8Array(30)))
        .bytes(),
      ip.udp({ sourcePort: 7000, targetPort: 7001 }).payload(7).bytes(),
    ],
    states: [true, true, true, true, true],
  },
  // It states what it carries, without a header whose length differs.
  PGM: { frames: [ip.protocol(113).payload(pgmData).bytes()], states: [false] },
  'frames that cannot be': {
    frames: [{ bytes: udpTo(53).payload(5).bytes(), wireBytes: 20 }, udpTo(9999).payload(5).bytes()],
    states: [false, true],
  },
};

const decoded = new Packet();

async function decodedPackets(capture: Uint8Array): Promise<string[]> {
  const { frames } = await readSource((edges) => captureFrom(memoryInput(capture), edges));
  return frames.map(({ decode, bytes, wireBytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return outcomeText(decode(view, 0, bytes.length, wireBytes, decoded), decoded).replace(/ flags \d+$/, '');
  });
}

const withoutLength = (packet: string): string => packet.replace(/ \d+$/, '');

for (const [name, { frames, states }] of Object.entries(cases)) {
  describe(name, { skip }, () => {
    const capture = pcapFile({}, frames);
    for (const options of [
      '-tttt',
      '-t',
      '-tttt -q',
      '-tttt -e',
      '-tttt -v',
      '-t -v',
      '-t -e',
      '-tttt -e -vvv',
    ]) {
      it(`is read right, ${options}`, async () => {
        const { text } = runTcpdump(capture, ['-nn', ...options.split(' ')]);
        const lines = packetLines(text);
        const expected = await decodedPackets(capture);
        const print = text.toString();
        assert.equal(lines.length, expected.length, print);
        for (const [index, { packet, statesLength, text: line }] of lines.entries()) {
          // "[Invalid header" stands in place of a whole line.
          if (line.startsWith('[Invalid header') || line.includes(' [Invalid header')) continue;
          const ours = packet.replace(/ flags \d+$/, '');
          const right = expected[index]!;
          if (statesLength) assert.equal(ours, right, print);
          else assert.equal(withoutLength(ours), withoutLength(right), print);
          if (options === '-tttt') assert.equal(statesLength, states[index], print);
        }
      });
    }
  });
}
