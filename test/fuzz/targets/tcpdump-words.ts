/** What tcpdump's lines are made of: most bytes of a line matter only as words. */
import { bytesOf } from './target.js';

// biome-ignore format: by the place in a line where they stand
export const tcpdumpWords: readonly Uint8Array[] = [
  '2016-09-08 23:28:29.073292 ', '1473377309.073292 ', '23:28:29.073292 ', ' 00:00:00.000123 ', '    1  ',
  '[Error converting time] ', 'tcpdump: ', '5 packets captured',

  'eth0  In  ', '02:00:00:00:00:01 > 02:00:00:00:00:02, ', 'ethertype IPv4 (0x0800), length 102: ', 'vlan 7, p 0, ',
  'MPLS (label 100, tc 0, [S], ttl 64) ', 'PPPoE [ses 0x1] ', 'ARP, Request', ' [ver 2]PPPoE  [len 9 > 5!] ',
  '[Invalid header: len==0]',

  'IP ', 'IP6 ', ' > ', ': ', ' ', '\n', '\n\t', '\n    ', '\r\n',
  '(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto UDP (17), length 57)', ', options (RA))',
  '(flowlabel 0x12345, hlim 64, next-header UDP (17) payload length: 37) ',
  'truncated-ip - 36 bytes missing! ', '[total length 84 > length 60] (invalid) ',

  '10.0.0.1.22', '10.0.0.2', '255.255.255.255.65535', 'fe80::1.5353', '2001:db8::1', '1:2:3:4:5:6:7:8',
  '::ffff:10.0.0.1.22', 'IP 10.0.0.1.1 > 10.0.0.2.2: ',

  'HBH ', 'HBH (rtalert: 0x0000) ', 'DSTOPT ', 'RT6 (len=2, type=0, [0]2001:db8::1) ', 'AH(spi=0x1,seq=0x1): ',
  'frag (0|1232) ', 'frag (0x00000001:1232|768)', 'ip-proto-17', 'ip-proto-136 20',

  'Flags [S], ', 'Flags [P.], seq 1:37, ack 1, win 502, ', 'tcp 36', ', length 36', ', length: 36', 'length 36',
  'UDP, length 8', 'UDP, bad length 1480 > 1472', '(29)', ' (29)\n', '[udp sum ok] ', '[bad hdr length 4]',
  '[|tcp]', '[|udp]', 'truncated-udplength 7', 'sctp (1)', 'DCCP 12', 'ICMP echo request, ', 'ICMP6, ', 'ESP(', 'GREv0, ',
  'igmp query', 'CARPv2-advertise 36: ', 'nd 36', 'NTPv4, Client, length 48', 'BOOTP/DHCP, Request', 'HSRPv0-hello 20: ',
  'domain [length 4 < 12]', 'VXLAN, flags [I] (0x08), vni 1', 'PGM, length 8', 'Geneve, Flags [none], vni 0x7: ',
  'NFS request xid 7 112', 'NFS reply xid 7 reply ok 112', 'rx data (65)', '[|rx] (7)', '[|ip6]',
].map(bytesOf);
