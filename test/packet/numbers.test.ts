import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as numbers from '../../src/packet/numbers.js';

test('IP protocols have IANA’s keywords, or their number', () => {
  const named = [
    0, 1, 2, 4, 6, 17, 33, 41, 43, 44, 47, 50, 51, 58, 59, 60, 88, 89, 97, 103, 107, 112, 113, 115, 124,
  ];
  assert.deepEqual(named.map(numbers.protocolName), [
    ...[
      'HOPOPT',
      'ICMP',
      'IGMP',
      'IPv4',
      'TCP',
      'UDP',
      'DCCP',
      'IPv6',
      'IPv6-Route',
      'IPv6-Frag',
      'GRE',
      'ESP',
      'AH',
    ],
    ...[
      'IPv6-ICMP',
      'IPv6-NoNxt',
      'IPv6-Opts',
      'EIGRP',
      'OSPFIGP',
      'ETHERIP',
      'PIM',
      'A/N',
      'VRRP',
      'PGM',
      'L2TP',
    ],
    'ISIS over IPv4',
  ]);
  const last = [132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147];
  assert.deepEqual(last.map(numbers.protocolName), [
    ...[
      'SCTP',
      'FC',
      'RSVP-E2E-IGNORE',
      'Mobility Header',
      'UDPLite',
      'MPLS-in-IP',
      'manet',
      'HIP',
      'Shim6',
      'WESP',
    ],
    ...['ROHC', 'Ethernet', 'AGGFRAG', 'NSH', 'Homa', 'BIT-EMU'],
  ]);
  for (const unnamed of [61, 63, 68, 99, 114, 148, 252, 253, 254, 255]) {
    assert.equal(numbers.protocolName(unnamed), String(unnamed));
  }
});

test('every name is that of one number', () => {
  const names = Array.from({ length: 256 }, (_, protocol) => numbers.protocolName(protocol).toLowerCase());
  assert.equal(new Set(names).size, 256);
});

test('the constants are the table’s', () => {
  const constants = Object.entries(numbers).filter(([name]) => name.startsWith('PROTOCOL_'));
  assert.deepEqual(
    Object.fromEntries(constants.map(([name, value]) => [name, numbers.protocolName(Number(value))])),
    {
      PROTOCOL_HOP_BY_HOP: 'HOPOPT',
      PROTOCOL_ICMP: 'ICMP',
      PROTOCOL_IPV4: 'IPv4',
      PROTOCOL_TCP: 'TCP',
      PROTOCOL_UDP: 'UDP',
      PROTOCOL_DCCP: 'DCCP',
      PROTOCOL_IPV6: 'IPv6',
      PROTOCOL_IPV6_ROUTING: 'IPv6-Route',
      PROTOCOL_IPV6_FRAGMENT: 'IPv6-Frag',
      PROTOCOL_GRE: 'GRE',
      PROTOCOL_AH: 'AH',
      PROTOCOL_IPV6_ICMP: 'IPv6-ICMP',
      PROTOCOL_IPV6_NO_NEXT: 'IPv6-NoNxt',
      PROTOCOL_IPV6_OPTIONS: 'IPv6-Opts',
      PROTOCOL_SCTP: 'SCTP',
      PROTOCOL_MOBILITY: 'Mobility Header',
      PROTOCOL_UDP_LITE: 'UDPLite',
      PROTOCOL_HIP: 'HIP',
      PROTOCOL_SHIM6: 'Shim6',
    },
  );
});
