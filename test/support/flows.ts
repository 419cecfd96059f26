/** Packets and what a table says of them, as plain values for tests. */

import type { ClosedWindow } from '../../src/flow/open-windows.js';
import { FlowReading } from '../../src/flow/reading.js';
import { FlowTable } from '../../src/flow/table/flow-table.js';
import type { FigureName } from '../../src/flow/tally.js';
import { hashSeed } from '../../src/packet/hash.js';
import { Packet } from '../../src/packet/packet.js';

export const testSeed = hashSeed([0x12345678, 0x9abcdef1, 0x2468ace1, 0x13579bdf]);

export interface FlowValue {
  /** Family, address words, ports, protocol: whatever makes the flow. */
  readonly key: string;
  readonly count: number;
  readonly length: number;
}

export function newTable(maxFlows = 1000, figures?: ReadonlySet<FigureName>): FlowTable {
  return new FlowTable(maxFlows, testSeed, figures);
}

/** A packet whose addresses and ports are made of small numbers. */
export function packetOf(values: Partial<Packet>): Packet {
  return Object.assign(new Packet(), values);
}

/** A window of so many flows, of one packet each. */
export function windowOf(flows: number): ClosedWindow {
  const table = newTable(flows);
  for (let source0 = 0; source0 < flows; source0++) table.add(packetOf({ source0, protocol: 6 }));
  table.apply();
  return { startUs: 0, endUs: 1e15, table };
}

/** A table that holds `packet`, and the words of its rows. */
export function tableAndRows(packet: Packet, figures?: ReadonlySet<FigureName>) {
  const { SharedArrayBuffer: Reserved } = globalThis;
  let rows: Int32Array = new Int32Array(0);
  globalThis.SharedArrayBuffer = class extends Reserved {
    constructor(bytes?: number) {
      super(bytes!);
      // Figures come before the rows.
      rows = new Int32Array(this);
    }
  };
  const table = newTable(1000, figures);
  table.add(packet);
  globalThis.SharedArrayBuffer = Reserved;
  table.apply();
  return { table, rows };
}

export function keyOf(packet: Packet): string {
  const words =
    packet.family === 4
      ? [packet.source0, packet.target0]
      : [
          packet.source0,
          packet.source1,
          packet.source2,
          packet.source3,
          packet.target0,
          packet.target1,
          packet.target2,
          packet.target3,
        ];
  return [packet.family, ...words, packet.ports, packet.hasPorts, packet.protocol].join(' ');
}

/** `keyOf` the flow that goes the other way. */
export function reverseKeyOf(packet: Packet): string {
  return keyOf(
    packetOf({
      ...packet,
      source0: packet.target0,
      source1: packet.target1,
      source2: packet.target2,
      source3: packet.target3,
      target0: packet.source0,
      target1: packet.source1,
      target2: packet.source2,
      target3: packet.source3,
      ports: (packet.ports << 16) | (packet.ports >>> 16),
    }),
  );
}

/** Everything in the table, in its order; overflow records have the key "* PROTOCOL". */
export function valuesOf(table: FlowTable): FlowValue[] {
  table.apply();
  const reading = new FlowReading();
  return Array.from({ length: table.size }, (_, position) => {
    table.read(position, reading);
    const key = reading.rest ? `* ${reading.key.protocol}` : keyOf(reading.key);
    return { key, count: reading.forward.packets, length: reading.forward.payloadBytes };
  });
}
