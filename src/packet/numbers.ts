/** Number spaces that headers refer to: EtherTypes, PPP protocols, IP protocols, link types. */

/** https://www.iana.org/assignments/ieee-802-numbers, and 0x9100 and 0x9200, which bridges used before 802.1ad. */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_SERVICE_VLAN = 0x88a8;
export const ETHERTYPE_VLAN_9100 = 0x9100;
export const ETHERTYPE_VLAN_9200 = 0x9200;
export const ETHERTYPE_MPLS = 0x8847;
export const ETHERTYPE_MPLS_MULTICAST = 0x8848;
export const ETHERTYPE_BACKBONE_SERVICE = 0x88e7;
export const ETHERTYPE_E_TAG = 0x893f;
export const ETHERTYPE_VN_TAG = 0x8926;
export const ETHERTYPE_CISCO_METADATA = 0x8909;
export const ETHERTYPE_MACSEC = 0x88e5;
export const ETHERTYPE_NSH = 0x894f;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** Transparent Ethernet bridging: an Ethernet frame follows. */
export const ETHERTYPE_BRIDGING = 0x6558;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_ERSPAN = 0x88be;
export const ETHERTYPE_ERSPAN_III = 0x22eb;
/** An LLC frame without a length before it. */
export const ETHERTYPE_LLC = 0x8870;

/** https://www.iana.org/assignments/ppp-numbers */
export const PPP_IPV4 = 0x0021;
export const PPP_IPV6 = 0x0057;
export const PPP_MPLS = 0x0281;
export const PPP_MPLS_MULTICAST = 0x0283;

/** Of IPv4's bytes 6 and 7, RFC 791: the flag that is set in all fragments but the last, and it with the offset's 13 bits. */
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_FRAGMENT = 0x3fff;

/** Bits of TCP's flag byte, RFC 9293. */
export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_ACK = 0x10;

/** The IP protocols that decoding treats in a way of their own; `protocolName` has all of them. */
export const PROTOCOL_HOP_BY_HOP = 0;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_IPV4 = 4;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_DCCP = 33;
export const PROTOCOL_IPV6 = 41;
export const PROTOCOL_IPV6_ROUTING = 43;
export const PROTOCOL_IPV6_FRAGMENT = 44;
export const PROTOCOL_GRE = 47;
export const PROTOCOL_AH = 51;
export const PROTOCOL_IPV6_ICMP = 58;
export const PROTOCOL_IPV6_NO_NEXT = 59;
export const PROTOCOL_IPV6_OPTIONS = 60;
export const PROTOCOL_SCTP = 132;
export const PROTOCOL_MOBILITY = 135;
export const PROTOCOL_UDP_LITE = 136;
export const PROTOCOL_HIP = 139;
export const PROTOCOL_SHIM6 = 140;

/** https://www.iana.org/assignments/service-names-port-numbers; Linux had VXLAN before IANA had a port for it. */
export const PORT_GTP_U = 2152;
export const PORT_TEREDO = 3544;
export const PORT_VXLAN = 4789;
export const PORT_GENEVE = 6081;
export const PORT_VXLAN_LINUX = 8472;

/**
 * The largest index of an interface that Packet.interface holds; larger numbers are of interfaces that have a name and no
 * index, those of files. No kernel counts so far.
 */
export const MOST_INTERFACE_INDEX = 0x3fff_ffff;

/** What carried an inner packet: see Packet.tunnel. 0 is nothing. */
export const TUNNEL_IP_IN_IP = 1;
export const TUNNEL_GRE = 2;
export const TUNNEL_NVGRE = 3;
export const TUNNEL_ERSPAN = 4;
export const TUNNEL_VXLAN = 5;
export const TUNNEL_GENEVE = 6;
export const TUNNEL_GTP_U = 7;
export const TUNNEL_TEREDO = 8;

/** By their numbers. */
const tunnelNames = ['', 'ip-in-ip', 'gre', 'nvgre', 'erspan', 'vxlan', 'geneve', 'gtp-u', 'teredo'] as const;

