/** What single lines of tcpdump's text say, in all the forms of its versions and options. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packetsOf } from '../../support/tcpdump.js';

/** Each line's rest, from the addresses on, and what it is. */
type Cases = readonly (readonly [rest: string, packet: string])[];

const notUnderstood = 'text-line-not-understood';

function check(start: string, cases: Cases): void {
  for (const [rest, packet] of cases) {
    it(rest.slice(0, 90), () => assert.deepEqual(packetsOf(`12:00:00.000000 ${start}${rest}`), [packet]));
  }
}

const a = '10.0.0.1.40000 > 10.0.0.2.443';
const ports = 'IP 10.0.0.1.40000 > 10.0.0.2.443: ';
const portless = 'IP 10.0.0.1 > 10.0.0.2: ';
const portless6 = 'IP6 2001:db8::1 > 2001:db8::2: ';

describe('lines with ports', () => {
  check(ports, [
    ['Flags [S], seq 1, win 65535, options [mss 1460,sackOK,nop,wscale 7], length 0', `${a} TCP 0 flags 2`],
    ['Flags [FP.], seq 1:11, ack 1, win 502, length 10', `${a} TCP 10 flags 25`],
    ['Flags [SEW], seq 1, win 65535, length 0', `${a} TCP 0 flags 194`],
    ['Flags [S.e], seq 1, ack 1, win 65535, length 0', `${a} TCP 0 flags 18`],
    ['Flags [none], win 65535, length 0', `${a} TCP 0`],
    ['Flags [RU], seq 1, win 0, urg 7, length 0', `${a} TCP 0 flags 36`],
    ['Flags [P.], seq 1:2, ack 1, win 1, options [unknown-99 0x01[len 4]], length 1', `${a} TCP 1 flags 24`],
    ['Flags [P.], seq 1:519, ack 1, win 502, length 518: HTTP: GET / HTTP/1.1', `${a} TCP 518 flags 24`],
    ['Flags [P.], seq 1:32, ack 1, win 502, length 31 4660+ A? example.com. (29)', `${a} TCP 31 flags 24`],
    ['Flags [P.], ack 1, win 502, length 9: FTP: USER x, length 999999', `${a} TCP 9 flags 24`],
    ['Flags [P.], ack 1, win 502, options [nop[|tcp]', `${a} TCP ? flags 24`],
    ['Flags [.] [bad hdr length 60 - too long, > 59]', notUnderstood],
    ['tcp 36', `${a} TCP 36`],
    ['tcp 4294967292 [bad hdr length 60 - too long, > 56]', notUnderstood],
    [' tcp 4 [bad hdr length 16 - too short, < 20]', notUnderstood],
    [' [|tcp]', notUnderstood],
    ['UDP, length 29', `${a} UDP 29`],
    ['UDP, bad length 992 > 20', `${a} UDP 20`],
    ['truncated-udp 4', notUnderstood],
    ['truncated-udplength 7', notUnderstood],
    [' [|udp]', notUnderstood],
    ['4660+ A? example.com. (29)', `${a} UDP 29`],
    ['4660 NXDomain* 0/1/0 (104)', `${a} UDP 104`],
    ['0*- [0q] 2/0/1 PTR x.local., (Cache flush) SRV (29) x.local.:80 0 0 (120)', `${a} UDP 120`],
    ['4660+ A? a, length 999999.(999999). (43)', `${a} UDP 43`],
    ['4660+ A? exam [|domain]', `${a} UDP ?`],
    ['[no cksum] UDP, length 10', `${a} UDP 10`],
    ['[bad udp cksum 0x0000 -> 0x2618!] UDP, bad length 992 > 20', `${a} UDP 20`],
    ['[udp sum ok] 4660+ A? example.com. (29)', `${a} UDP 29`],
    ['domain [length 4 < 12] (invalid)', `${a} UDP 4`],
    ['NTPv4, Client, length 48', `${a} UDP 48`],
    ['BOOTP/DHCP, Request from 02:00:00:00:00:01, length 300', `${a} UDP 300`],
    ['TFTP, length 25, RRQ "f, length 999999" octet', `${a} UDP 25`],
    ['SYSLOG user.notice, length: 9', `${a} UDP 9`],
    ['RADIUS, Access-Request (1), id: 0x05 length: 139', `${a} UDP ?`],
    ['OLSRv4, seq 0x0001, length 20', `${a} UDP ?`],
    ['NFS request xid 7 112 getattr fh Unknown/1', `${a} UDP 112`],
    ['NFS reply xid 4294967295 reply ok 112 getattr DIR 755 ids 0/0 sz 4096', `${a} UDP 112`],
    ['NFS reply xid 7 reply ERR 20: Auth Bogus Credentials (seal broken)', `${a} UDP 20`],
    ['NFS reply xid 7 reply Unknown rpc response code=5 20', `${a} UDP ?`],
    ['NFS request xid 7 ', `${a} UDP ?`],
    [' rx data (65)', `${a} UDP 65`],
    [' rx data fs call create-file fid 1/2/3 "a (999999)" (120)', `${a} UDP 120`],
    [' [|rx] (12)', `${a} UDP 12`],
    ['RIPv2, Response, length: 24', `${a} UDP 24`],
    ['HSRPv0-hello 20: state=active group=1 addr=10.0.0.9', `${a} UDP 20`],
    ['BFDv1, Control, State Up, Flags: [none], length: 24', `${a} UDP 24`],
    ['UDP-encap: ESP(spi=0x12345678,seq=0x1), length 100', `${a} UDP 100`],
    ['SIP: INVITE sip:x, length: 999999 SIP/2.0', `${a} UDP ?`],
    [
      'Geneve, Flags [none], vni 0x1: IP 10.8.0.1 > 10.8.0.2: ICMP echo request, id 1, seq 1, length 64',
      `${a} UDP ?`,
    ],
    [' C="public" GetRequest(25)  .1.3.6.1.2.1.1.5.0', `${a} UDP ?`],
    ['isakmp: phase 1 I ident', `${a} UDP ?`],
    ['', `${a} UDP ?`],
    ['sctp (1) [INIT] [init tag: 1] [rwnd: 65536] [OS: 10] [MIS: 10] [init TSN: 1] ', `${a} SCTP ?`],
    ['sctp[ForCES HP] (1) [HB REQ] ', `${a} SCTP ?`],
    ['DCCP 24', `${a} DCCP 24`],
    ['DCCP DCCP-Request (service=1) ', `${a} DCCP ?`],
  ]);
});

