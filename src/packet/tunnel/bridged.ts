/** What GRE and Geneve name by an EtherType: a packet, or with 6558 (transparent Ethernet bridging) a whole frame. */
import { decodeEthernet, decodeEtherType } from '../link/ethernet.js';
import { ETHERTYPE_BRIDGING } from '../numbers.js';
import { NOT_IP, type Outcome, type Packet } from '../packet.js';

/** Numbers below it are lengths. */
const leastEtherType = 0x0600;

export function decodeBridged(
  etherType: number,
  view: DataView,
  offset: number,
  end: number,
  wireEnd: number,
  packet: Packet,
): Outcome {
  if (etherType === ETHERTYPE_BRIDGING) return decodeEthernet(view, offset, end, wireEnd, packet);
  if (etherType < leastEtherType) return NOT_IP;
  return decodeEtherType(etherType, view, offset, end, wireEnd, packet);
}