/** The name of a TUNNEL_ number; "" for 0. */
export const tunnelName = (tunnel: number): string => tunnelNames[tunnel] ?? String(tunnel);

/**
 * IANA's protocol keywords, each at its number; '' where IANA has none. "(deprecated)" is left off.
 * https://www.iana.org/assignments/protocol-numbers
 */
// biome-ignore format: eight to a line, so that a number can be found
const protocolKeywords = [
  /*   0 */ 'HOPOPT', 'ICMP', 'IGMP', 'GGP', 'IPv4', 'ST', 'TCP', 'CBT',
  /*   8 */ 'EGP', 'IGP', 'BBN-RCC-MON', 'NVP-II', 'PUP', 'ARGUS', 'EMCON', 'XNET',
  /*  16 */ 'CHAOS', 'UDP', 'MUX', 'DCN-MEAS', 'HMP', 'PRM', 'XNS-IDP', 'TRUNK-1',
  /*  24 */ 'TRUNK-2', 'LEAF-1', 'LEAF-2', 'RDP', 'IRTP', 'ISO-TP4', 'NETBLT', 'MFE-NSP',
  /*  32 */ 'MERIT-INP', 'DCCP', '3PC', 'IDPR', 'XTP', 'DDP', 'IDPR-CMTP', 'TP++',
  /*  40 */ 'IL', 'IPv6', 'SDRP', 'IPv6-Route', 'IPv6-Frag', 'IDRP', 'RSVP', 'GRE',
  /*  48 */ 'DSR', 'BNA', 'ESP', 'AH', 'I-NLSP', 'SWIPE', 'NARP', 'Min-IPv4',
  /*  56 */ 'TLSP', 'SKIP', 'IPv6-ICMP', 'IPv6-NoNxt', 'IPv6-Opts', '', 'CFTP', '',
  /*  64 */ 'SAT-EXPAK', 'KRYPTOLAN', 'RVD', 'IPPC', '', 'SAT-MON', 'VISA', 'IPCV',
  /*  72 */ 'CPNX', 'CPHB', 'WSN', 'PVP', 'BR-SAT-MON', 'SUN-ND', 'WB-MON', 'WB-EXPAK',
  /*  80 */ 'ISO-IP', 'VMTP', 'SECURE-VMTP', 'VINES', 'IPTM', 'NSFNET-IGP', 'DGP', 'TCF',
  /*  88 */ 'EIGRP', 'OSPFIGP', 'Sprite-RPC', 'LARP', 'MTP', 'AX.25', 'IPIP', 'MICP',
  /*  96 */ 'SCC-SP', 'ETHERIP', 'ENCAP', '', 'GMTP', 'IFMP', 'PNNI', 'PIM',
  /* 104 */ 'ARIS', 'SCPS', 'QNX', 'A/N', 'IPComp', 'SNP', 'Compaq-Peer', 'IPX-in-IP',
  /* 112 */ 'VRRP', 'PGM', '', 'L2TP', 'DDX', 'IATP', 'STP', 'SRP',
  /* 120 */ 'UTI', 'SMP', 'SM', 'PTP', 'ISIS over IPv4', 'FIRE', 'CRTP', 'CRUDP',
  /* 128 */ 'SSCOPMCE', 'IPLT', 'SPS', 'PIPE', 'SCTP', 'FC', 'RSVP-E2E-IGNORE', 'Mobility Header',
  /* 136 */ 'UDPLite', 'MPLS-in-IP', 'manet', 'HIP', 'Shim6', 'WESP', 'ROHC', 'Ethernet',
  /* 144 */ 'AGGFRAG', 'NSH', 'Homa', 'BIT-EMU',
] as const;

/** IANA's keyword for an IP protocol number, or the number as text where IANA has none. */
export const protocolName = (protocol: number): string => protocolNames[protocol] ?? String(protocol);

const protocolNames: readonly string[] = Array.from(
  { length: 256 },
  (_, protocol) => protocolKeywords[protocol] || String(protocol),
);
