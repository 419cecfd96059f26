/**
 * Differences that have been looked into, by file name. Where there are more or fewer of them than here, they are not
 * those. Those in the project's own fixtures are explained in fixtures/README.md, too.
 */
export interface KnownDifferences {
  readonly count: number;
  readonly reason: string;
}

const known = (count: number, reason: string): KnownDifferences => ({ count, reason });

const snapped =
  'the file holds more of the frame than its snapshot length; libpcap and pcap-agg look at that much, pcap-parser at all';
const formerMobility =
  'protocol 62 is the mobility header of a draft to tcpdump, and CFTP to IANA, whose names pcap-agg uses';
const firstFragment =
  'at the first fragment of a UDP datagram tcpdump prints the length of the whole, pcap-agg counts what the fragment holds';
const linkTypes = 'tcpdump stops where a file has several link types, pcap-agg reads on';

export const knownDifferences: Readonly<Record<string, KnownDifferences>> = {
  // The project's fixtures.
  'dccp-plain.pcap': known(
    1,
    'a data offset below the fixed header: tcpdump subtracts it without a look, pcap-agg counts the packet as malformed',
  ),
  'ethernet-mpls-hostile.pcap': known(1, '33 labels: pcap-agg follows 32, tcpdump any number'),
  'ethernet-vlan-hostile.pcap': known(2, '17 and 1,000 VLAN tags: pcap-agg follows 16, tcpdump any number'),
  'ipv4-fragments.pcap': known(1, firstFragment),
  'ipv6-fragments.pcap': known(
    3,
    'tcpdump does not print the protocol of an IPv6 fragment that is not the first: its text counts as IPv6-Frag',
  ),
  'nflog-hostile.pcap': known(
    2,
    'a payload attribute that is shorter than the packet or no attribute at all: pcap-agg reads no further, tcpdump does',
  ),
  'radiotap-hostile.pcap': known(1, '101 words of fields: pcap-agg follows 64, tcpdump any number'),
  'udplite-plain.pcap': known(3, 'tcpdump does not print the ports of UDP-Lite'),
  'wlan-not-ip.pcap': known(
    1,
    'a second fragment: tcpdump takes its start for LLC, which only the first can have',
  ),
  'pcapng-interfaces.pcapng': known(1, linkTypes),
  'pcapng-sections.pcapng': known(1, linkTypes),
  'pcapng-sections-mixed.pcapng': known(
    1,
    'tcpdump (libpcap 1.10.3) takes the second section for one in the first one’s byte order, and stops',
  ),

  // Captures of tcpdump's own test suite.
  'extract_read2_asan.pcap': known(1, snapped),
  'icmp-icmp_print-oobr-2.pcap': known(4, `link type FRELAY is not decoded; and ${snapped}`),
  'ipoib.pcap': known(26, 'link type IPOIB is not decoded'),
  'ipv6_missing_jumbo_payload_option.pcap': known(1, snapped),
  'isakmp-various-oobr.pcap': known(1, firstFragment),
  'lmp-lmp_print_data_link_subobjs-oobr.pcap': known(2, snapped),
  'mobility_opt_asan.pcap': known(4, `${formerMobility}; and ${snapped}`),
  'mobility_opt_asan_2.pcap': known(2, `${formerMobility}; and ${snapped}`),
  'mobility_opt_asan_6.pcap': known(2, formerMobility),
  'mobility_opt_asan_7.pcap': known(2, formerMobility),
  'mobility_opt_asan_8.pcap': known(1, formerMobility),
  'rpl-dao-oobr.pcap': known(1, snapped),
  'timestamp_invalid_nano.pcap': known(
    1,
    'the fraction of a second is -2,147,483 µs to tcpdump; its text has no room for the sign',
  ),
  'vqp-oobr.pcap': known(1, firstFragment),
};
