/** What tunnels carry: each fixture frame opened as tshark opens it, cut at every byte, and damaged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { tunnelFixtures } from '../../../fixtures/tables/tunnel.js';
import { decodeEthernet } from '../../../src/packet/link/ethernet.js';
import * as numbers from '../../../src/packet/numbers.js';
import { PACKET } from '../../../src/packet/packet.js';
import { innermost } from '../../../src/packet/tunnel/innermost.js';
import { readClassicPcap } from '../../support/classic-pcap.js';
import { decodeTwice } from '../../support/decode-twice.js';
import { decoded, outcomeText } from '../../support/decoding.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const decode = innermost(decodeEthernet);
const ethernet = 1;

/** "10.1.0.1.1001 > 10.1.0.2.443 TCP 10 flags 16 in VXLAN 42". */
function opened(bytes: Uint8Array, wireBytes = bytes.length): string {
  const { outcome, packet } = decodeTwice(decode, bytes, wireBytes, 1);
  const text = outcomeText(outcome, packet);
  if (outcome !== PACKET || packet.tunnel === 0) return text;
  const [name] = Object.entries(numbers).find(
    ([key, number]) => key.startsWith('TUNNEL_') && number === packet.tunnel,
  )!;
  return `${text} in ${name.slice('TUNNEL_'.length)} ${packet.tunnelId}`;
}

const framesOf = (name: string) =>
  readClassicPcap(tunnelFixtures.find((fixture) => fixture.name === `${name}.pcap`)!.bytes()).frames;
const openedOf = (name: string) => framesOf(name).map(({ bytes }) => opened(bytes));

const frame4 = '10.1.0.1.1001 > 10.1.0.2.443 TCP 10 flags 16';
const frame6 = 'fd00::1.1002 > fd00::2.443 UDP 20';
const packet4 = '10.1.0.1.1003 > 10.1.0.2.443 TCP 30 flags 16';
const packet6 = 'fd00::1.1004 > fd00::2.443 UDP 40';
const within = (carriers: readonly string[], texts: readonly string[]) =>
  carriers.flatMap((carrier) => texts.map((text) => `${text} in ${carrier}`));

describe('the innermost packet', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'tunnel-vxlan': within(['VXLAN 42', 'VXLAN 16777215'], [frame4, frame6]),
    'tunnel-geneve': [
      ...within(['GENEVE 43'], [frame4, frame6]),
      ...within(['GENEVE 44'], [packet4, packet6]),
    ],
    'tunnel-gre': [
      ...within(['GRE 0', 'GRE 16909060'], [packet4, packet6]),
      ...within(['NVGRE 42', 'GRE 0'], [frame4, frame6]),
      ...within(['GRE 7'], [packet4, packet6]),
    ],
    'tunnel-erspan': within(['ERSPAN 0', 'ERSPAN 100', 'ERSPAN 101', 'ERSPAN 102'], [frame4, frame6]),
    'tunnel-ip': within(['IP_IN_IP 0', 'IP_IN_IP 0', 'IP_IN_IP 0'], [packet4, packet6]),
    'tunnel-gtp-u': within(['GTP_U 3735928559', 'GTP_U 1', 'GTP_U 2'], [packet4, packet6]),
    'tunnel-teredo': Array(4).fill('fd00::1.40000 > fd00::2.443 TCP 5 flags 16 in TEREDO 0'),
  };
  for (const [name, texts] of Object.entries(expected))
    test(`of ${name}`, () => assert.deepEqual(openedOf(name), texts));

  test('is looked for eight tunnels deep', () => {
    assert.deepEqual(openedOf('tunnel-nested'), [
      `${frame4} in VXLAN 2`,
      `${frame6} in VXLAN 2`,
      '10.9.0.8 > 10.0.0.2 IPv4 28 in IP_IN_IP 0',
    ]);
  });

  test('is the outer one where nothing is opened', () => {
    const frames = framesOf('tunnel-unopened');
    assert.equal(frames.length, 11);
    for (const { bytes } of frames) assert.equal(opened(bytes), decoded(ethernet, bytes));
  });

  test('is the outer one where the inner one was not captured, at every cut', () => {
    for (const { name } of tunnelFixtures) {
      for (const { bytes } of framesOf(name.replace('.pcap', ''))) {
        const whole = opened(bytes);
        for (let captured = 0; captured < bytes.length; captured++) {
          const cut = bytes.subarray(0, captured);
          const outer = decoded(ethernet, cut, bytes.length);
          const text = opened(cut, bytes.length);
          // Deep tunnels may be opened in part.
          if (text !== whole && text !== outer) assert.match(text, / in /, `${name} cut at ${captured}`);
        }
      }
    }
  });
});

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

test('is what tshark finds', { skip: !isInstalled && 'tshark is not installed' }, () => {
  const folder = temporaryFolder();
  const fields = [
    'ip.src',
    'ip.dst',
    'ipv6.src',
    'ipv6.dst',
    'tcp.srcport',
    'udp.srcport',
    'tcp.len',
    'udp.length',
  ];
  const opens = tunnelFixtures.filter(({ name }) => !/nested|unopened/.test(name));
  for (const { name, bytes } of opens) {
    const path = folder.file(name, bytes());
    // Linux's old port is not tshark's to guess.
    const { stdout, stderr } = spawnSync(
      'tshark',
      [
        ...['-n', '-r', path, '-T', 'fields', '-E', 'occurrence=l', '-E', 'separator=;'],
        ...['-d', 'udp.port==8472,vxlan'],
        ...fields.flatMap((field) => ['-e', field]),
      ],
      { encoding: 'utf8' },
    );
    const rows = stdout.trimEnd().split('\n');
    assert.equal(rows.length, framesOf(name.replace('.pcap', '')).length, stderr);
    for (const [index, { bytes: frame }] of framesOf(name.replace('.pcap', '')).entries()) {
      const [ip, ipTo, ip6, ip6To, tcp, udp, tcpBytes, udpBytes] = rows[index]!.split(';');
      const ours = opened(frame).split(' in ')[0]!;
      const isTcp = ours.includes(' TCP ');
      const [source, target] = ours.includes(':') ? [ip6, ip6To] : [ip, ipTo];
      const theirs = isTcp
        ? `${source}.${tcp} > ${target}.443 TCP ${tcpBytes} flags 16`
        : `${source}.${udp} > ${target}.443 UDP ${Number(udpBytes) - 8}`;
      assert.equal(ours, theirs, `${name}, frame ${index + 1}`);
    }
  }
});