describe('lines without ports', () => {
  const b = '10.0.0.1 > 10.0.0.2';
  check(portless, [
    ['ICMP echo request, id 1, seq 1, length 64', `${b} ICMP 64`],
    ['ICMP 10.0.0.9 udp port 5000 unreachable, length 39', `${b} ICMP 39`],
    ['ICMP time exceeded in-transit, length 36', `${b} ICMP 36`],
    [' [|icmp]', `${b} ICMP ?`],
    ['igmp v2 report 224.0.0.251', `${b} IGMP ?`],
    ['ESP(spi=0x00000100,seq=0x1), length 88', `${b} ESP 88`],
    [
      'AH(spi=0x00000100,seq=0x1,icv=0x0123456789abcdef01234567): ESP(spi=0x00000100,seq=0x1), length 88',
      `${b} AH ?`,
    ],
    ['GREv0, length 44: IP 192.0.2.1.40000 > 10.0.0.2.443: Flags [.], ack 1, win 1, length 0', `${b} GRE 44`],
    [
      'GREv0, key=0x1, proto IPv4 (0x0800), length 49: 10.8.0.1 > 10.8.0.2: ICMP echo reply, id 1, seq 1, length 8',
      `${b} GRE 49`,
    ],
    ['IP 192.0.2.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64', `${b} IPv4 ?`],
    ['IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo request, id 1, seq 1, length 64', `${b} IPv6 ?`],
    ['192.0.2.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64', `${b} IPv4 ?`],
    ['10.0.0.1.10 > 10.0.0.2.20: PGM, length 0 0x010203040506 SPM seq 1', `${b} PGM ?`],
    ['PIMv2, Hello, length 34', `${b} PIM 34`],
    ['OSPFv2, Hello, length 44', `${b} OSPFIGP ?`],
    [' [|ip]', `${b} IPv4 ?`],
    [' [|ip6]', `${b} IPv6 ?`],
    [' [remaining caplen(24) < header length(60)] [|ip]', notUnderstood],
    ['VRRPv2, Advertisement, vrid 1, prio 100, authtype none, intvl 1s, length 20', `${b} VRRP 20`],
    ['CARPv2-advertise 36: vhid=1 advbase=1 advskew=0 authlen=7 counter=1', `${b} VRRP 36`],
    ['EIGRP Hello, length: 40', `${b} EIGRP 40`],
    ['RSVPv1 Hello Message, length: 32', `${b} RSVP 32`],
    [' nd 36', `${b} SUN-ND 36`],
    ['ip-proto-17', `${b} UDP ?`],
    [' ip-proto-255 8', `${b} 255 8`],
    [' ip-proto-136 28', `${b} UDPLite 20`],
    [' ip-proto-136 7', notUnderstood],
    [' ip-proto-256 7', notUnderstood],
    ['[ICMPv6 requires IPv6] (invalid)', `${b} IPv6-ICMP ?`],
    ['something new, length 7', notUnderstood],
    ['', notUnderstood],
  ]);
});

