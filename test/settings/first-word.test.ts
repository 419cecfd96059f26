import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StdinKind } from '../../src/settings/config.js';
import { parseCommand } from '../../src/settings/parse.js';

/** Words that a filter may begin with (pcap-filter(7), and libpcap's scanner for what the page leaves out). */
const keywords = `
  dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah
  esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui
  host net mask port portrange proto protochain gateway type subtype direction dir addr1 addr2 addr3 addr4 ra ta
  less greater byte broadcast multicast and or not len length inbound outbound ifindex vlan mpls pppoed pppoes geneve
  vxlan lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect on ifname rset ruleset rnr
  rulenum srnr subrulenum reason action fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls`
  .trim()
  .split(/\s+/);

const parse = (line: string, stdin: StdinKind = 'nothing') =>
  parseCommand(line.split(' '), { environment: {}, stdin, columns: 80 });

describe('the first word', () => {
  for (const [line, message] of [
    ['docter', 'docter: there is no such command, and no filter begins so; did you mean pcap-agg doctor?'],
    ['Doctor', 'Doctor: there is no such command, and no filter begins so; did you mean pcap-agg doctor?'],
    [
      'verfy 127.0.0.1:1',
      'verfy: there is no such command, and no filter begins so; did you mean pcap-agg verify?',
    ],
    ['help', 'help: there is no such command, and no filter begins so; did you mean pcap-agg --help?'],
    [
      'version',
      'version: there is no such command, and no filter begins so; did you mean pcap-agg --version?',
    ],
    ['-i lo doctor', 'doctor: a command stands before all options; write pcap-agg doctor …'],
    ['-r a verify', 'verify: a command stands before all options; write pcap-agg verify …'],
  ] as const) {
    test(`that was meant as a command is refused: ${line}`, async () => {
      for (const stdin of ['nothing', 'data'] as const) {
        await assert.rejects(parse(line, stdin), { name: 'UsageError', message });
      }
    });
  }

  for (const [line, name] of [
    ['capture.pcap', 'capture.pcap'],
    ['-r a.pcap b.pcap c.pcap', 'b.pcap'],
    ['day/tcp.pcap.gz', 'day/tcp.pcap.gz'],
    ['/dev/null', '/dev/null'],
  ] as const) {
    test(`that names a file is refused: ${line}`, async () => {
      for (const stdin of ['nothing', 'data'] as const) {
        const message = `${name}: each file takes an -r before it; write -r ${name}`;
        await assert.rejects(parse(line, stdin), { name: 'UsageError', message });
      }
    });
  }

  test('that names a file beside an interface is refused', async () => {
    const message = 'a.PCAPNG: each file takes an -r before it; write -r a.PCAPNG in place of -i';
    await assert.rejects(parse('-i lo a.PCAPNG'), { name: 'UsageError', message });
  });

  test('is looked for in a filter that is quoted as a whole', async () => {
    const command = await parseCommand(['host backup.gz'], {
      environment: {},
      stdin: 'nothing',
      columns: 80,
    });
    assert.ok(command.kind === 'run' && command.config.input.kind === 'live');
    assert.equal(command.config.input.filter, 'host backup.gz');
  });

  test('that begins a filter is never taken for a command', async () => {
    for (const word of [...keywords, '(tcp)', '!arp', 'tcp[13]', '1=1', '-1=len']) {
      const command = await parse(`-i lo -- ${word} x`);
      assert.ok(command.kind === 'run' && command.config.input.kind === 'live');
      assert.equal(command.config.input.filter, `${word} x`);
    }
  });
});
