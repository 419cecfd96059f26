/**
 * On whose behalf the flows of this host go. Sockets are asked for soon after a flow began, while they are there; whose they are is
 * kept by addresses and ports, and told when records are made.
 */
import { isSourceLocal, isTargetLocal } from '../../packet/by-address.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../packet/numbers.js';
import type { Packet } from '../../packet/packet.js';
import { signsOf } from '../../record/connection-signs.js';
import type { KnownOwner } from '../../record/owner.js';
import type { FlowRecord, WindowTimes } from '../../record/record.js';
import type { Enricher } from '../enricher.js';
import { LocalAddresses, type ReadAddresses } from '../local-addresses.js';
import { AddressHash } from '../tables/address-hash.js';
import { BACKWARD, Ends, FORWARD } from '../tables/ends.js';
import type { OwnerCatalog } from './catalog.js';
import { nobodyFor } from './known-owners.js';
import { type OwnerLimits, SocketOwners } from './socket-owners.js';
import type { LookUpSockets } from './socket-questions.js';

export interface OwnersOptions {
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  /** See `ownersLifeMs`. */
  readonly lifeMs: number;
  readonly limits?: Partial<OwnerLimits>;
  /** The addresses of this host. */
  readonly readAddresses?: ReadAddresses;
}

/** What it asks with, from `open` on. */
export interface OwnerSources {
  readonly lookUp: LookUpSockets;
  readonly catalog: OwnerCatalog;
  /** Releases what `lookUp` has. */
  readonly close: () => void;
}

/** Both, full, take 17 MB. */
export const ownersDefaults: OwnerLimits = { mostSockets: 131_072, mostPairs: 65_536 };

const shortestLifeMs = 60_000;

/** How long what was known of a connection or an owner is kept when it has gone, with windows of this length. */
export const ownersLifeMs = (intervalMs: number): number => Math.max(shortestLifeMs, 2 * intervalMs);

/** A flow that is told by itself. */
type OneFlow = Pick<FlowRecord, 'key' | 'forward' | 'reverse'>;

/** Who has the ends of the flows of one window. */
export interface WindowOwners {
  sourceOwner(flow: OneFlow): KnownOwner;
  targetOwner(flow: OneFlow): KnownOwner;
}

/** Takes no memory until the first flow comes. */
export class Owners implements Enricher {
  readonly counts = {
    /** Sockets that were asked for: those of one connection in each window, and from both ends where both are here. */
    asked: 0,
    sockets: 0,
    listeners: 0,
    /** There was none. */
    missed: 0,
    /** The kernel did not answer. */
    unanswered: 0,
    /** Flows that came in too great a number to be asked for. */
    passedOver: 0,
  };
  readonly #options: OwnersOptions;
  readonly #addresses: LocalAddresses;
  readonly #hash = new AddressHash();
  readonly #ends = new Ends(this.#hash);
  #sources: OwnerSources | undefined;
  #sockets: SocketOwners | undefined;
  /** False until the first flow comes that is told of at a time. */
  #isTelling = false;

  constructor(options: OwnersOptions) {
    this.#options = options;
    this.#addresses = new LocalAddresses(options.nowMs, options.readAddresses);
  }

  /** From now on it asks. */
  open(sources: OwnerSources): void {
    this.#sources = sources;
  }

  get inWords(): string {
    const { asked, sockets, listeners, missed, unanswered, passedOver } = this.counts;
    const found = `${sockets + listeners} found (${sockets} socket, ${listeners} listener)`;
    const rest = [
      ...(unanswered > 0 ? [`${unanswered} not answered`] : []),
      ...(passedOver > 0 ? [`${passedOver} flows passed over`] : []),
    ].map((part) => `, ${part}`);
    const kept = `${this.#sockets?.held ?? 0} held, ${this.#sockets?.evicted ?? 0} evicted`;
    const names = this.#sources?.catalog.inWords ?? 'not opened';
    return `owners: ${asked} asked, ${found}, ${missed} not found${rest.join('')}; ${kept}; ${names}`;
  }

