import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  longestAgentName,
  mostAgents,
  type Refusal,
  rememberedNumbers,
  SequenceCheck,
} from '../../src/verify/sequence.js';

const line = (seq: number, agent = 'host-1', count = 2, length = 10) =>
  JSON.stringify({ source_IP: '10.0.0.1', count, length, agent, seq });

const refused = (counts: Partial<Record<Refusal, number>>): Record<Refusal, number> => ({
  'not-numbered': 0,
  'agent-name': 0,
  'agent-count': 0,
  ...counts,
});

function checked(lines: readonly string[]): SequenceCheck {
  const check = new SequenceCheck();
  for (const each of lines) check.addLine(each);
  return check;
}

describe('sequence check', () => {
  test('finds nothing wrong where every number arrived once', () => {
    assert.deepEqual(checked([line(5), line(6), line(7)]).report(), [
      {
        agent: 'host-1',
        records: 3,
        packets: 6,
        payloadBytes: 30,
        lowestSeq: 5,
        highestSeq: 7,
        beforeFirst: 4,
        missing: 0,
        duplicates: 0,
        reordered: 0,
        tooLate: 0,
      },
    ]);
  });

  test('counts what is missing, twice, out of order, and each agent apart', () => {
    const [first, second] = checked([line(0), line(3), line(2), line(3), line(9, 'host-2')]).report();
    assert.deepEqual(
      [first!.records, first!.packets, first!.missing, first!.duplicates, first!.reordered],
      [3, 6, 1, 1, 1],
    );
    assert.deepEqual([second!.agent, second!.records, second!.missing], ['host-2', 1, 0]);
  });

  test('counts the numbers before the first apart from those that are missing', () => {
    const before = (...seqs: number[]) => {
      const [report] = checked(seqs.map((seq) => line(seq))).report();
      return [report!.beforeFirst, report!.missing];
    };
    assert.deepEqual(before(1, 2), [0, 0]);
    assert.deepEqual(before(101, 103), [100, 1]);
    assert.deepEqual(before(103, 101), [100, 1]);
    assert.deepEqual(before(0, 1), [0, 0]);
    assert.deepEqual(before(Number.MAX_SAFE_INTEGER), [Number.MAX_SAFE_INTEGER - 1, 0]);
  });

  test('does not take a record for a duplicate that lies too far back to be remembered', () => {
    const [report] = checked([line(0), line(rememberedNumbers), line(0)]).report();
    assert.deepEqual([report!.records, report!.duplicates, report!.tooLate], [2, 0, 1]);
  });

  test('refuses what is no numbered record', () => {
    const lines = [
      '',
      '{',
      '[]',
      'null',
      '{"agent":"a"}',
      line(-1),
      line(1.5),
      '{"agent":1,"seq":1,"count":1,"length":1}',
      '{"agent":"two words","count":1,"length":1}',
    ];
    assert.deepEqual(checked(lines).refused, refused({ 'not-numbered': lines.length }));
  });

  test("refuses numbered records whose agent's name it could not print, or is too long", () => {
    const names = [
      '',
      'two words',
      'h\u001b[31mred',
      'h\n1 lines',
      'b\u00fcro',
      'h'.repeat(longestAgentName + 1),
    ];
    const check = checked([...names.map((name) => line(1, name)), line(1, 'h'.repeat(longestAgentName))]);
    assert.deepEqual(check.refused, refused({ 'agent-name': names.length }));
    assert.equal(check.report().length, 1);
  });

  test('refuses records of more agents than it tells apart', () => {
    const agents = checked(Array.from({ length: mostAgents + 2 }, (_, i) => line(0, `host-${i}`)));
    assert.deepEqual(agents.refused, refused({ 'agent-count': 2 }));
    assert.equal(agents.report().length, mostAgents);
  });
});
