/** When an earlier owner stands for a client whose socket was missed: where SYNs are watched, and for TCP alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketAnswerWords } from '../../../src/host/socket-look-ups.js';
import { type Flow, openOwners, SYN, SYN_ACK } from './owners-rig.js';

/** linux/tcp_states.h. */
const ESTABLISHED = 1;

/** The kernel answers with these groups' sockets, in this order; 0 is none. */
function openWith(groups: number[], isWatched: boolean) {
  const lookUp = (_questions: Int32Array, count: number, answers: Int32Array) => {
    answers.fill(0, 0, count * socketAnswerWords);
    const ids = new Float64Array(answers.buffer);
    for (let at = 0; at < count; at++) {
      const group = groups.shift() ?? 0;
      ids[at * 3] = group;
      answers[at * socketAnswerWords + 4] = group === 0 ? 0 : ESTABLISHED;
    }
  };
  const syns = { read: () => 0, inWords: '' };
  return openOwners(undefined, { lookUp, addresses: ['10.0.0.1'], ...(isWatched && { syns }) });
}

const flowFrom = (port: number, more: Partial<Flow> = {}): Flow => ({
  ...{ source: `10.0.0.1 ${40_000 + port}`, target: '192.0.2.1 443', flags: SYN, ttl: 64 },
  ...more,
});

/** What is told of the flow after all others, which nobody has found. */
function last(groups: number[], isWatched = true, more: Partial<Flow> = {}): string {
  const { tell, told } = openWith([...groups], isWatched);
  const flows = [...groups, 0].map((_, port) => flowFrom(port, more));
  for (const flow of flows) tell([flow]);
  return told(flows.at(-1)!)[0];
}

const times = (count: number, group: number) => Array<number>(count).fill(group);

test('an earlier owner stands for a socket that was missed where it had sixteen others', () => {
  assert.equal(last(times(15, 7)), 'no-socket');
  assert.equal(last(times(16, 7)), 'earlier group 7');
  assert.equal(last([0, ...times(31, 7)]), 'earlier group 7');
  assert.equal(last([...times(15, 7), 0, ...times(15, 7)]), 'no-socket');
  assert.equal(last([8, ...times(40, 7)]), 'no-socket');
});

test('nobody stands for it where its packets were forwarded, or were not seen', () => {
  assert.equal(last(times(40, 7), true, { ttl: 63 }), 'other-namespace');
  assert.equal(last(times(40, 7), true, { ttl: -1 }), 'no-socket');
});

test('nobody stands for it where SYNs are not watched, nor for UDP, nor for a server', () => {
  assert.equal(last(times(40, 7), false), 'no-socket');
  assert.equal(last(times(40, 7), true, { protocol: 17 }), 'no-socket');
  assert.equal(last(times(40, 7), true, { flags: SYN_ACK }), 'no-socket');
});

test('a connection that nobody was asked for has the earlier owner too, and one in a later window is the same connection', () => {
  const { tell, told } = openWith(times(16, 7), true);
  // The first one's socket is found again in each window: that counts once.
  for (let window = 0; window < 16; window++) tell([flowFrom(0, { flags: 0x10 })], window * 20e6);
  assert.equal(told(flowFrom(1), 320e6)[0], 'not-asked');
  const other = openWith(times(16, 7), true);
  for (let port = 0; port < 16; port++) other.tell([flowFrom(port)]);
  assert.equal(other.told(flowFrom(16))[0], 'earlier group 7');
});
