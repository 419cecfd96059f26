/** Flows that differ only in what is left out are one record. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findOwners, foldClientPort, foldNetworks, foldOwners } from '../../../src/flow/folding/fold.js';
import { FlowReading } from '../../../src/flow/reading.js';
import type { WalkSettings } from '../../../src/flow/walk-settings.js';
import { sourcePortOf, targetPortOf } from '../../../src/packet/packet.js';
import {
  allFlows,
  flowOwners,
  networks,
  ownerOf,
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

  describe('of owners', () => {
    /** See ownerOf: a client's ends here are of "one" or "two", by its port; a server's at 1 is of "one", at 2 of "two". */
    const from = (source0: number, port: number, target0 = 100) => ({ ...toServer(source0, port), target0 });
    const back = (source0: number, port: number, target0 = 100) => ({
      ...toClient(source0, port),
      source0: target0,
    });
    const tell = (packets: readonly object[], settings: Partial<WalkSettings> = {}) =>
      namesOf(packets, { ...settings, groups: ['owner', ...(settings.groups ?? [])] });
    const clients = [from(2, 1), from(4, 2), from(2, 2), from(2, 4)];
    const one = `4 1 100 ${port} 1 6 source true false one `;
    const two = `4 2 100 ${port} 1 6 source true false two `;

    test('tell the name in place of the address, and of a client also in place of its port', () => {
      assert.deepEqual(tell(clients), [
        [one, 3, 3, 300],
        [two, 1, 1, 100],
      ]);
    });

    test('keep the port of a server, and the clients that nobody here owns', () => {
      assert.deepEqual(tell([from(50, 1, 1), from(51, 1, 1), from(51, 1, 1), from(51, 1, 2)]), [
        [`4 50 1 ${port | 0x01c0} 1 6 source false false  one`, 1, 1, 100],
        [`4 51 1 ${port | 0x01c0} 1 6 source false false  one`, 1, 2, 200],
        [`4 51 2 ${port | 0x01c0} 1 6 source false false  two`, 1, 1, 100],
      ]);
    });

    test('are of both ends where both are here', () => {
      assert.deepEqual(tell([from(2, 1, 1), from(4, 2, 1), from(4, 2, 2)]), [
        [`4 1 1 ${port} 1 6 source true false one one`, 2, 2, 200],
        [`4 1 2 ${port} 1 6 source true false one two`, 1, 1, 100],
      ]);
    });

    test('are of conversations, or of each direction', () => {
      const packets = [...clients, back(2, 1), back(4, 2), back(2, 2)];
      assert.deepEqual(tell(packets, { biflow: true }), [
        [one, 5, 5, 2_300],
        [two, 2, 2, 1_100],
      ]);
      assert.deepEqual(tell(packets).slice(2), [
        [`4 100 1 ${0xbb01} 1 6 target false true  one`, 2, 2, 2_000],
        [`4 100 2 ${0xbb01} 1 6 target false true  two`, 1, 1, 1_000],
      ]);
    });

    test('leave to clients and networks what has no owner', () => {
      const packets = [from(6, 1, 1), from(6, 2, 1), from(50, 1, 1), from(50, 2, 1), from(2, 1, 6)];
      assert.deepEqual(tell(packets, { groups: ['clients', 'networks'] }), [
        [`4 0 1 ${port} 1 6 source true false even one`, 2, 2, 200],
        [`4 50 1 ${port} 1 6 source true false  one`, 2, 2, 200],
        [`4 1 0 ${port} 1 6 source true false one even`, 1, 1, 100],
      ]);
    });

    test('are told in place of single ones among the largest, and go into the rest', () => {
      assert.deepEqual(tell([...clients, ...flows], { top: 1 }), [
        [one, 4, 7, 700],
        ['* 6', 3, 3, 300],
      ]);
    });

    test('are of IPv4 and of IPv6 apart, of which other ends are anyway', () => {
      const ipv6 = { family: 6 as const, source3: 2, target3: 100, source0: 0, target0: 0 };
      assert.deepEqual(
        tell([from(2, 1), { ...from(2, 1), ...ipv6 }]).map(([name]) => name),
        [one, `6 1 0 0 100 ${port} 1 6 source true false one `],
      );
    });

    test('do not take in what has no ports, nor what nobody owns, which keeps its id', () => {
      const ping = { source0: 2, target0: 100, hasPorts: 0 as const, protocol: 1 };
      const told = readingsOf(
        walkOver(windowOfPackets([ping, from(50, 1), from(2, 1)]), { ...allFlows, groups: ['owner'] }),
      );
      assert.deepEqual(
        told.map(({ name, hasId }) => [name, hasId]),
        [
          ['4 2 100 0 0 1 source false false  ', true],
          [`4 50 100 ${port | 0x01c0} 1 6 source false false  `, true],
          [one, false],
        ],
      );
    });
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
    const choices = fc.subarray(['clients', 'networks', 'owner'] as const);
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
  const isSource = client === 'source';
  const addressOf = (end: string[]) => Number(end.at(-1));
  const ownerAt = (end: string[], port: number) =>
    groups.includes('owner') ? ownerOf(addressOf(end), port, Number(hasPorts)) : undefined;
  const sourceOwner = ownerAt(source, sourcePortOf(Number(ports)));
  const targetOwner = ownerAt(target, targetPortOf(Number(ports)));
  const clientOwner = isSource ? sourceOwner : targetOwner;
  if ((groups.includes('clients') && hasPorts === '1') || (clientOwner?.number ?? 0) > 0) {
    ports = String(isSource ? Number(ports) & ~0xffff : Number(ports) & 0xffff);
    if (isSource) sourceFolded = 'true';
    else targetFolded = 'true';
  }
  const fold = (end: string[], owner: ReturnType<typeof ownerAt>) => {
    const become = (number: number) =>
      end.splice(0, end.length, ...end.map((_, at) => String(at === 0 ? number : 0)));
    const network = groups.includes('networks') && addressOf(end) < 8 ? addressOf(end) & 1 : -1;
    if (owner !== undefined && owner.number > 0) become(owner.number);
    else if (network >= 0) become(network);
    else return '';
    return owner?.name || networks.names[network]!;
  };
  sourceFold = fold(source, sourceOwner);
  targetFold = fold(target, targetOwner);
  const folds = [ports, hasPorts, protocol, client, sourceFolded, targetFolded, sourceFold, targetFold];
  return [words[0], ...source, ...target, ...folds].join(' ');
}

test('folds leave the rest of a protocol as it is', () => {
  const leftOver = { sourceFold: 'left over', sourceOwner: { number: 1, name: 'left over' } };
  const rest = Object.assign(new FlowReading(), { rest: true, ...leftOver });
  findOwners(flowOwners, rest);
  foldOwners(rest);
  foldClientPort(rest);
  foldNetworks(networks)(rest);
  const { sourcePortFolded, sourceFold, targetFold, sourceOwner } = rest;
  assert.deepEqual([sourcePortFolded, sourceFold, targetFold, sourceOwner], [false, null, null, null]);
});
