/** Which elements a flow has, and how a collector is told so: templates, and the options that name the exporter (RFC 7011, 3.4). */
import { type Element, elements } from './elements.js';

export interface Template {
  readonly id: number;
  readonly elements: readonly Element[];
  /** Of one flow. */
  readonly bytes: number;
}

/** Before a set's records: its id and its length, two bytes each. */
export const setHeaderBytes = 4;
const templateSetId = 2;
const optionsTemplateSetId = 3;
const optionsTemplateId = 260;
/** IANA's observationDomainId, which is the options' scope, and observationDomainName. */
const domainId = { id: 149, bytes: 4 } as const;
const domainName = { id: 300, bytes: 0xffff } as const;
/** Lengths up to this one are encoded in one byte (RFC 7011, 7). */
const longestNameBytes = 254;

const { sourceIPv4Address, destinationIPv4Address, sourceIPv6Address, destinationIPv6Address } = elements;
const { sourceTransportPort, destinationTransportPort, icmpTypeCodeIPv4, icmpTypeCodeIPv6 } = elements;

const ipv4 = [sourceIPv4Address, destinationIPv4Address];
const ipv6 = [sourceIPv6Address, destinationIPv6Address];
const ports = [sourceTransportPort, destinationTransportPort];

/**
 * ICMP has templates of its own: collectors write its type into the place of the port, whichever comes last. An id is never
 * used for other elements again, since records may wait on disk for a later version of the program.
 */
export const templates = {
  ipv4: template(256, [...ipv4, ...ports]),
  ipv6: template(257, [...ipv6, ...ports]),
  icmp: template(258, [...ipv4, icmpTypeCodeIPv4]),
  icmpv6: template(259, [...ipv6, icmpTypeCodeIPv6]),
} as const;

/** All that a collector has to be told before flows, as whole sets. */
export interface IpfixDeclarations {
  readonly templates: Uint8Array;
  /** The options' template, and one data record of it. */
  readonly options: Uint8Array;
  /** Bytes of a flow, by the id of its template. */
  readonly flowBytes: ReadonlyMap<number, number>;
}

/** `domain` is the observation domain, `exporter` the name that it is told under. */
export function ipfixDeclarations(domain: number, exporter: string): IpfixDeclarations {
  const all = Object.values(templates);
  const options = [
    ...setOf(optionsTemplateSetId, [
      ...[...twoBytes(optionsTemplateId), ...twoBytes(2), ...twoBytes(1)],
      ...[domainId, domainName].flatMap(fieldSpecifier),
    ]),
    ...setOf(optionsTemplateId, [...fourBytes(domain), ...shortText(exporter)]),
  ];
  return {
    templates: Uint8Array.from(setOf(templateSetId, all.flatMap(templateRecord))),
    options: Uint8Array.from(options),
    flowBytes: new Map(all.map(({ id, bytes }) => [id, bytes])),
  };
}

function template(id: number, own: readonly Element[]): Template {
  const { flowStartMilliseconds, flowEndMilliseconds, protocolIdentifier, tcpControlBits } = elements;
  const { ipClassOfService, flowDirection, octetDeltaCount, packetDeltaCount } = elements;
  const { ingressInterface, egressInterface, vlanId } = elements;
  const all = [
    ...[flowStartMilliseconds, flowEndMilliseconds, ...own, protocolIdentifier],
    ...[tcpControlBits, ipClassOfService, flowDirection, octetDeltaCount, packetDeltaCount],
    ...[ingressInterface, egressInterface, vlanId],
  ];
  return { id, elements: all, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const templateRecord = ({ id, elements: all }: Template): readonly number[] => [
  ...twoBytes(id),
  ...twoBytes(all.length),
  ...all.flatMap(fieldSpecifier),
];

const fieldSpecifier = ({ id, bytes }: Pick<Element, 'id' | 'bytes'>): readonly number[] => [
  ...twoBytes(id),
  ...twoBytes(bytes),
];

function setOf(id: number, content: readonly number[]): readonly number[] {
  return [...twoBytes(id), ...twoBytes(setHeaderBytes + content.length), ...content];
}

/** Truncated if it is too long, which no host name is. */
function shortText(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text).subarray(0, longestNameBytes);
  return [bytes.length, ...bytes];
}

const twoBytes = (value: number): readonly number[] => [value >> 8, value & 0xff];
const fourBytes = (value: number): readonly number[] => [
  ...twoBytes(value >>> 16),
  ...twoBytes(value & 0xffff),
];
