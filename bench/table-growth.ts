/**
 * A process of its own: fills a flow table with so many flows, and prints {"longestMs":N,"newNs":N,"knownNs":N}: the
 * longest time that 64 packets took, and what one took on average where it made a flow and where it found one.
 *
 *     node table-growth.js FAMILY FLOWS
 */

import { FlowTable } from '../src/flow/table/flow-table.js';
import { hashSeed } from '../src/packet/hash.js';
import { Packet } from '../src/packet/packet.js';

export interface TableGrowth {
  readonly longestMs: number;
  readonly newNs: number;
  readonly knownNs: number;
}

const blockPackets = 64;
/** Odd, so that it reaches every flow before one comes again; large, so that none is near the last. */
const stride = 618_033_989;

function measure(family: 4 | 6, flows: number): TableGrowth {
  const table = new FlowTable(flows, hashSeed([1, 2, 3, 4]));
  const packet = new Packet();
  packet.family = family;
  packet.protocol = 17;
  packet.hasPorts = 1;
  packet.payloadBytes = 100;
  const add = (flow: number) => {
    packet.source0 = flow;
    packet.source3 = flow;
    packet.ports = Math.imul(flow, stride);
    table.add(packet);
  };
  // The first second of a process is another matter: what is measured is compiled by then.
  for (let flow = 0; flow < flows / 2; flow++) add(flow);
  table.apply();
  table.clear();

  let longestMs = 0;
  const startMs = performance.now();
  let lastMs = startMs;
  for (let flow = 0; flow < flows; flow++) {
    add(flow);
    if (flow % blockPackets !== 0) continue;
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  table.apply();
  const filledMs = performance.now();
  for (let i = 0, flow = 0; i < flows; i++, flow = (flow + stride) % flows) add(flow);
  table.apply();
  const endMs = performance.now();
  const perPacketNs = (ms: number) => (1e6 * ms) / flows;
  return { longestMs, newNs: perPacketNs(filledMs - startMs), knownNs: perPacketNs(endMs - filledMs) };
}

const [family, flows] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(measure(family === '6' ? 6 : 4, Number(flows)))}\n`);
