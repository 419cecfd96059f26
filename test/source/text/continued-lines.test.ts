/** Lines that belong together, and lines that belong to no packet. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packetsOf } from '../../support/tcpdump.js';

const notUnderstood = 'text-line-not-understood';

describe('texts of several lines', () => {
  const stamp = '12:00:00.000000';
  const line = `${stamp} IP 10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5`;
  const packet = '10.0.0.1.40000 > 10.0.0.2.53 UDP 5';

  it('belong to the packet before where they are indented', () =>
    assert.deepEqual(
      packetsOf(line, '\t0x0000:  4500 0021', ' EID 10.30.1.100/32', '    SITE-ID: 0', '', line),
      [packet, packet],
    ));

  it('are counted where they are neither indented nor start with a time', () =>
    assert.deepEqual(packetsOf(line, 'garbage', '[Invalid header: len==0]', line), [
      packet,
      notUnderstood,
      notUnderstood,
      packet,
    ]));

  it('may hold what tcpdump says of itself', () =>
    assert.deepEqual(
      packetsOf(
        'reading from file x.pcap, link-type EN10MB (Ethernet), snapshot length 262144',
        'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode',
        'dropped privs to tcpdump',
        line,
        '1 packet captured',
        '12 packets received by filter',
        '0 packets dropped by kernel',
      ),
      [packet],
    ));

  it('may end in carriage returns, as Windows writes them', () =>
    assert.deepEqual(packetsOf(`${line}\r`, `${stamp} IP 10.0.0.1.40000 > 10.0.0.2.53: 1+ A? x. (9)\r`), [
      packet,
      '10.0.0.1.40000 > 10.0.0.2.53 UDP 9',
    ]));

  it('may have no time (-t), or a number (-#)', () =>
    assert.deepEqual(
      packetsOf(
        'IP 10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5',
        'eth0  In  IP 10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5',
        'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
        ' [|ether]',
        '    1  IP 10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5',
        `123456  ${line}`,
      ),
      [packet, packet, 'not-ip', notUnderstood, packet, packet],
    ));

  const vxlan = 'IP 10.0.0.1.40000 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), vni 1';
  const tunnelled = '10.0.0.1.40000 > 10.0.0.2.4789 UDP ?';
  for (const time of ['', `${stamp} `]) {
    it(`do not count a tunnel's content ${time ? 'after' : 'without'} a time`, () =>
      assert.deepEqual(
        packetsOf(
          `${time}${vxlan}`,
          vxlan,
          'IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [.], ack 1, win 1, length 0',
          `${time}${vxlan}`,
          ' [|ether]',
          `${time}IP 10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5`,
        ),
        [tunnelled, tunnelled, packet],
      ));
  }

  it('wait for no content where the tunnel was captured too short to have any', () =>
    assert.deepEqual(
      packetsOf(
        'IP 10.0.0.1.40000 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), [|vxlan]',
        'IP 10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5',
      ),
      [tunnelled, packet],
    ));

  const header = `${stamp} IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 44)`;
  it('go on in the next line (-v), which completes what the first states', () =>
    assert.deepEqual(
      packetsOf(
        header,
        '    10.0.0.1.40000 > 10.0.0.2.443: UDP, length 2000',
        header,
        '    10.0.0.1.40000 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), vni 1',
        'IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto TCP (6), length 40)',
        '    192.0.2.1.40000 > 192.0.2.2.80: Flags [.], ack 1, win 1, length 0',
        `${stamp} IP (tos 0x0, ttl 1, id 1, offset 0, flags [DF], proto Mobile IP (old) (55), length 40, options (RA))`,
        '    10.0.0.1 > 10.0.0.2: something new',
        `${stamp} IP (tos 0x0, ttl 1, id 1, offset 0, flags [DF], proto unknown (200), length 44)`,
        '    10.0.0.1 > 10.0.0.2: something new',
      ),
      [
        '10.0.0.1.40000 > 10.0.0.2.443 UDP 16',
        '10.0.0.1.40000 > 10.0.0.2.4789 UDP 16',
        '10.0.0.1 > 10.0.0.2 Min-IPv4 ?',
        '10.0.0.1 > 10.0.0.2 200 24',
      ],
    ));

  it('do not go on in a line that -# has numbered', () =>
    assert.deepEqual(packetsOf(`    1  ${stamp} `, `    2  ${stamp} `, `    3  ${line}`), [
      notUnderstood,
      notUnderstood,
      packet,
    ]));

  it('are counted where they do not go on', () =>
    assert.deepEqual(packetsOf(header, line, header, 'garbage', header, '    nothing', header), [
      notUnderstood,
      packet,
      notUnderstood,
      notUnderstood,
      notUnderstood,
      notUnderstood,
    ]));
});
