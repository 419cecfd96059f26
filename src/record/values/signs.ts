/** What the packets' headers said beside addresses and lengths: TCP's flags, DSCP, TTL, VLAN, tunnels, interface, ICMP. */

import type { Tally } from '../../flow/tally.js';
import { PROTOCOL_TCP, tunnelName } from '../../packet/numbers.js';
import type { FlowRecord } from '../record.js';
import { type Side, SOURCE, sentBy, TARGET } from './sides.js';
import { ABSENT, integer, type ListValue, prefixed, text, truth } from './value.js';

/** Linux has 15; a capture file may say anything. */
const maxInterfaceCharacters = 64;

const first = 'in the first packet';

/** By their bits. */
const flagWords = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
const wordsOfFlags: (readonly string[] | undefined)[] = [];

export const signValues = {
  ...prefixed('source', signsOf(SOURCE, 'that the source sent')),
  ...prefixed('target', signsOf(TARGET, 'that the target sent')),
  tcp_flags: integer(
    {
      meaning:
        'Union of the TCP flags of both directions: FIN is 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128',
      figures: ['tcpFlags'],
    },
    bothFlags,
  ),
  tcp_flag_names: flagNames('Union of the TCP flags of both directions, by name', bothFlags),
  vlan_outer: integer(
    { meaning: `Outer VLAN id ${first}`, figures: ['vlan'] },
    (record) => firstOf(record).outerVlan,
  ),
  vlan_inner: integer(
    { meaning: `Inner VLAN id ${first}`, figures: ['vlan'] },
    (record) => firstOf(record).innerVlan,
  ),
  vlan_mixed: truth(
    { meaning: 'True where packets differed in their VLAN ids; else absent', figures: ['vlan'] },
    vlanMixed,
  ),
  mpls_label: integer(
    { meaning: `Top MPLS label ${first}`, figures: ['mplsLabel'] },
    (record) => firstOf(record).mplsLabel,
  ),
  tunnel: text(
    { meaning: `What carried the first packet, with \`--tunnels inner\``, figures: ['tunnel'] },
    16,
    (record) => {
      const tunnel = firstOf(record).tunnel;
      return tunnel > 0 ? tunnelName(tunnel) : null;
    },
  ),
  tunnel_id: integer(
    { meaning: 'Its identifier: VNI, key, session or endpoint; absent without', figures: ['tunnel'] },
    (record) => firstOf(record).tunnelId || ABSENT,
  ),
  interface_name: text(
    { meaning: 'Interface that captured the first packet', figures: ['interface'], needs: ['interfaces'] },
    maxInterfaceCharacters,
    ({ interfaceName }) => interfaceName,
  ),
  interface_index: integer(
    { meaning: 'Its index on this host', figures: ['interface'], needs: ['interfaces'] },
    ({ interfaceIndex }) => interfaceIndex || ABSENT,
  ),
  interface_mixed: truth(
    {
      meaning: 'True where packets were captured on several interfaces; else absent',
      figures: ['interface'],
    },
    interfaceMixed,
  ),
  direction: text(
    {
      meaning: 'Way of the record seen from this host: `ingress`, `egress`, `internal` or `passing`',
      figures: ['interface', 'packetType'],
      needs: ['direction'],
    },
    8,
    ({ direction }) => direction ?? null,
  ),
  ingress_interface: text(
    {
      meaning:
        'Interface that captured the first packet, unless that left this host through it; absent in a record of all the rest',
      figures: ['interface', 'packetType'],
      needs: ['interfaces', 'direction'],
    },
    maxInterfaceCharacters,
    ({ direction, interfaceName, rest }) => (direction === 'egress' || rest ? null : interfaceName),
  ),
  egress_interface: text(
    {
      meaning: 'Interface through which the first packet left this host',
      figures: ['interface', 'packetType'],
      needs: ['interfaces', 'direction'],
    },
    maxInterfaceCharacters,
    ({ direction, interfaceName }) => (direction === 'egress' ? interfaceName : null),
  ),
  icmp_type: integer(
    { meaning: `ICMP type ${first}`, figures: ['icmp'] },
    (record) => firstOf(record).icmpType,
  ),
  icmp_code: integer(
    { meaning: `ICMP code ${first}`, figures: ['icmp'] },
    (record) => firstOf(record).icmpCode,
  ),
} as const;

