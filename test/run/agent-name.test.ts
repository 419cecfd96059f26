import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { agentName } from '../../src/run/agent-name.js';
import { SequenceCheck } from '../../src/verify/sequence.js';

const ending = new RegExp(`-${process.pid}-[0-9a-f]{1,8}$`);

const names: readonly (readonly [host: string, name: string])[] = [
  ['web-1.example', 'web-1.example'],
  ['Web01', 'Web01'],
  ['two words', 'two-words'],
  ['tab\there', 'tab-here'],
  ['line\nbreak\u0000', 'line-break-'],
  ['h\u001b[31mred', 'h--31mred'],
  ['under_score', 'under-score'],
  ['"quoted\\', '-quoted-'],
  ['büro', 'b-ro'],
  ['\ufffd\ufffd', '--'],
  ['\u{1f4a9}', '-'],
  ['\ud800', '-'],
  ['', ''],
];

describe("an agent's name", () => {
  for (const [host, name] of names) {
    test(`is one that verify takes, on a host called ${JSON.stringify(host)}`, () => {
      const agent = agentName(host);
      assert.match(agent, ending);
      assert.equal(agent.replace(ending, ''), name);
      assert.match(agent, /^[A-Za-z0-9.-]+$/);
      const check = new SequenceCheck();
      check.addLine(JSON.stringify({ count: 1, length: 1, agent, seq: 1 }));
      assert.deepEqual(
        check.report().map((report) => report.agent),
        [agent],
      );
    });
  }

  test('keeps its own ending, and has 253 characters at the most', () => {
    const agent = agentName('h'.repeat(300));
    assert.equal(agent.length, 253);
    assert.match(agent, ending);
    assert.match(agent, /^h{200}/);
  });

  test('is another one at each start', () => {
    assert.notEqual(agentName('host'), agentName('host'));
  });
});
