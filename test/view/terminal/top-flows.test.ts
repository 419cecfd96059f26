import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TopFlows } from '../../../src/view/terminal/top-flows.js';

test('it keeps what sorting everything would put first', () => {
  const flows = fc.array(
    fc.record({ payloadBytes: fc.nat(20), count: fc.nat(5) }, { noNullPrototype: true }),
    {
      maxLength: 200,
    },
  );
  fc.assert(
    fc.property(flows, fc.nat(30), (all, capacity) => {
      const top = new TopFlows(capacity);
      for (const flow of all) if (top.wants(flow.payloadBytes, flow.count)) top.add(flow);
      const sorted = all.toSorted((a, b) => b.payloadBytes - a.payloadBytes || b.count - a.count);
      assert.deepEqual(top.sorted(), sorted.slice(0, capacity));
    }),
    { seed: 1964, numRuns: 1000 },
  );
});