function signsOf(side: Side, whose: string) {
  return {
    tcp_flags: integer({ meaning: `Union of the TCP flags ${whose}`, figures: ['tcpFlags'] }, (record) =>
      flagsOf(record, sentBy(record, side)),
    ),
    tcp_flag_names: flagNames(`Union of the TCP flags ${whose}, by name`, (record) =>
      flagsOf(record, sentBy(record, side)),
    ),
    dscp: integer(
      { meaning: `DSCP of the first packet ${whose}`, figures: ['trafficClass'] },
      (record) => sentBy(record, side).trafficClass >> 2,
    ),
    ecn: integer({ meaning: `ECN of the first packet ${whose}`, figures: ['trafficClass'] }, (record) => {
      const { trafficClass } = sentBy(record, side);
      return trafficClass < 0 ? ABSENT : trafficClass & 3;
    }),
    lowest_ttl: integer(
      { meaning: `Lowest TTL or hop limit of the packets ${whose}`, figures: ['ttl'] },
      (record) => sentBy(record, side).lowestTtl,
    ),
    highest_ttl: integer(
      { meaning: `Highest TTL or hop limit of the packets ${whose}`, figures: ['ttl'] },
      (record) => sentBy(record, side).highestTtl,
    ),
  } as const;
}

/** The way forward; where that has no packets, the way back. */
function firstOf({ forward, reverse }: FlowRecord): Tally {
  return forward.packets > 0 ? forward : reverse;
}

/** Without the marks that are ours: see SYN_SEEN. ABSENT for every protocol but TCP. */
export function flagsOf({ key }: FlowRecord, { tcpFlags }: Tally): number {
  return key.protocol === PROTOCOL_TCP && tcpFlags >= 0 ? tcpFlags & 0xff : ABSENT;
}

function bothFlags(record: FlowRecord): number {
  const forward = flagsOf(record, record.forward);
  const reverse = flagsOf(record, record.reverse);
  if (forward < 0) return reverse;
  return reverse < 0 ? forward : forward | reverse;
}

function flagNames(meaning: string, flags: (record: FlowRecord) => number): ListValue {
  return {
    meaning,
    figures: ['tcpFlags'],
    type: 'list',
    longestBytes: flagWords.join('').length,
    read: (record) => namesOf(flags(record)),
  };
}

/** Undefined for -1. Made for those flags that occur, and once: most runs tell of none. */
function namesOf(flags: number): readonly string[] | undefined {
  if (flags < 0) return undefined;
  wordsOfFlags[flags] ??= flagWords.filter((_, bit) => (flags >> bit) & 1);
  return wordsOfFlags[flags];
}

function vlanMixed({ forward, reverse }: FlowRecord): true | undefined {
  const differ = forward.outerVlan !== reverse.outerVlan || forward.innerVlan !== reverse.innerVlan;
  const isMixed = forward.vlanMixed || reverse.vlanMixed || (haveBothPackets(forward, reverse) && differ);
  return isMixed || undefined;
}

function interfaceMixed({ forward, reverse }: FlowRecord): true | undefined {
  const differ = forward.interface !== reverse.interface;
  const isMixed =
    forward.interfaceMixed || reverse.interfaceMixed || (haveBothPackets(forward, reverse) && differ);
  return isMixed || undefined;
}

function haveBothPackets(forward: Tally, reverse: Tally): boolean {
  return forward.packets > 0 && reverse.packets > 0;
}
