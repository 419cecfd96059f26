/** An address of this host that others have borrowed: what it forwards for containers, with its own address as the source. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketAnswerWords } from '../../../src/host/socket-look-ups.js';
import { type Flow, openOwners, recordOf, textOf } from './owners-rig.js';

/** linux/tcp_states.h. */
const states = { none: 0, connected: 1, unconnected: 7, listener: 10 } as const;
const kinds = Object.keys(states) as (keyof typeof states)[];

/** What is told of both ends, of a flow from this host with such times to live, for which the kernel has such a socket. */
function toldOf(kind: keyof typeof states, protocol: number, lowest: number, highest: number): string {
  const lookUp = (_questions: Int32Array, count: number, answers: Int32Array) => {
    answers.fill(0, 0, count * socketAnswerWords);
    if (kind !== 'none') {
      new Float64Array(answers.buffer)[0] = 7;
      answers[4] = states[kind];
    }
  };
  const flow: Flow = { source: '10.0.0.1 123', target: '192.0.2.9 123', protocol };
  const { owners, tell } = openOwners(undefined, { lookUp, addresses: ['10.0.0.1'] });
  tell([flow]);
  const record = recordOf(flow);
  record.forward.lowestTtl = lowest;
  record.forward.highestTtl = highest;
  owners.enrich(record, { startUs: 0, endUs: 1 });
  assert.equal(textOf(record.targetOwner), 'not-local');
  return textOf(record.sourceOwner);
}

const all = (protocol: number, lowest: number, highest = lowest) =>
  kinds.map((kind) => toldOf(kind, protocol, lowest, highest));

test('packets with a time to live of one hop less are of another namespace, unless the socket is of this flow alone', () => {
  for (const ttl of [63, 127, 254]) {
    assert.deepEqual(all(17, ttl), [
      'other-namespace',
      'socket group 7',
      'other-namespace',
      'other-namespace',
    ]);
    assert.deepEqual(all(6, ttl), [
      'other-namespace',
      'socket group 7',
      'other-namespace',
      'other-namespace',
    ]);
  }
});

test('packets with another time to live, with several, or with none that anybody counts are of this host', () => {
  for (const [lowest, highest] of [
    [64, 64],
    [255, 255],
    [63, 64],
    [1, 63],
    [-1, -1],
  ] as const) {
    assert.deepEqual(all(17, lowest, highest), [
      'no-socket',
      'socket group 7',
      'socket group 7',
      'listener group 7',
    ]);
  }
});
