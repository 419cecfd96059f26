/** Records for tests of what is made of them. */
import {
  type ConnectionState,
  connectionStates,
  type Outcome,
  outcomes,
} from '../../src/flow/health/connection-state.js';
import type { ConversationHealth } from '../../src/flow/health/conversation-health.js';
import { HEALTH_TOLD, UNSPLIT } from '../../src/flow/health/flow-health.js';
import { parseAddress } from '../../src/packet/address.js';
import { icmpErrors } from '../../src/packet/quoted.js';
import { FlowRecord } from '../../src/record/record.js';

export interface RecordEnds {
  readonly protocol: number;
  readonly source: string;
  readonly target: string;
  /** Undefined for a protocol without ports. */
  readonly ports?: readonly [source: number, target: number];
}

/** A record of so many packets that went forward, with no figure. */
export function recordBetween({ protocol, source, target, ports }: RecordEnds, packets = 1): FlowRecord {
  const record = new FlowRecord();
  const { key, forward } = record;
  const from = parseAddress(source)!;
  const to = parseAddress(target)!;
  key.family = from.family;
  key.protocol = protocol;
  [key.source0, key.source1, key.source2, key.source3] = [...from.words] as [number, number, number, number];
  [key.target0, key.target1, key.target2, key.target3] = [...to.words] as [number, number, number, number];
  if (ports !== undefined) {
    const word = new DataView(new ArrayBuffer(4));
    word.setUint16(0, ports[0]);
    word.setUint16(2, ports[1]);
    [key.ports, key.hasPorts] = [word.getInt32(0, true), 1];
  }
  forward.packets = packets;
  return record;
}

/** 2016-09-08T23:28:20Z to 23:28:29.073292Z. */
export const recordWindow = { startUs: 1_473_377_300_000_000, endUs: 1_473_377_309_073_292 };

/**
 * A session with an intake, from SYN to FIN, of which everything is known. Its client sent ten packets, three of which went back; its
 * server eight, three of which went back, too, and nobody knows why.
 */
export function webConversation(): FlowRecord {
  const record = recordBetween(
    { protocol: 6, source: '10.8.0.1', target: '3.233.144.10', ports: [48_926, 443] },
    10,
  );
  const { forward, reverse } = record;
  Object.assign(forward, {
    ...{ payloadBytes: 902, ipBytes: 1_422, wireBytes: 1_562 },
    ...{ firstUs: 1_473_377_301_000_000, lastUs: 1_473_377_302_500_000 },
    ...{ tcpFlags: 0x11b, trafficClass: 0, lowestTtl: 64, highestTtl: 64 },
    ...{ interface: 1, sourceMac: 0x02000000000a, targetMac: 0x020000000001 },
  });
  Object.assign(reverse, {
    ...{ packets: 8, payloadBytes: 5_120, ipBytes: 5_536, wireBytes: 5_648 },
    ...{ firstUs: 1_473_377_301_032_000, lastUs: 1_473_377_302_490_000 },
    ...{ tcpFlags: 0x21b, trafficClass: 0x48, lowestTtl: 53, highestTtl: 53 },
    ...{ interface: 1, sourceMac: 0x020000000001, targetMac: 0x02000000000a },
  });
  Object.assign(record, {
    ...{ flows: 2, decidedBy: 'syn', idHigh: 0x01234567, idLow: 0x89abcdef | 0 },
    ...{ sourcePtr: 'laptop.example', targetPtr: 'machine-7.cloud.example', sourceNetwork: 'office' },
    ...{ targetDns: 'edge.intake.example', serverName: 'intake.example', serverNameOf: 'target' },
    ...{ direction: 'egress', interfaceName: 'eth0', interfaceIndex: 2 },
    ...{ service: 'agents,logs', packetFlow: 'outgoing' },
  });
  Object.assign(forward.health, {
    ...{ marks: HEALTH_TOLD, retransmitted: 2, retransmittedBytes: 300, outOfOrder: 1 },
    ...{ syns: 1, fins: 1 },
  });
  Object.assign(reverse.health, {
    ...{ marks: HEALTH_TOLD | UNSPLIT, retransmitted: 3, retransmittedBytes: 1_500 },
    ...{ zeroWindows: 1, syns: 1, fins: 1 },
  });
  went(record.health, { SF: 1 }, { closed: 1 });
  Object.assign(record.health, {
    ...{ handshakes: 1, clientNetworkUs: 400, serverNetworkUs: 31_600, longestHandshakeUs: 32_000 },
    ...{ responses: 1, responseUs: 45_000, longestResponseUs: 45_000 },
  });
  return record;
}

/** Five such sessions of clients of one network, told as one: three were closed, one refused and one is not known. */
export function webConversations(): FlowRecord {
  const record = Object.assign(webConversation(), { sourceFold: 'office', sourcePortFolded: true, flows: 9 });
  went(record.health, { SF: 3, REJ: 1, OTH: 1 }, { closed: 3, refused: 1 });
  Object.assign(record.health, {
    icmpError: icmpErrors.indexOf('port-unreachable'),
    ...{ handshakes: 3, clientNetworkUs: 1_000, serverNetworkUs: 100_000, longestHandshakeUs: 50_400 },
    ...{ responses: 2, responseUs: 100_001, longestResponseUs: 60_001 },
  });
  return record;
}

/** Sets how many conversations had each state and outcome. Each has a state. */
export function went(
  health: ConversationHealth,
  states: Partial<Record<ConnectionState, number>>,
  became: Partial<Record<Outcome, number>>,
): void {
  connectionStates.forEach((state, at) => {
    health.states[at] = states[state] ?? 0;
  });
  outcomes.forEach((outcome, at) => {
    health.outcomes[at] = became[outcome] ?? 0;
  });
  health.conversations = health.states.reduce((sum, count) => sum + count, 0);
}

/** All other packets of a protocol. */
export function restOf(protocol: number, packets: number): FlowRecord {
  const record = recordBetween({ protocol, source: '0.0.0.0', target: '0.0.0.0' }, packets);
  Object.assign(record.forward, {
    payloadBytes: 100 * packets,
    ipBytes: 128 * packets,
    wireBytes: 142 * packets,
    sourceMac: 0x02000000000a,
    targetMac: 0x020000000001,
  });
  return Object.assign(record, { rest: true, flows: 0 });
}
