/** Packets and records of connections that are given as text, for names from the traffic. */
import {
  TrafficNames,
  type TrafficNamesOptions,
} from '../../../../src/enrich/names/traffic/traffic-names.js';
import { ipv4MappedWord2, parseAddress } from '../../../../src/packet/address.js';
import { Packet } from '../../../../src/packet/packet.js';
import { FlowRecord } from '../../../../src/record/record.js';

export const tcp = 6;
export const udp = 17;

/** From one end to the other, each "ADDRESS PORT", or "ADDRESS" without ports. */
export function packetFrom(source: string, target: string, protocol = tcp): Packet {
  const packet = new Packet();
  fillKey(packet, source, target, protocol);
  return packet;
}

/** A record with names in it that an enricher must overwrite. */
export function recordFrom(source: string, target: string, protocol = tcp): FlowRecord {
  const record = new FlowRecord();
  fillKey(record.key, source, target, protocol);
  record.serverName = record.sourceDns = record.targetDns = 'left.by.an.earlier.record';
  return record;
}

/** What a record is told: the server's name and whose it is, and what both ends were looked up as. */
export function namesIn(names: TrafficNames, record: FlowRecord) {
  names.enrich(record);
  const { serverName, serverNameOf, sourceDns, targetDns } = record;
  return { server: serverName === null ? null : `${serverNameOf} ${serverName}`, sourceDns, targetDns };
}

/** With a clock that the test sets. */
export function openNames(options: Partial<TrafficNamesOptions> = {}) {
  const clock = { nowMs: 0 };
  const nowMs = () => clock.nowMs;
  const observed = () => ({ seen: 0, parsed: 0, refused: {}, waiting: 0 });
  const names = new TrafficNames({ packetMs: nowMs, recordMs: nowMs, observed, ...options });
  const told = (
    client: string,
    name: string,
    addresses: readonly string[],
    ttlSeconds = 0,
    family = client.includes(':') ? 6 : 4,
  ) =>
    names.answered(
      packetFrom(family === 6 ? '2001:db8::53 53' : '192.0.2.53 53', `${client} 40000`, udp),
      name,
      wordsOf(addresses),
      addresses.length,
      ttlSeconds,
    );
  return { names, clock, told };
}

/** Four words each. */
export function wordsOf(addresses: readonly string[]): Int32Array {
  return Int32Array.from(addresses.flatMap(wordsOfOne));
}

function wordsOfOne(address: string): number[] {
  const { family, words } = parseAddress(address)!;
  return family === 4 ? [0, 0, ipv4MappedWord2, words[0]!] : [...words];
}

function fillKey(key: Packet, source: string, target: string, protocol: number): void {
  const [sourceAddress, sourcePort] = source.split(' ') as [string, string?];
  const [targetAddress, targetPort] = target.split(' ') as [string, string?];
  const { family, words } = parseAddress(sourceAddress)!;
  key.family = family;
  [key.source0, key.source1, key.source2, key.source3] = fourWords(words);
  [key.target0, key.target1, key.target2, key.target3] = fourWords(parseAddress(targetAddress)!.words);
  if (family === 4) [key.source1, key.source2, key.source3, key.target1, key.target2, key.target3] = leftOver;
  key.protocol = protocol;
  key.hasPorts = sourcePort === undefined ? 0 : 1;
  key.ports =
    sourcePort === undefined ? 0 : swapped(Number(sourcePort)) | (swapped(Number(targetPort)) << 16);
}

/** What an IPv6 packet left in the words that IPv4 does not use. */
const leftOver = [11, 12, 13, 14, 15, 16] as const;

const fourWords = (words: Int32Array) => [...words] as [number, number, number, number];

const swapped = (port: number): number => ((port & 0xff) << 8) | (port >> 8);
