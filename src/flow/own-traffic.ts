/**
 * Packets between this program's sockets and the readers of its records: they would be flows of every window for as long
 * as records are sent.
 *
 * They are known by both ends of the socket. The kernel chooses this host's end when the socket is connected, and keeps to
 * it. Where addresses are translated (NAT) before the capture sees them, they are not known. Datagrams to a collector are left
 * out by the capture's filter as well; one that has a tag in its bytes, or goes in fragments, gets past it.
 */
import { type Address, isIPv4Mapped, parseAddress } from '../packet/address.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../packet/numbers.js';
import { Packet } from '../packet/packet.js';

/** Both ends of a connected socket. Addresses as text; that of an IPv6 link may name its interface behind a "%". */
export interface SocketEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly address: string;
  readonly port: number;
}

interface OwnSocket {
  /** What its packets decode to: protocol, addresses and ports. */
  readonly packet: Packet;
  readonly sendsFragments: boolean;
}

/**
 * Frames are seen a little later than they were sent, so the last sockets of an output are known as well. A collector that
 * is absent gets another one each second.
 */
const mostSockets = 4;

export class OwnTraffic {
  /** A bit for each IP protocol that it may have; those that are 32 apart share theirs. */
  readonly protocols: number;
  /** By output, the newest last. */
  readonly #byOutput = new Map<string, readonly OwnSocket[]>();
  #all: readonly OwnSocket[] = [];

  constructor({ datagrams, connections }: { readonly datagrams: boolean; readonly connections: boolean }) {
    this.protocols = (datagrams ? 1 << PROTOCOL_UDP : 0) | (connections ? 1 << PROTOCOL_TCP : 0);
  }

  /** From now on the output of this name sends datagrams between these ends; with `sendsFragments`, some in fragments. */
  add(output: string, ends: SocketEnds, sendsFragments: boolean): void {
    this.#add(output, [{ packet: packetBetween(PROTOCOL_UDP, ends), sendsFragments }]);
  }

  /** From now on the output of this name has a TCP connection between these ends: both directions are its own. */
  addConnection(output: string, ends: SocketEnds): void {
    const { localAddress, localPort, address, port } = ends;
    const back = { localAddress: address, localPort: port, address: localAddress, port: localPort };
    const packets = [ends, back].map((way) => packetBetween(PROTOCOL_TCP, way));
    this.#add(
      output,
      packets.map((packet) => ({ packet, sendsFragments: false })),
    );
  }

  #add(output: string, sockets: readonly OwnSocket[]): void {
    const isAnew = ({ packet }: OwnSocket) => sockets.some((socket) => isSameWay(socket.packet, packet));
    const others = (this.#byOutput.get(output) ?? []).filter((socket) => !isAnew(socket));
    this.#byOutput.set(output, [...others, ...sockets].slice(-mostSockets * sockets.length));
    this.#all = [...this.#byOutput.values()].flat();
  }

  /** Whether a packet is one of them. A fragment that is not the first has no ports: there the addresses decide. */
  has(packet: Packet): boolean {
    const all = this.#all;
    for (let i = 0; i < all.length; i++) {
      const socket = all[i]!;
      if (packet.hasPorts === 0 && !socket.sendsFragments) continue;
      if (isSameWay(packet, socket.packet)) return true;
    }
    return false;
  }
}

function isSameWay(packet: Packet, own: Packet): boolean {
  return (
    (packet.ports === own.ports || packet.hasPorts === 0) &&
    packet.protocol === own.protocol &&
    packet.source0 === own.source0 &&
    packet.target0 === own.target0 &&
    packet.family === own.family &&
    (packet.family === 4 || hasSameTails(packet, own))
  );
}

/** Whether two packets agree in the address words that only IPv6 has. */
function hasSameTails(one: Packet, other: Packet): boolean {
  return (
    one.source1 === other.source1 &&
    one.source2 === other.source2 &&
    one.source3 === other.source3 &&
    one.target1 === other.target1 &&
    one.target2 === other.target2 &&
    one.target3 === other.target3
  );
}

function packetBetween(protocol: number, { localAddress, localPort, address, port }: SocketEnds): Packet {
  const source = onTheWire(localAddress);
  const target = onTheWire(address);
  const packet = new Packet();
  packet.protocol = protocol;
  packet.family = source.family;
  packet.source0 = source.words[0]!;
  packet.source1 = source.words[1]!;
  packet.source2 = source.words[2]!;
  packet.source3 = source.words[3]!;
  packet.target0 = target.words[0]!;
  packet.target1 = target.words[1]!;
  packet.target2 = target.words[2]!;
  packet.target3 = target.words[3]!;
  packet.ports = swapped(localPort) | (swapped(port) << 16);
  packet.hasPorts = 1;
  return packet;
}

/** An IPv4 address of an IPv6 socket (RFC 4291, 2.5.5.2), however it is written, stands in IPv4 headers. */
function onTheWire(text: string): Address {
  const address = parseAddress(text.replace(/%.*$/, ''))!;
  const [word0, word1, word2, word3] = address.words;
  return isIPv4Mapped(word0!, word1!, word2!)
    ? { family: 4, words: Int32Array.of(word3!, 0, 0, 0) }
    : address;
}

/** A port's two bytes in little-endian order. */
function swapped(port: number): number {
  return ((port & 0xff) << 8) | (port >>> 8);
}
