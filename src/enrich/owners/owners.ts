/**
 * On whose behalf the flows of this host go. Soon after a flow begins, while its socket exists, the kernel is asked for it. The answer is
 * kept by addresses and ports, and told when records are made.
 */
import { findSource, findTarget, isSourceLocal, isTargetLocal } from '../../packet/by-address.js';
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
import { OtherNamespaces } from './namespaces/other-namespaces.js';
import { type OwnerLimits, OwnerMemory } from './sockets/owner-memory.js';
import { SocketAsking } from './sockets/socket-asking.js';
import type { LookUpSockets } from './sockets/socket-questions.js';
import { SynAnswers, type SynSource } from './sockets/syn-answers.js';

export interface OwnersOptions {
  /** A steady clock, milliseconds. */
  readonly nowMs: () => number;
  /** See `ownersLifeMs`. */
  readonly lifeMs: number;
  readonly limits?: Partial<OwnerLimits>;
  /** How long a few questions wait for others. */
  readonly waitMs?: number;
  /** The addresses of this host. */
  readonly readAddresses?: ReadAddresses;
}

/** What `Owners` asks with once it is open. */
export interface OwnerSources {
  readonly lookUp: LookUpSockets;
  readonly catalog: OwnerCatalog;
  /** Undefined where SYNs are not watched. */
  readonly syns?: SynSource | undefined;
  /** Releases what `lookUp` and `syns` hold. */
  readonly close: () => void;
}

/** Full tables take 18 MB, or 13 MB where SYNs are not watched: then there are no pairs. */
export const ownersDefaults: OwnerLimits = { mostSockets: 131_072, mostPairs: 65_536 };

const shortestLifeMs = 60_000;

/** A block of frames is itself handed over later than that: a connection that is still open then is most likely open 5 ms later. */
const usualWaitMs = 5;

/** How long answers and names are kept after their connection or control group has gone, with windows of this length. */
export const ownersLifeMs = (intervalMs: number): number => Math.max(shortestLifeMs, 2 * intervalMs);

/** A flow that has a record of its own. */
type OneFlow = Pick<FlowRecord, 'key' | 'forward' | 'reverse'>;

/** The owners of the ends of one window's flows. */
export interface WindowOwners {
  sourceOwner(flow: OneFlow): KnownOwner;
  targetOwner(flow: OneFlow): KnownOwner;
}

/** Its tables are made when the first flow is told. */
export class Owners implements Enricher {
  readonly counts = {
    /** Questions to the kernel: about one per connection and window, two where both ends are here. */
    asked: 0,
    sockets: 0,
    listeners: 0,
    /** No socket was found. */
    missed: 0,
    /** The kernel did not answer. */
    unanswered: 0,
    /** Flows that were not asked for, because too many came at once. */
    passedOver: 0,
  };
  readonly #options: OwnersOptions;
  readonly #addresses: LocalAddresses;
  readonly #others: OtherNamespaces;
  readonly #hash = new AddressHash();
  readonly #ends = new Ends(this.#hash);
  #sources: OwnerSources | undefined;
  #memory: OwnerMemory | undefined;
  #asking: SocketAsking | undefined;
  #syns: SynAnswers | undefined;
  /** Why the kernel cannot be asked. */
  #problem = 'not opened';
  /** The start of the window whose flows were told last. */
  #latestUs = Number.NaN;
  /** Whether flows are being told: from the first `flow` until `told`. */
  #isTelling = false;

  constructor(options: OwnersOptions) {
    this.#options = options;
    this.#addresses = new LocalAddresses(options.nowMs, options.readAddresses);
    this.#others = new OtherNamespaces(options);
  }

  /** From now on it asks. */
  open(sources: OwnerSources): void {
    this.#sources = sources;
    this.#others.open();
    this.#addresses.refresh();
  }

  /** The kernel cannot be asked, for this reason. */
  giveUp(problem: string): void {
    this.#problem = problem;
    this.#addresses.refresh();
  }

