/** What a record has to do with this host: which way its packets went, and where they were captured. */
import { isSourceLocal, isTargetLocal } from '../packet/by-address.js';
import { MOST_INTERFACE_INDEX } from '../packet/numbers.js';
import type { Packet } from '../packet/packet.js';
import { isSourceOwner, isTargetOwner } from '../record/ends.js';
import type { FlowDirection, FlowRecord } from '../record/record.js';
import type { Enricher } from './enricher.js';
import type { LocalAddresses } from './local-addresses.js';

/** Names of interfaces by the numbers that tallies have. */
export interface InterfaceLookup {
  nameOf(number: number): string | undefined;
  /** Learns what has changed; absent where nothing can. */
  update?(): void;
  close?(): void;
}

export class Locality implements Enricher {
  readonly counts = {};
  readonly #addresses: LocalAddresses | undefined;
  readonly #interfaces: InterfaceLookup;

  /** `addresses` is undefined for packets that another host may have captured: only their link headers tell a direction. */
  constructor(interfaces: InterfaceLookup, addresses: LocalAddresses | undefined) {
    this.#interfaces = interfaces;
    this.#addresses = addresses;
  }

  get inWords(): string {
    const known =
      this.#addresses === undefined ? 'link headers' : `${this.#addresses.size} addresses of this host`;
    return `directions: from ${known}`;
  }

  enrich(record: FlowRecord): void {
    if (this.#addresses?.refresh()) this.#interfaces.update?.();
    this.#nameInterface(record);
    record.direction = this.#directionOf(record);
  }

  close(): void {
    this.#interfaces.close?.();
  }

  #nameInterface(record: FlowRecord): void {
    const { forward, reverse } = record;
    const number = forward.interface < 0 ? reverse.interface : forward.interface;
    record.interfaceIndex = number >= 0 && number <= MOST_INTERFACE_INDEX ? number : 0;
    record.interfaceName = number < 0 ? null : (this.#interfaces.nameOf(number) ?? null);
  }

  /** Of flows that differ in an address, as the rest of a protocol does, nobody asks for one; but owners are here. */
  #directionOf(record: FlowRecord): FlowDirection | undefined {
    const { rest, sourceFold, targetFold, key } = record;
    const isFromOwner = isSourceOwner(record);
    const isToOwner = isTargetOwner(record);
    if (rest || (sourceFold !== null && !isFromOwner) || (targetFold !== null && !isToOwner))
      return undefined;
    const stated = statedDirection(record);
    if (this.#addresses === undefined) return stated;
    const isFromHere = isFromOwner || isSourceLocal(this.#addresses, key);
    const isToHere = isToOwner || isTargetLocal(this.#addresses, key);
    if (isFromHere) return isToHere ? 'internal' : 'egress';
    if (isToHere) return 'ingress';
    // A host that has no address yet asks all others for one.
    if (isTargetGroup(key, this.#addresses)) return stated === 'egress' ? 'egress' : 'ingress';
    return 'passing';
  }
}

/** By packetType of Tally. */
const statedDirections: readonly FlowDirection[] = ['ingress', 'ingress', 'ingress', 'passing', 'egress'];
const opposites: Readonly<Record<FlowDirection, FlowDirection>> = {
  ingress: 'egress',
  egress: 'ingress',
  internal: 'internal',
  passing: 'passing',
};

/** What a cooked link header says; undefined where there is none. */
function statedDirection({ forward, reverse }: FlowRecord): FlowDirection | undefined {
  if (forward.packetType >= 0) return statedDirections[forward.packetType];
  const back = statedDirections[reverse.packetType];
  return back && opposites[back];
}

const isTargetGroup = (key: Packet, local: LocalAddresses): boolean =>
  key.family === 4 ? local.isGroup4(key.target0) : local.isGroup6(key.target0);
