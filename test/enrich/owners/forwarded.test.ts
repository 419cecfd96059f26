/** An address of this host that others have borrowed: what it forwards for containers, with its own address as the source. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketAnswerWords } from '../../../src/host/socket-look-ups.js';
import { back, type Flow, openOwners, recordOf, textOf } from './owners-rig.js';

/** linux/tcp_states.h. */
const states = { none: 0, connected: 1, unconnected: 7, listener: 10 } as const;
const kinds = Object.keys(states) as (keyof typeof states)[];

/** Owners of a flow from this host, for which the kernel has such a socket. */
function openFor(kind: keyof typeof states, protocol: number) {
  const lookUp = (_questions: Int32Array, count: number, answers: Int32Array) => {
    answers.fill(0, 0, count * socketAnswerWords);
    if (kind !== 'none') {
      new Float64Array(answers.buffer)[0] = 7;
      answers[4] = states[kind];
    }
  };
  const flow: Flow = { source: '10.0.0.1 123', target: '192.0.2.9 123', protocol };
  return { flow, ...openOwners(undefined, { lookUp, addresses: ['10.0.0.1'] }) };
}

/** What is told of its end here, with such times to live. */
function toldOf(kind: keyof typeof states, protocol: number, lowest: number, highest: number): string {
  const { flow, owners, tell } = openFor(kind, protocol);
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

test('what comes back to packets that were forwarded is of another namespace too, in a record of its own', () => {
  for (const protocol of [6, 17]) {
    const told = kinds.map((kind) => {
      const { flow, tell, told } = openFor(kind, protocol);
      const comesBack = back(flow);
      tell([comesBack, { ...flow, ttl: 63 }], 0);
      tell([comesBack], 1);
      return [told(comesBack, 0)[1], told(comesBack, 1)[1]];
    });
    const [none, connected, unconnected, listener] = told;
    const elsewhere = ['other-namespace', 'other-namespace'];
    assert.deepEqual([none, unconnected, listener], [elsewhere, elsewhere, elsewhere]);
    assert.deepEqual(connected, ['socket group 7', 'socket group 7']);
  }
});

test('what comes back to packets of this host is of this host', () => {
  for (const ttl of [64, 0, -1]) {
    const { flow, tell, told } = openFor('unconnected', 17);
    const comesBack = back(flow);
    tell([{ ...flow, ttl: 63 }], 0);
    tell([comesBack, { ...flow, ttl }], 1);
    assert.deepEqual(told(comesBack, 1)[1], ttl < 0 ? 'other-namespace' : 'socket group 7');
  }
});
