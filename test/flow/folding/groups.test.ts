/** Flows that differ only in what is left out are one record. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldClientPort, foldNetworks } from '../../../src/flow/folding/fold.js';
import { FlowReading } from '../../../src/flow/reading.js';
import type { WalkSettings } from '../../../src/flow/walk-settings.js';
import {
  allFlows,
  networks,
  type ReadingValue,
  readingsOf,
  somePackets,
  walkOver,
  windowOfPackets,
} from '../../support/folds.js';

const seed = 1964;

/** A client's flow from a port of 49,153 and above to 443. */
const toServer = (source0: number, port: number) => ({
  ...{ source0, target0: 100, ports: (0xbb01 << 16) | (port << 8) | 0xc0, protocol: 6, payloadBytes: 100 },
});
const toClient = (target0: number, port: number) => ({
  ...{ source0: 100, target0, ports: (port << 24) | 0xc0_bb01, protocol: 6, payloadBytes: 1_000 },
});

function namesOf(packets: readonly object[], settings: Partial<WalkSettings>) {
  return readingsOf(walkOver(windowOfPackets(packets), { ...allFlows, ...settings })).map(
    ({ name, flows, packets, bytes }) => [name, flows, packets, bytes],
  );
}

describe('groups', () => {
  const flows = [
    toServer(2, 1),
    toServer(4, 2),
    toServer(3, 1),
    toServer(2, 1),
    toServer(2, 7),
    toServer(50, 9),
  ];
  const port = 0xbb01 << 16;

  test('of clients leave out their ports', () => {
    assert.deepEqual(namesOf(flows, { groups: ['clients'] }), [
      [`4 2 100 ${port} 1 6 source true false  `, 2, 3, 300],
      [`4 4 100 ${port} 1 6 source true false  `, 1, 1, 100],
      [`4 3 100 ${port} 1 6 source true false  `, 1, 1, 100],
      [`4 50 100 ${port} 1 6 source true false  `, 1, 1, 100],
    ]);
  });

  test('of networks tell the name in place of the address', () => {
    assert.deepEqual(namesOf([toServer(2, 1), toServer(4, 1), toServer(3, 1)], { groups: ['networks'] }), [
      [`4 0 100 ${port | 0x01c0} 1 6 source false false even `, 2, 2, 200],
      [`4 1 100 ${port | 0x01c0} 1 6 source false false odd `, 1, 1, 100],
    ]);
  });

  test('of both leave out both', () => {
    assert.deepEqual(namesOf(flows, { groups: ['clients', 'networks'] }), [
      [`4 0 100 ${port} 1 6 source true false even `, 3, 4, 400],
      [`4 1 100 ${port} 1 6 source true false odd `, 1, 1, 100],
      [`4 50 100 ${port} 1 6 source true false  `, 1, 1, 100],
    ]);
  });

  test('are of conversations where both directions are one record, else of each direction', () => {
    const packets = [toServer(2, 1), toClient(2, 1), toServer(2, 7), toClient(2, 7)];
    const there = `4 2 100 ${port} 1 6 source true false  `;
    assert.deepEqual(namesOf(packets, { groups: ['clients'], biflow: true }), [[there, 4, 4, 2_200]]);
    assert.deepEqual(namesOf(packets, { groups: ['clients'] }), [
      [there, 2, 2, 200],
      ['4 100 2 443 1 6 target false true  '.replace('443', String(0xbb01)), 2, 2, 2_000],
    ]);
  });

  test('have no id, which what is not folded keeps', () => {
    const ping = { source0: 30, target0: 40, hasPorts: 0 as const, protocol: 47 };
    const told = readingsOf(
      walkOver(windowOfPackets([toServer(2, 1), ping]), { ...allFlows, groups: ['clients', 'networks'] }),
    );
    assert.deepEqual(
      told.map(({ hasId, decidedBy }) => [hasId, decidedBy]),
      [
        [false, 'registered-port'],
        [true, 'first-packet'],
      ],
    );
  });

  test('are made of all the flows that are told alike, and of no others', () => {
    const choices = fc.subarray(['clients', 'networks'] as const);
    fc.assert(
      fc.property(somePackets, fc.boolean(), choices, (packets, biflow, groups) => {
        const window = windowOfPackets(packets);
        const settings = { ...allFlows, roles: true, biflow };
        const single = readingsOf(walkOver(window, settings));
        const expected = new Map<string, { packets: number; bytes: number; flows: number }>();
        for (const reading of single) {
          const name = foldedName(reading, groups);
          const sums = expected.get(name) ?? { packets: 0, bytes: 0, flows: 0 };
          sums.packets += reading.packets;
          sums.bytes += reading.bytes;
          sums.flows += reading.flows;
          expected.set(name, sums);
        }
        const told = readingsOf(walkOver(window, { ...settings, groups }));
        assert.deepEqual(
          told.map(({ name, packets, bytes, flows }) => [name, { packets, bytes, flows }]),
          [...expected],
        );
      }),
      { seed, numRuns: 300 },
    );
  });
});

/** The name of the group that a flow is in, made of its own name: see folds.ts. */
function foldedName({ name }: ReadingValue, groups: WalkSettings['groups']): string {
  const words = name.split(' ');
  const isIPv4 = words[0] === '4';
  const [ends, told] = isIPv4 ? [words.slice(1, 3), words.slice(3)] : [words.slice(1, 5), words.slice(5)];
  const [source, target] = isIPv4 ? [ends.slice(0, 1), ends.slice(1)] : [ends.slice(0, 2), ends.slice(2)];
  let [ports, hasPorts, protocol, client, sourceFolded, targetFolded, sourceFold, targetFold] =
    told as string[];
  if (groups.includes('clients') && hasPorts === '1') {
    const isSource = client === 'source';
    ports = String(isSource ? Number(ports) & ~0xffff : Number(ports) & 0xffff);
    if (isSource) sourceFolded = 'true';
    else targetFolded = 'true';
  }
  if (groups.includes('networks')) {
    const nameOf = (words: string[]) =>
      Number(words.at(-1)) < 8 ? networks.names[Number(words.at(-1)) & 1]! : undefined;
    const folded = (words: string[], fold: string) =>
      words.map((_, at) => (at === 0 ? String(networks.names.indexOf(fold)) : '0'));
    sourceFold = nameOf(source) ?? '';
    targetFold = nameOf(target) ?? '';
    if (sourceFold !== '') source.splice(0, source.length, ...folded(source, sourceFold));
    if (targetFold !== '') target.splice(0, target.length, ...folded(target, targetFold));
  }
  const folds = [ports, hasPorts, protocol, client, sourceFolded, targetFolded, sourceFold, targetFold];
  return [words[0], ...source, ...target, ...folds].join(' ');
}

test('folds leave the rest of a protocol as it is', () => {
  const rest = Object.assign(new FlowReading(), { rest: true, sourceFold: 'left over' });
  foldClientPort(rest);
  foldNetworks(networks)(rest);
  assert.deepEqual([rest.sourcePortFolded, rest.sourceFold, rest.targetFold], [false, null, null]);
});