describe('lines of IPv6', () => {
  const b = '2001:db8::1 > 2001:db8::2';
  check(portless6, [
    ['ICMP6, echo request, id 1, seq 1, length 64', `${b} IPv6-ICMP 64`],
    ['ICMP6, neighbor solicitation, who has fe80::1, length 32', `${b} IPv6-ICMP 32`],
    ['ICMP6, node information reply (success, DNS name, "a, length 999999"), length 35', `${b} IPv6-ICMP 35`],
    ['HBH ICMP6, multicast listener report v2, 1 group record(s), length 28', `${b} IPv6-ICMP 28`],
    [
      'HBH (rtalert: 0x0000) (padn) [icmp6 sum ok] ICMP6, multicast listener done, length 24',
      `${b} IPv6-ICMP 24`,
    ],
    [
      'DSTOPT 40000 > 443: Flags [S], seq 1, win 1, length 0',
      '2001:db8::1.40000 > 2001:db8::2.443 TCP 0 flags 2',
    ],
    [
      'RT6 (len=2, type=0, segleft=1, [0]2001:db8::9) 40000 > 53: UDP, length 5',
      '2001:db8::1.40000 > 2001:db8::2.53 UDP 5',
    ],
    ['AH(spi=0x00000100,seq=0x1,icv=0x01): OSPFv3, Hello, length 36', `${b} OSPFIGP 36`],
    ['AH(length=4(24-bytes),spi=0x1,seq=0x1,icv=0x01): OSPFv3, Hello, length 36', `${b} OSPFIGP 36`],
    ['frag (0|1448) 40000 > 443: UDP, length 2000', '2001:db8::1.40000 > 2001:db8::2.443 UDP 1440'],
    ['frag (0x00000007:0|1448) ICMP6, echo request, id 1, seq 1, length 1448', `${b} IPv6-ICMP 1448`],
    ['frag (1448|560)', `${b} IPv6-Frag 560`],
    ['DSTOPT frag (0x00000007:8|30)', `${b} IPv6-Frag 30`],
    ['HBH [No valid Jumbo Payload Hop-by-Hop option found] (invalid)', notUnderstood],
    [' [|hbhopt]', notUnderstood],
    [' [|ip6]', notUnderstood],
    ['mobility: BU seq#=116 A lifetime=15872', `${b} Mobility Header ?`],
    ['no next header', `${b} IPv6-NoNxt ?`],
  ]);
  check('IP6 ', [
    ['::.546 > ff02::1:2.547: dhcp6 solicit', '::.546 > ff02::1:2.547 UDP ?'],
    ['::1.53 > ::ffff:10.0.0.1.40000: UDP, length 1', '::1.53 > ::ffff:10.0.0.1.40000 UDP 1'],
    ['2001:db8::: ICMP6, echo request, id 1, seq 1, length 8', notUnderstood],
    [
      '2001:db8:: > 2001:db8:1::: ICMP6, echo request, id 1, seq 1, length 8',
      '2001:db8:: > 2001:db8:1:: IPv6-ICMP 8',
    ],
    [
      'truncated-ip6 - 4 bytes missing!fe80::1 > fe80::2: ICMP6, echo reply, id 1, seq 1, length 8',
      'fe80::1 > fe80::2 IPv6-ICMP 8',
    ],
    [
      '[header+payload length 104 > length 60] (invalid) fe80::1 > fe80::2: ICMP6, echo reply, id 1, seq 1, length 64',
      'fe80::1 > fe80::2 IPv6-ICMP 64',
    ],
  ]);
});