  get inWords(): string {
    if (this.#sources === undefined) return `owners: not known, ${this.#problem}`;
    const { catalog, syns } = this.#sources;
    const { asked, sockets, listeners, missed, unanswered, passedOver } = this.counts;
    const found = `${sockets + listeners} found (${sockets} socket, ${listeners} listener)`;
    const questions = [
      `${asked} asked`,
      found,
      `${missed} not found`,
      ...(unanswered > 0 ? [`${unanswered} not answered`] : []),
      ...(passedOver > 0 ? [`${passedOver} flows passed over`] : []),
    ].join(', ');
    const memory = `${this.#memory?.sockets.size ?? 0} held, ${this.#memory?.evicted ?? 0} evicted`;
    const ofSyns =
      syns === undefined ? [] : [`${this.#syns?.found ?? 0} found by their SYN, of ${syns.inWords}`];
    return `owners: ${[questions, ...ofSyns, memory, catalog.inWords].join('; ')}`;
  }

  flow(key: Packet, interfaceIndex: number, tcpFlags: number, ttl: number, startUs: number): void {
    // For flows without sockets, too: their records say whether an end is this host's.
    this.#latestUs = startUs;
    if (!this.#isTelling) this.#beginTelling();
    if (!hasSocket(key)) return;
    const isFromHere = isSourceLocal(this.#addresses, key);
    const isToHere = isTargetLocal(this.#addresses, key);
    if (!isFromHere && !isToHere) return;
    const asking = this.#asking;
    if (asking === undefined) return;
    const ends = this.#ends;
    ends.become(key);
    if (isFromHere) {
      const row = asking.ask(ends, FORWARD, interfaceIndex, signsOf(key.protocol, tcpFlags, -1), startUs);
      // A record of the packets that come back cannot tell it.
      const isForwarded = forwardedBy(ttl, ttl);
      if (isForwarded !== undefined) this.#memory!.sockets.tellForwarded(row, isForwarded);
    }
    if (isToHere) asking.ask(ends, BACKWARD, interfaceIndex, signsOf(key.protocol, -1, tcpFlags), startUs);
  }

  told(): void {
    this.#asking?.askSoon();
    this.#isTelling = false;
  }

  missed(flows: number): void {
    this.counts.passedOver += flows;
  }

  /** The owners of the flows of a window that has closed. */
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
      // The flows have in common only the owner that they were grouped by.
      if (record.rest || record.sourceFold === null) record.sourceOwner = null;
      if (record.rest || record.targetFold === null) record.targetOwner = null;
    } else {
      this.#ends.become(record.key);
      record.sourceOwner = this.#sourceOwner(record, startUs);
      record.targetOwner = this.#targetOwner(record, startUs);
    }
  }

  close(): void {
    this.#asking?.close();
    this.#sources?.close();
    this.#sources?.catalog.close();
  }

  #sourceOwner({ key, forward, reverse }: OneFlow, startUs: number): KnownOwner {
    if (!isSourceLocal(this.#addresses, key)) return nobodyElsewhere(findSource(this.#others, key));
    const signs = signsOf(key.protocol, forward.tcpFlags, reverse.tcpFlags);
    return this.#ownerAt(FORWARD, key, signs, startUs, forwardedBy(forward.lowestTtl, forward.highestTtl));
  }

  #targetOwner({ key, forward, reverse }: OneFlow, startUs: number): KnownOwner {
    if (!isTargetLocal(this.#addresses, key)) return nobodyElsewhere(findTarget(this.#others, key));
    const signs = signsOf(key.protocol, reverse.tcpFlags, forward.tcpFlags);
    return this.#ownerAt(BACKWARD, key, signs, startUs, forwardedBy(reverse.lowestTtl, reverse.highestTtl));
  }

  #ownerAt(
    at: number,
    key: Packet,
    signs: number,
    startUs: number,
    isForwarded: boolean | undefined,
  ): KnownOwner {
    if (!hasSocket(key)) return nobodyFor['no-ports'];
    this.#asking?.askAll();
    const owner = this.#memory?.ownerOf(this.#ends, at, signs, startUs, isForwarded);
    return owner ?? nobodyFor['not-asked'];
  }

  #beginTelling(): void {
    this.#isTelling = true;
    this.#addresses.refresh();
    this.#others.refresh();
    if (this.#memory === undefined) this.#openMemory();
    this.#syns?.takeAll(this.#latestUs);
    this.#asking?.askAgain();
  }

  #openMemory(): void {
    if (this.#sources === undefined) return;
    const { lookUp, catalog, syns } = this.#sources;
    const { limits, lifeMs, nowMs } = this.#options;
    const memory = new OwnerMemory({
      catalog,
      nowMs,
      hash: this.#hash,
      limits: { ...ownersDefaults, ...limits },
      lifeUs: lifeMs * 1_000,
      seesSyns: syns !== undefined,
    });
    this.#memory = memory;
    this.#asking = new SocketAsking(memory, lookUp, this.counts, this.#options.waitMs ?? usualWaitMs);
    if (syns !== undefined) this.#syns = new SynAnswers(syns, memory);
  }
}

const nobodyElsewhere = (isHere: boolean): KnownOwner => nobodyFor[isHere ? 'other-namespace' : 'not-local'];

function hasSocket({ hasPorts, protocol }: Packet): boolean {
  return hasPorts === 1 && (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP);
}

/** What one forwarding leaves of the usual times to live, 64, 128 and 255: see "Containers behind this host's address" in docs/owners.md. */
const forwardedTtls: readonly number[] = [63, 127, 254];

/** Whether this host forwarded all packets that have its own address, as it does for containers; undefined where there are none. */
function forwardedBy(lowestTtl: number, highestTtl: number): boolean | undefined {
  if (lowestTtl < 0) return undefined;
  return lowestTtl === highestTtl && forwardedTtls.includes(lowestTtl);
}

/** Whether the record is of several flows. */
function isOfSeveral(record: FlowRecord): boolean {
  const { rest, sourceFold, targetFold, sourcePortFolded, targetPortFolded } = record;
  return rest || sourceFold !== null || targetFold !== null || sourcePortFolded || targetPortFolded;
}
