/** The text that the installed tcpdump makes of every fixture, by each set of options, against the decoder of frames. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { knownDifferences } from '../../check-captures-known.js';
import * as captures from '../../support/captures.js';
import { compareCapture } from '../../support/compare-capture.js';
import { fixtureNames, fixturesFolder } from '../../support/fixtures.js';
import { frame } from '../../support/frames.js';
import { type PacketLine, packetLines, runTcpdump, tcpdumpVersion } from '../../support/tcpdump.js';

const skip = tcpdumpVersion === undefined && 'no tcpdump is installed';

const captureNames = fixtureNames.filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name));

describe('tcpdump, pcap-parser and the decoder agree', { skip }, () => {
  let packetsCompared = 0;
  for (const name of captureNames) {
    it(`on ${name}`, async () => {
      const { differences, ...comparison } = await compareCapture(join(fixturesFolder, name));
      packetsCompared += comparison.packetsCompared;
      assert.equal(
        differences.length,
        knownDifferences[name]?.count ?? 0,
        JSON.stringify(differences, null, 2),
      );
    });
  }
  it('on many packets', () => assert.ok(packetsCompared > 200, `${packetsCompared}`));
});

const plainCaptures = captureNames.filter((name) => name.endsWith('.pcap'));

/** What was made of all plain fixtures, in their order. */
const print = (...options: string[]): PacketLine[] =>
  plainCaptures.flatMap((name) =>
    packetLines(runTcpdump(readFileSync(join(fixturesFolder, name)), options).text, arrivalUs),
  );

const arrivalUs = 1_700_000_000_000_000;
/** What is no packet may have another reason. */
const packetsOf = (lines: readonly PacketLine[]): string[] =>
  lines.map(({ packet }) => (packet.includes(' > ') ? packet : 'none'));
const timesOf = (lines: readonly PacketLine[]): number[] => lines.map(({ timestampUs }) => timestampUs);
const withoutFlags = (packet: string): string => packet.replace(/ flags \d+$/, '');
const withoutLength = (packet: string): string => withoutFlags(packet).replace(/ \d+$/, '');

describe('the options of tcpdump make no difference', { skip }, () => {
  const base = skip ? [] : print('-nn', '-tttt');

  it('where there is much to compare', () =>
    assert.ok(base.filter(({ statesLength }) => statesLength).length > 150));

  for (const options of ['-tt', '-tttt -S', '-tttt -x', '-tttt -XX', '-tttt -#', '-tttt -l -U']) {
    it(options, () => {
      const lines = print('-nn', ...options.split(' '));
      assert.deepEqual(packetsOf(lines), packetsOf(base));
      assert.deepEqual(timesOf(lines), timesOf(base));
    });
  }

  for (const options of ['', '-ttt', '-ttttt']) {
    it(options || 'no -t', () => {
      const lines = print('-nn', ...options.split(' ').filter(Boolean));
      assert.deepEqual(packetsOf(lines), packetsOf(base));
      assert.ok(lines.every(({ timestampUs }) => timestampUs === arrivalUs));
    });
  }

  it('-t, which leaves frames of no content without a line', () => {
    const isPacket = (packet: string) => packet !== 'none';
    assert.deepEqual(packetsOf(print('-nn', '-t')).filter(isPacket), packetsOf(base).filter(isPacket));
  });

  it('-e, but for header chains that are too long, and the headers of 802.11 and PFLOG', () => {
    const lines = print('-nn', '-tttt', '-e');
    assert.equal(lines.length, base.length);
    for (const [index, { packet, text }] of lines.entries()) {
      const expected = base[index]!.packet;
      if (!expected.includes(' > ') || text.length >= 4_000) continue;
      // What stands there may be any interface's name or any flag, and is not read.
      const isForeign = / (BSSID|DA|RA):[\da-f]{2}:| rule \d/.test(text);
      assert.equal(packet, isForeign ? 'not-ip' : expected, text);
    }
  });

  it('-q, but for flags that it leaves out', () => {
    const lines = print('-nn', '-tttt', '-q');
    assert.equal(lines.length, base.length);
    for (const [index, line] of lines.entries()) assertSameWhereStated(line, base[index]!);
  });

  it('-v and -vv, but for the length of a first fragment', () => {
    for (const option of ['-v', '-vv']) {
      const lines = print('-nn', '-tttt', option);
      assert.equal(lines.length, base.length);
      for (const [index, line] of lines.entries()) {
        if (!line.text.endsWith('UDP, length 2000')) assertSameWhereStated(line, base[index]!);
      }
    }
  });

  function assertSameWhereStated(line: PacketLine, expected: PacketLine): void {
    if (!line.packet.includes(' > ') || !expected.packet.includes(' > ')) return;
    const same = line.statesLength && expected.statesLength ? withoutFlags : withoutLength;
    assert.equal(same(line.packet), same(expected.packet), line.text);
  }

  it('-q and -v state more lengths', () => {
    const stated = (lines: readonly PacketLine[]) => lines.filter(({ statesLength }) => statesLength).length;
    for (const option of ['-q', '-v'])
      assert.ok(stated(print('-nn', '-tttt', option)) > stated(base), option);
  });
});

describe('what a sender writes into a packet', { skip }, () => {
  const ascii = (text: string) => new TextEncoder().encode(text);
  const ethernet = frame().ethernet();
  const client = ethernet.ipv4({ source: '10.0.0.1', target: '10.0.0.2' });
  const forged = ', length 999999';
  const line = '\n2016-09-08 23:28:20.000000 IP 10.6.6.6.1 > 10.7.7.7.2: UDP, length 999999\n';

  const lldp = frame()
    .with({ encode: (payload) => payload })
    .payload(Uint8Array.of(0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 1, 0x88, 0xcc));
  const systemName = ascii('IP 10.6.6.6.1 > 10.7.7.7.2: UDP, length 999999');

  const frames = [
    client
      .tcp({ targetPort: 80 })
      .payload(ascii(`GET /${forged} HTTP/1.1\r\n\r\n`))
      .bytes(),
    client
      .tcp({ targetPort: 21 })
      .payload(ascii(`USER x${forged}\r\n`))
      .bytes(),
    client
      .tcp({ targetPort: 25 })
      .payload(ascii(`${line}${line}\r\n`))
      .bytes(),
    client
      .udp({ targetPort: 5060 })
      .payload(ascii(`INVITE sip:x${forged} SIP/2.0\r\n${line}`))
      .bytes(),
    client
      .udp({ targetPort: 69 })
      .payload(ascii(`\0\x01f${line}${forged}\0octet\0`))
      .bytes(),
    client
      .udp({ targetPort: 514 })
      .payload(ascii(`<13>${line}${forged}`))
      .bytes(),
    lldp
      .payload(Uint8Array.of(0x0a, systemName.length))
      .payload(systemName)
      .payload(Uint8Array.of(0, 0))
      .bytes(),
  ];

  for (const options of ['', '-q', '-e', '-v', '-vvv', '-X']) {
    it(`makes no packets or lengths, ${options || 'plain'}`, () => {
      const { text } = runTcpdump(captures.pcapFile({}, frames), [
        ...`-nn -tttt ${options}`.trim().split(' '),
      ]);
      const packets = packetsOf(packetLines(text)).filter((packet) => packet !== 'text-line-not-understood');
      assert.equal(packets.length, frames.length, text.toString());
      for (const packet of packets) assert.doesNotMatch(packet, /10\.6\.6\.6|999999/);
    });
  }
});
