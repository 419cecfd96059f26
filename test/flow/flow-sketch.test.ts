import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlowSketch } from '../../src/flow/flow-sketch.js';
import { hash3, hashSeed } from '../../src/flow/hash.js';
import { newTable, packetOf } from '../support/flows.js';
import { seededRandom } from '../support/random.js';

/** Three standard errors. */
const margin = 0.05;

function assertAbout(estimate: number, exact: number, what: string): void {
  const isClose = Math.abs(estimate - exact) <= margin * exact;
  assert.ok(isClose, `${what}: about ${estimate}, where it is ${exact}`);
}

/** Hashes as the flow table makes them, under a seed that is drawn like its own. */
function hashing(random: () => number): (source: number, target: number, ports: number) => number {
  const seed = hashSeed([random(), random(), random(), random()]);
  return (source, target, ports) => hash3(seed, source, target, ports);
}

describe('flow sketch', () => {
  for (const flows of [10, 1_000, 50_000, 1_000_000]) {
    test(`counts ${flows} random flows that come three times as a set does`, () => {
      const random = seededRandom(flows);
      const hash = hashing(random);
      const sketch = new FlowSketch();
      const exact = new Set<string>();
      for (let flow = 0; flow < flows; flow++) {
        const [source, target, ports] = [random(), random(), random()];
        exact.add(`${source} ${target} ${ports}`);
        for (let time = 0; time < 3; time++) sketch.add(hash(source, target, ports));
      }
      assertAbout(sketch.estimate, exact.size, `${flows} flows`);
    });
  }

  test('counts flows whose addresses or ports follow each other, under any seed', () => {
    const flows = 50_000;
    for (let run = 0; run < 20; run++) {
      const hash = hashing(seededRandom(run));
      const [hosts, ports] = [new FlowSketch(), new FlowSketch()];
      for (let flow = 0; flow < flows; flow++) {
        hosts.add(hash(0x0a_00_00_00 + flow, 7, 80));
        ports.add(hash(5, 7, (flow << 16) | 80));
      }
      assertAbout(hosts.estimate, flows, `hosts, seed ${run}`);
      assertAbout(ports.estimate, flows, `ports, seed ${run}`);
    }
  });

  test('merges to the sketch of all flows', () => {
    const random = seededRandom(7);
    const [whole, first, second] = [new FlowSketch(), new FlowSketch(), new FlowSketch()];
    for (let i = 0; i < 20_000; i++) {
      const hash = random();
      whole.add(hash);
      (i < 12_000 ? first : second).add(hash);
      if (i % 3 === 0) second.add(hash);
    }
    const merged = new FlowSketch();
    for (const part of [first, second, new FlowSketch()]) merged.merge(part.copy());
    assert.deepEqual(merged.copy(), whole.copy());
  });

  test('has seen nothing at first, and after clear', () => {
    const sketch = new FlowSketch();
    assert.equal(sketch.estimate, 0);
    sketch.add(0);
    assert.equal(sketch.estimate, 1);
    sketch.clear();
    assert.equal(sketch.estimate, 0);
  });

  test('does not end where every hash there is has come', () => {
    const sketch = new FlowSketch();
    sketch.merge(new Uint8Array(4_096).fill(21));
    assert.ok(sketch.estimate >= 2 ** 32 && Number.isSafeInteger(sketch.estimate), `${sketch.estimate}`);
  });
});

describe('a full flow table', () => {
  /** So many flows of each IP version find room. */
  const room = 100;
  const families = [4, 6] as const;

  test('says of about how many flows the packets were that it folded', () => {
    for (const flows of [110, 1_100, 20_100]) {
      const table = newTable(room);
      for (let packet = 0; packet < 3 * flows; packet++) {
        const source0 = packet % flows;
        for (const family of families) table.add(packetOf({ family, source0, protocol: 17 }));
      }
      table.apply();
      const folded = families.length * (flows - room);
      assert.equal(table.packetsFolded, 3 * folded);
      assertAbout(table.flowsFolded, folded, `${flows} flows of each version`);
      table.clear();
      assert.equal(table.flowsFolded, 0);
    }
  });

  test('never names more flows than packets', () => {
    for (let flows = room; flows < 5_000; flows += 37) {
      const table = newTable(room);
      for (let source0 = 0; source0 < flows; source0++) table.add(packetOf({ source0, protocol: 6 }));
      table.apply();
      assert.ok(table.flowsFolded <= table.packetsFolded);
    }
  });

  test('counts a flow once that two merged tables folded', () => {
    const flows = 3_000;
    const [first, second] = [newTable(room), newTable(room)];
    for (let source0 = 0; source0 < flows; source0++) {
      for (const table of [first, second]) table.add(packetOf({ source0, protocol: 6 }));
    }
    first.merge(second.copy());
    assert.equal(first.packetsFolded, 2 * (flows - room));
    assertAbout(first.flowsFolded, flows - room, 'merged');
  });

  test('counts the flows that find no room when they are merged', () => {
    const [first, second] = [newTable(room), newTable(room)];
    for (let source0 = 0; source0 < room; source0++) {
      first.add(packetOf({ source0, protocol: 6 }));
      second.add(packetOf({ source0: room + source0, protocol: 6 }));
    }
    first.merge(second.copy());
    first.apply();
    assert.equal(first.packetsFolded, room);
    assertAbout(first.flowsFolded, room, 'merged');
  });
});
