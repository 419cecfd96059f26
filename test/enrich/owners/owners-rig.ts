/** Owners that ask a kernel, the real one or one of the test's, about flows between ends that are given as text. */
import { closeSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import type { TestContext } from 'node:test';
import type { OwnerCatalog } from '../../../src/enrich/owners/catalog.js';
import { Owners, type OwnersOptions } from '../../../src/enrich/owners/owners.js';
import type { LookUpSockets } from '../../../src/enrich/owners/sockets/socket-questions.js';
import type { SynSource } from '../../../src/enrich/owners/sockets/syn-answers.js';
import { steadyMs } from '../../../src/host/clock.js';
import { loadNative } from '../../../src/host/native.js';
import { parseAddress } from '../../../src/packet/address.js';
import type { Packet } from '../../../src/packet/packet.js';
import type { KnownOwner, Owner } from '../../../src/record/owner.js';
import { FlowRecord } from '../../../src/record/record.js';
import { packetOf } from '../../support/flows.js';

/** "127.0.0.1 80" or "::1 80"; without a port where the flow has none. */
export interface Flow {
  readonly source: string;
  readonly target: string;
  /** TCP without it. */
  readonly protocol?: number;
  /** Of the packets from source to target, and of those back: see Tally. */
  readonly flags?: number;
  readonly backFlags?: number;
  /** Of the packets from source to target, when the flow is told of. */
  readonly ttl?: number;
}

export const SYN = 0x102;
export const SYN_ACK = 0x212;
export const ACK = 0x10;

/** Names groups by their ids, and users by their numbers. */
export class NumberCatalog implements OwnerCatalog {
  readonly counts = {};
  readonly inWords = 'names';
  readonly #owners = new Map<string, Owner>();
  /** All that it was asked for. */
  readonly asked: string[] = [];

  ownerOf(cgroupId: number, userId: number): Owner {
    const key = `${cgroupId} ${userId}`;
    this.asked.push(key);
    let owner = this.#owners.get(key);
    if (owner === undefined) {
      const name = cgroupId === 0 ? `user ${userId}` : `group ${cgroupId}`;
      const others = [...this.#owners.values()];
      const number = others.find((other) => other.name === name)?.number ?? others.length + 1;
      const nothing = { unit: null, container: null, pod: null, pid: -1, command: null };
      const kind = cgroupId === 0 ? 'user' : 'cgroup';
      const cgroup = cgroupId === 0 ? null : `/${cgroupId}`;
      owner = { number, name, kind, cgroup, userId, ...nothing };
      this.#owners.set(key, owner);
    }
    return owner;
  }

  close(): void {}
}

export interface RigOptions extends Partial<OwnersOptions> {
  readonly catalog?: OwnerCatalog;
  /** The kernel's look-ups, without it. */
  readonly lookUp?: LookUpSockets;
  readonly syns?: SynSource;
  /** Addresses of this host beside loopback's; without it, its own. */
  readonly addresses?: readonly string[];
}

export function openOwners(context: TestContext | undefined, options: RigOptions = {}) {
  const { catalog = new NumberCatalog(), lookUp, syns, addresses, ...rest } = options;
  const owners = new Owners({
    ...{ nowMs: steadyMs, lifeMs: 60_000, waitMs: 0 },
    ...(addresses && { readAddresses: () => ({ eth0: addresses.map(plainAddress) }) }),
    ...rest,
  });
  const native = lookUp === undefined ? loadNative().native! : undefined;
  const descriptor = native?.openSocketLookUps();
  owners.open({
    ...{ catalog, syns },
    lookUp:
      lookUp ??
      ((questions, count, answers) => native!.lookUpSockets(descriptor!, questions, count, answers)),
    close: () => descriptor !== undefined && closeSync(descriptor),
  });
  context?.after(() => owners.close());
  /** Flows of the window that begins at `startUs`, all told of at once. */
  const tell = (flows: readonly Flow[], startUs = 0, interfaceIndex = 0) => {
    for (const flow of flows) {
      const { flags = ACK, ttl = -1 } = flow;
      owners.flow(packetBetween(flow), interfaceIndex, flags, ttl, startUs);
    }
    owners.told();
  };
  return { owners, catalog, tell, told: (flow: Flow, startUs = 0) => toldOf(owners, flow, startUs) };
}

/** How both ends' owners are told in a record: "socket group 7", or why they are not: "no-socket". */
export function toldOf(owners: Owners, flow: Flow, startUs = 0): readonly [string, string] {
  const record = recordOf(flow);
  owners.enrich(record, { startUs, endUs: startUs + 1 });
  return [textOf(record.sourceOwner), textOf(record.targetOwner)];
}

export function textOf(known: KnownOwner | null): string {
  if (known === null) return 'null';
  return known.owner === null ? known.reason! : `${known.from} ${known.owner.name}`;
}

export function recordOf(flow: Flow): FlowRecord {
  const record = new FlowRecord();
  record.key.become(packetBetween(flow));
  if (record.key.protocol === 6) record.forward.tcpFlags = flow.flags ?? ACK;
  if (flow.backFlags !== undefined) record.reverse.tcpFlags = flow.backFlags;
  record.forward.lowestTtl = record.forward.highestTtl = flow.ttl ?? -1;
  return record;
}

export function packetBetween({ source, target, protocol = 6 }: Flow): Packet {
  const [sourceEnd, targetEnd] = [endOf(source), endOf(target)];
  const hasPorts = sourceEnd.port === undefined ? 0 : 1;
  const [source0, source1, source2, source3] = [...sourceEnd.words];
  const [target0, target1, target2, target3] = [...targetEnd.words];
  return packetOf({
    ...{ family: sourceEnd.family, protocol, hasPorts },
    ...{ source0: source0!, source1: source1!, source2: source2!, source3: source3! },
    ...{ target0: target0!, target1: target1!, target2: target2!, target3: target3! },
    ports: swapped(sourceEnd.port) | (swapped(targetEnd.port) << 16),
  });
}

export const back = ({ source, target, flags, backFlags, ...rest }: Flow): Flow => ({
  ...rest,
  ...{ source: target, target: source },
  ...(backFlags !== undefined && { flags: backFlags }),
  ...(flags !== undefined && { backFlags: flags }),
});

/** A question for the socket of TCP over IPv4 between these ends. */
export function questionOf(local: string, remote: string): number[] {
  const [localEnd, remoteEnd] = [endOf(local), endOf(remote)];
  const ports = swapped(localEnd.port) | (swapped(remoteEnd.port) << 16);
  return [6 | (4 << 8), ports, 0, 0, ...localEnd.words, ...remoteEnd.words];
}

function endOf(end: string) {
  const [address, port] = end.split(' ');
  return { ...parseAddress(address!)!, port: port === undefined ? undefined : Number(port) };
}

const swapped = (port = 0) => ((port & 0xff) << 8) | (port >>> 8);

function plainAddress(address: string): Pick<NetworkInterfaceInfo, 'address' | 'netmask'> {
  return { address, netmask: address.includes(':') ? 'ffff:ffff:ffff:ffff::' : '255.255.255.255' };
}
