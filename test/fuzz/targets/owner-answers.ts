/**
 * Flows of a few connections, and what the kernel answers about their sockets, in any order, over windows of a clock that is set at
 * times: six bytes each, of which the first says what happens. Whoever is told must have been answered of: a plainer keeping of all
 * answers says so.
 */
import assert from 'node:assert/strict';
import { Owners } from '../../../src/enrich/owners/owners.js';
import { SYN_ACK_SEEN, SYN_SEEN } from '../../../src/flow/tally.js';
import { parseAddress } from '../../../src/packet/address.js';
import { Packet } from '../../../src/packet/packet.js';
import type { KnownOwner, Owner } from '../../../src/record/owner.js';
import { FlowRecord } from '../../../src/record/record.js';
import type { Target } from './target.js';

const here = ['10.0.0.1', 'fd00::1', '127.0.0.1'];
const addresses = [...here, '192.0.2.9', '2001:db8::9', '198.51.100.7'].map((text) => ({
  text,
  isHere: here.includes(text),
  ...parseAddress(text)!,
}));
const protocols = [6, 17, 1, 6];
const flagSets = [-1, 0x10, SYN_SEEN, SYN_ACK_SEEN, SYN_SEEN | SYN_ACK_SEEN, 0x11];
const windowUs = 1e6;
const limits = { mostSockets: 24, mostPairs: 512 };
const states = { established: 1, closed: 7, listen: 10 } as const;

interface Answer {
  readonly group: number;
  readonly user: number;
  readonly isListener: boolean;
}

/** What is behind each local port now; undefined where the kernel finds nothing, "broken" where it does not answer. */
type World = Map<number, Answer | undefined>;

class Answers {
  readonly world: World = new Map();
  isBroken = false;
  /** By connection, and by pair of a local address and a port of another end: all that were ever given. */
  readonly #ofConnection = new Map<string, Answer[]>();
  readonly #ofPair = new Map<string, Answer[]>();
  asked = 0;

  readonly lookUp = (questions: Int32Array, count: number, answers: Int32Array): void => {
    this.asked += count;
    if (this.isBroken) throw new Error('no memory');
    answers.fill(0, 0, count * 6);
    for (let at = 0; at < count; at++)
      this.#answer(questions.subarray(at * 12, at * 12 + 12), answers, at * 6);
  };