  flow(key: Packet, interfaceIndex: number, tcpFlags: number, startUs: number): void {
    if (!hasSocket(key)) return;
    if (!this.#isTelling) this.#beginTelling();
    const isFromHere = isSourceLocal(this.#addresses, key);
    const isToHere = isTargetLocal(this.#addresses, key);
    if (!isFromHere && !isToHere) return;
    const sockets = this.#sockets ?? this.#openSockets();
    if (sockets === undefined) return;
    const ends = this.#ends;
    ends.become(key);
    if (isFromHere) sockets.ask(ends, FORWARD, interfaceIndex, signsOf(key.protocol, tcpFlags, -1), startUs);
    if (isToHere) sockets.ask(ends, BACKWARD, interfaceIndex, signsOf(key.protocol, -1, tcpFlags), startUs);
  }

  told(): void {
    this.#sockets?.askAll();
    this.#isTelling = false;
  }

  missed(flows: number): void {
    this.counts.passedOver += flows;
  }

  /** Who has the ends of the flows of a window that has closed. */
  ownersIn({ startUs }: Pick<WindowTimes, 'startUs'>): WindowOwners {
    return {
      sourceOwner: (flow) => {
        this.#ends.become(flow.key);
        return this.#sourceOwner(flow, startUs);
      },
      targetOwner: (flow) => {
        this.#ends.become(flow.key);
        return this.#targetOwner(flow, startUs);
      },
    };
  }

  enrich(record: FlowRecord, { startUs }: WindowTimes): void {
    if (isOfSeveral(record)) {
      // An owner that flows are told as one by is theirs; of others nobody can say which one it would be.
      if (record.rest || record.sourceFold === null) record.sourceOwner = null;
      if (record.rest || record.targetFold === null) record.targetOwner = null;
      return;
    }
    this.#ends.become(record.key);
    record.sourceOwner = this.#sourceOwner(record, startUs);
    record.targetOwner = this.#targetOwner(record, startUs);
  }

  close(): void {
    this.#sources?.close();
    this.#sources?.catalog.close();
  }

  #sourceOwner({ key, forward, reverse }: OneFlow, startUs: number): KnownOwner {
    if (!isSourceLocal(this.#addresses, key)) return nobodyFor['not-local'];
    const signs = signsOf(key.protocol, forward.tcpFlags, reverse.tcpFlags);
    return this.#ownerAt(FORWARD, key, signs, startUs);
  }

  #targetOwner({ key, forward, reverse }: OneFlow, startUs: number): KnownOwner {
    if (!isTargetLocal(this.#addresses, key)) return nobodyFor['not-local'];
    const signs = signsOf(key.protocol, reverse.tcpFlags, forward.tcpFlags);
    return this.#ownerAt(BACKWARD, key, signs, startUs);
  }

  #ownerAt(at: number, key: Packet, signs: number, startUs: number): KnownOwner {
    if (!hasSocket(key)) return nobodyFor['no-ports'];
    return this.#sockets?.ownerOf(this.#ends, at, signs, startUs) ?? nobodyFor['not-asked'];
  }

  #openSockets(): SocketOwners | undefined {
    const sources = this.#sources;
    if (sources === undefined) return undefined;
    const { limits, lifeMs } = this.#options;
    this.#sockets = new SocketOwners({
      ...sources,
      hash: this.#hash,
      counts: this.counts,
      limits: { ...ownersDefaults, ...limits },
      lifeUs: lifeMs * 1_000,
    });
    return this.#sockets;
  }

  #beginTelling(): void {
    this.#isTelling = true;
    this.#addresses.refresh();
  }
}

function hasSocket({ hasPorts, protocol }: Packet): boolean {
  return hasPorts === 1 && (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP);
}

/** Whether flows that differ in an end are told as one. */
function isOfSeveral(record: FlowRecord): boolean {
  const { rest, sourceFold, targetFold, sourcePortFolded, targetPortFolded } = record;
  return rest || sourceFold !== null || targetFold !== null || sourcePortFolded || targetPortFolded;
}