describe('lines with words before the addresses', () => {
  const udp = '10.0.0.1.40000 > 10.0.0.2.53: UDP, length 5';
  const packet = '10.0.0.1.40000 > 10.0.0.2.53 UDP 5';
  const macs = '02:00:00:00:00:01 > 02:00:00:00:00:02';
  check('', [
    [`IP truncated-ip - 36 bytes missing! ${udp}`, packet],
    [`IP [total length 84 > length 60] (invalid) ${udp}`, packet],
    [`eth0  In  IP ${udp}`, packet],
    [`?     ?   IP ${udp}`, packet],
    [`IP    Out IP ${udp}`, packet],
    [` In IP ${udp}`, packet],
    [`lo    In  ifindex 1 00:00:00:00:00:00 ${udp}`, packet],
    [`eth0  In  ifindex 2 02:00:00:00:00:01 ethertype IPv4 (0x0800), length 70: ${udp}`, packet],
    [`${macs}, ethertype IPv4 (0x0800), length 47: ${udp}`, packet],
    [`${macs}, IPv4, length 47: ${udp}`, packet],
    [
      `${macs}, ethertype 802.1Q-QinQ (0x88a8), length 55: vlan 5, p 3, DEI, ethertype 802.1Q, vlan 7, p 0, ethertype IPv4 (0x0800), ${udp}`,
      packet,
    ],
    [
      `${macs}, ethertype PPPoE S (0x8864), length 55: PPPoE  [ses 0x1] IP (0x0021), length 35: ${udp}`,
      packet,
    ],
    [` [ver 2] [type 15]PPPoE  [len 99 > 35!] [ses 0x1] IP ${udp}`, packet],
    [`MPLS (label 16, tc 0, ttl 64) (label 17, tc 0, [S], ttl 64) IP ${udp}`, packet],
    [`AF IPv4 (2), length 37: ${udp}`, packet],
    [`ip: ${udp}`, packet],
    [`IP (0x0021), length 35: ${udp}`, packet],
    [
      `${macs}, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28`,
      'not-ip',
    ],
    [
      `${macs}, ethertype IPv4 (0x0800), length 47: localhost.40000 > gateway.53: UDP, length 5`,
      notUnderstood,
    ],
    [`LLDP, length 82: IP ${udp}`, 'not-ip'],
    [`PPPoE PADI [Service-Name] [Host-Uniq "IP ${udp}"]`, 'not-ip'],
    [`Beacon (In  IP ${udp}) [1.0* Mbit]`, 'not-ip'],
    ['IP bad-hlen 16', notUnderstood],
    ['IP  [|ip]', notUnderstood],
    [' [|ether]', notUnderstood],
    ['IP 10.0.0.1.ssh > 10.0.0.2.40000: tcp 0', notUnderstood],
    ['IP 10.0.0.1.22 > 10.0.0.2.65536: tcp 0', notUnderstood],
    ['IP 10.0.0.256.22 > 10.0.0.2.443: tcp 0', notUnderstood],
    ['IP 10.0.0.1.22 > 10.0.0.2: tcp 0', notUnderstood],
    ['IP 10.0.0.1.22 > 2001:db8::1.443: tcp 0', notUnderstood],
    ['IP 10.0.0.1.22 > 10.0.0.2.443', notUnderstood],
  ]);
});
