/** Lines that `pcap-agg verify` reads, and the sums it makes of them. */
import assert from 'node:assert/strict';
import { SequenceCheck } from '../../../src/verify/sequence.js';
import { bytesOf, type Target, textOf } from './target.js';

function run(input: Uint8Array): void {
  const lines = textOf(input).split('\n');
  const check = new SequenceCheck();
  for (const line of lines) check.addLine(line);
  const reports = check.report();
  let accounted = Object.values(check.refused).reduce((sum, count) => sum + count, 0);
  for (const { agent, packets, payloadBytes, ...counts } of reports) {
    assert.match(agent, /^[\x21-\x7e]+$/, 'a line for the operator');
    assert.ok(packets >= 0 && payloadBytes >= 0);
    for (const [name, count] of Object.entries(counts)) {
      assert.ok(Number.isSafeInteger(count) && count >= 0, `${name} ${count}`);
    }
    accounted += counts.records + counts.duplicates + counts.tooLate;
  }
  assert.equal(accounted, lines.length, 'lines accounted for');
}

const line = (seq: number, agent: string): string => JSON.stringify({ count: 2, length: 10, agent, seq });

/** A record of OpenTelemetry's. */
const otelLine = (sequence: number): string => {
  const attribute = (key: string, value: object) => ({ key: `pcap_agg.${key}`, value });
  const numbers = Object.entries({ packets: 2, payload_bytes: 10, sequence });
  return JSON.stringify({
    attributes: [
      attribute('agent', { stringValue: 'a' }),
      ...numbers.map(([name, number]) => attribute(name, { intValue: String(number) })),
    ],
  });
};

export const verify: Target = {
  name: 'verify',
  seeds: () => [
    bytesOf([1, 2, 3, 5, 4, 4, 9].map((seq) => line(seq, 'a')).join('\n')),
    bytesOf([1, 2, 4].map(otelLine).join('\n')),
    bytesOf([0, 8_191, 8_192, 0, 20_000, Number.MAX_SAFE_INTEGER].map((seq) => line(seq, 'b')).join('\n')),
  ],
  words: [
    '"seq":',
    '"agent":',
    '"count":',
    '"length":',
    '"intValue":"1"',
    '"attributes":[{"key":"pcap_agg.agent"}]',
    '8192',
    '9007199254740991',
    '1e308',
    '-0',
    'null',
    '{',
    '}',
    '\n',
    '[]',
    ' ',
    '\\u001b',
  ].map(bytesOf),
  maxBytes: 2_048,
  run,
};