  #answer(question: Int32Array, answers: Int32Array, to: number): void {
    const ports = question[1]!;
    const answer = this.world.get(ports & 0xffff);
    if (answer === undefined) return;
    const { group, user, isListener } = answer;
    new Float64Array(answers.buffer, answers.byteOffset + to * 4, 1)[0] = group;
    answers[to + 2] = user === -1 ? 0 : 77;
    answers[to + 3] = user;
    const isTcp = (question[0]! & 0xff) === 6;
    answers[to + 4] = isListener ? states.listen : isTcp ? states.established : states.closed;
    add(this.#ofConnection, [...question.subarray(0, 2), ...question.subarray(4)].join(), answer);
    const pair = [question[0]!, ports >>> 16, ...question.subarray(4)].join();
    if (!isListener) add(this.#ofPair, pair, answer);
  }

  of(local: number, remote: number, protocol: number, ports: number): readonly Answer[] {
    return (
      this.#ofConnection.get([protocol | versionOf(local), ports, ...wordsOf(local, remote)].join()) ?? []
    );
  }

  ofPair(local: number, remote: number, protocol: number, ports: number): readonly Answer[] {
    return (
      this.#ofPair.get([protocol | versionOf(local), ports >>> 16, ...wordsOf(local, remote)].join()) ?? []
    );
  }
}

function add(to: Map<string, Answer[]>, key: string, answer: Answer): void {
  to.set(key, [...(to.get(key) ?? []), answer]);
}

const versionOf = (address: number): number => addresses[address]!.family << 8;
const wordsOf = (...ends: readonly number[]): number[] => ends.flatMap((end) => [...addresses[end]!.words]);

const owners = new Map<string, Owner>();

/** An owner for each control group and user; groups above 5 have no name. */
function ownerOf(group: number, user: number): Owner {
  const key = `${group} ${user}`;
  let owner = owners.get(key);
  if (owner === undefined) {
    const isNamed = group > 0 && group <= 5;
    const name = isNamed ? `g${group}.service` : `u${user}`;
    const unit = isNamed ? name : null;
    const nobody = { container: null, pod: null, pid: -1, command: null };
    const cgroup = isNamed ? `/${name}` : null;
    owner = {
      number: owners.size + 1,
      kind: isNamed ? 'unit' : 'user',
      name,
      unit,
      cgroup,
      userId: user,
      ...nobody,
    };
    owners.set(key, owner);
  }
  return owner;
}

const catalog = { ownerOf, counts: {}, inWords: '', close: () => undefined };

interface Connection {
  readonly source: number;
  readonly target: number;
  readonly protocol: number;
  readonly ports: number;
}

function connectionAt(a: number, b: number, c: number): Connection {
  const source = a % addresses.length;
  let target = (a >> 4) % addresses.length;
  while (addresses[target]!.family !== addresses[source]!.family) target = (target + 1) % addresses.length;
  const [low, high] = [(b & 7) + 1, ((b >> 3) & 3) + 1];
  return { source, target, protocol: protocols[c & 3]!, ports: low | (high << 16) };
}

function putKey(key: Packet, { source, target, protocol, ports }: Connection): void {
  key.family = addresses[source]!.family;
  [key.source0, key.source1, key.source2, key.source3] = wordsOf(source) as [number, number, number, number];
  [key.target0, key.target1, key.target2, key.target3] = wordsOf(target) as [number, number, number, number];
  key.protocol = protocol;
  key.ports = ports;
  key.hasPorts = protocol === 1 ? 0 : 1;
}

function run(input: Uint8Array): void {
  const answers = new Answers();
  const table = Object.fromEntries(here.map((address) => [address, [{ address, netmask: '255.255.255.0' }]]));
  let nowMs = 0;
  const told = new Owners({ nowMs: () => nowMs, lifeMs: 60_000, limits, readAddresses: () => table });
  told.open({ lookUp: answers.lookUp, catalog, close: () => undefined });
  const key = new Packet();
  putKey(key, { source: 0, target: 3, protocol: 1, ports: 0 });
  told.flow(key, 0, -1, -1, 0);
  told.told();
  const record = new FlowRecord();
  let startUs = 1e15;
  for (let at = 0; at + 6 <= input.length; at += 6) {
    const [what, a, b, c, d, e] = input.subarray(at, at + 6) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const connection = connectionAt(a, b, c);
    switch (what & 7) {
      case 0:
      case 1:
        putKey(key, connection);
        told.flow(key, d & 3, flagSets[d % flagSets.length]!, -1, startUs);
        if ((e & 1) === 0) told.told();
        break;
      case 2:
        answers.world.set((b & 7) + 1, answerAt(c, d));
        break;
      case 3:
        answers.isBroken = (e & 7) === 0;
        break;
      case 4:
        told.told();
        told.missed(e);
        startUs += windowUs * (e === 255 ? 3_600 : e === 254 ? -3_600 : (e % 8) + 1);
        nowMs += 1_000 * (e % 8);
        break;
      default:
        told.told();
        putKey(record.key, connection);
        record.forward.tcpFlags = flagSets[d % flagSets.length]!;
        record.reverse.tcpFlags = flagSets[e % flagSets.length]!;
        told.enrich(record, { startUs, endUs: startUs + windowUs });
        check(record, connection, answers);
    }
  }
  told.told();
  const { asked, sockets, listeners, missed, unanswered } = told.counts;
  assert.equal(asked, answers.asked);
  assert.ok(asked <= sockets + listeners + missed + unanswered);
  assert.match(told.inWords, /^owners: /);
  told.close();
}

function answerAt(c: number, d: number): Answer | undefined {
  if ((c & 7) === 7) return undefined;
  const user = (d & 3) === 3 ? -1 : d & 3;
  const group = c & 7;
  return group === 0 && user === -1 ? undefined : { group, user, isListener: (c & 8) !== 0 };
}

function check(record: FlowRecord, { source, target, protocol, ports }: Connection, answers: Answers): void {
  const swapped = (ports << 16) | (ports >>> 16);
  checkEnd(record.sourceOwner, source, target, protocol, ports, answers);
  checkEnd(record.targetOwner, target, source, protocol, swapped, answers);
}

function checkEnd(
  known: KnownOwner | null,
  local: number,
  remote: number,
  protocol: number,
  ports: number,
  answers: Answers,
): void {
  assert.ok(known !== null);
  const { owner, from, reason } = known;
  assert.equal(owner === null, from === 'none');
  assert.equal(reason !== null, from === 'none');
  if (!addresses[local]!.isHere) assert.equal(reason, 'not-local');
  else if (protocol === 1) assert.equal(reason, 'no-ports');
  if (owner === null) return;
  const given = answers.of(local, remote, protocol, ports);
  if (from === 'earlier') {
    const ofPair = answers.ofPair(local, remote, protocol, ports);
    assert.ok(ofPair.length >= 3);
    for (const answer of ofPair) assert.ok(isOf(answer, owner, ofPair), 'several were seen');
  } else {
    const last = given.filter(({ isListener }) => isListener === (from === 'listener')).at(-1);
    assert.ok(last !== undefined && isOf(last, owner, given), `${from}: ${JSON.stringify(given)}`);
  }
  assert.ok(owner.kind !== 'user' || owner.userId !== -1);
}

/** A user that was told once stays, where the same control group's socket has lost it. */
function isOf({ group, user }: Answer, owner: Owner, given: readonly Answer[]): boolean {
  const users = [
    user,
    ...(user === -1 ? given.filter((one) => one.group === group).map((one) => one.user) : []),
  ];
  return users.some((one) => {
    const candidate = ownerOf(group, one);
    return candidate === owner || (candidate.cgroup !== null && candidate.cgroup === owner.cgroup);
  });
}

const steps = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
const socketAt = (port: number, group: number, user: number) => [2, 0, port - 1, group, user, 0];
const listenerAt = (port: number, group: number) => [2, 0, port - 1, group | 8, 1, 0];
const outgoing = (port: number, flags: number) => [0, 0x30, (port - 1) | 8, 0, flags, 0];
const incoming = (port: number, flags: number) => [0, 0x03, 1 | ((port - 1) << 3), 0, flags, 0];
const next = [4, 0, 0, 0, 0, 0];
const tell = (port: number, forward: number, reverse: number) => [
  5,
  0x30,
  (port - 1) | 4,
  0,
  forward,
  reverse,
];

export const ownerAnswers: Target = {
  name: 'owner-answers',
  seeds: () => [
    steps(...socketAt(1, 3, 2), ...outgoing(1, 2), ...tell(1, 2, 3), ...next, ...tell(1, 1, 1)),
    steps(...[1, 2, 3].flatMap((port) => [...socketAt(port, 3, 2), ...outgoing(port, 2)]), ...tell(4, 2, 3)),
    steps(
      ...listenerAt(2, 4),
      ...incoming(2, 2),
      ...next,
      ...socketAt(1, 5, 0),
      ...outgoing(1, 0),
      ...tell(1, 0, 0),
    ),
    steps(
      ...socketAt(1, 3, 3),
      ...outgoing(1, 2),
      ...[3, 0, 0, 0, 0, 0],
      ...outgoing(1, 2),
      ...tell(1, 2, 3),
    ),
    steps(
      ...socketAt(1, 3, 2),
      ...outgoing(1, 1),
      ...[4, 0, 0, 0, 0, 254],
      ...outgoing(1, 1),
      ...tell(1, 1, 1),
    ),
  ],
  words: [
    [4, 0, 0, 0, 0, 0],
    [4, 0, 0, 0, 0, 254],
    [5, 0x30, 8, 0, 2, 3],
    [3, 0, 0, 0, 0, 0],
    [2, 0, 0, 7, 0, 0],
  ].map((bytes) => steps(...bytes)),
  maxBytes: 1_200,
  run,
};
