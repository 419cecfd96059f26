/**
 * A host of the test's own, on which connections come and go as they like, ports are taken again by others, and questions come late
 * or not at all: nobody is told for an owner that did not have the flow in the record's window.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { socketAnswerWords, socketQuestionWords } from '../../../src/host/socket-look-ups.js';
import { seededRandom } from '../../support/random.js';
import { type Flow, openOwners, packetBetween, questionOf, SYN, SYN_ACK, toldOf } from './owners-rig.js';

interface Connection {
  readonly local: string;
  readonly remote: string;
  readonly protocol: 6 | 17;
  readonly isClient: boolean;
  readonly owner: number;
  readonly sinceMs: number;
  untilMs: number;
}

/** What a window's table has of a flow. */
interface Row {
  readonly flow: Flow & { flags: number };
  isTold: boolean;
}

const windowMs = 2_000;
/** linux/tcp_states.h. */
const ESTABLISHED = 1;
const CLOSE = 7;
const LISTEN = 10;
const ACK = 0x10;
/** Who listens at this host's port 80. */
const server = 9;

class Host {
  nowMs = 0;
  readonly open = new Map<string, Connection>();
  readonly past = new Map<string, Connection[]>();
  /** When the ports of TCP were left. */
  readonly #left = new Map<string, number>();
  /** SYNs' sockets that were found, for the watch. */
  syns: Connection[] = [];
  /** Those that are looked up when their flows were told of. */
  lateSyns: Connection[] = [];

  begin(connection: Omit<Connection, 'sinceMs' | 'untilMs'>): Connection | undefined {
    const key = keyOf(connection);
    // Two connections of one window are one flow, of which any may be told.
    const isTooSoon = connection.protocol === 6 && this.nowMs - (this.#left.get(key) ?? -1e9) < windowMs;
    if (this.open.has(key) || isTooSoon) return undefined;
    const begun = { ...connection, sinceMs: this.nowMs, untilMs: Number.POSITIVE_INFINITY };
    this.open.set(key, begun);
    this.past.set(key, [...(this.past.get(key) ?? []), begun]);
    return begun;
  }

  end(connection: Connection): void {
    connection.untilMs = this.nowMs;
    this.open.delete(keyOf(connection));
    this.#left.set(keyOf(connection), this.nowMs);
  }

  /** Owners that had a flow at any time of a window. */
  ownersOf(local: string, remote: string, protocol: number, startMs: number): Set<number> {
    const all = this.past.get(`${protocol} ${local} ${remote}`) ?? [];
    const had = all.filter(({ sinceMs, untilMs }) => sinceMs < startMs + windowMs && untilMs >= startMs);
    return new Set(had.map(({ owner }) => owner));
  }

  readonly lookUp = (questions: Int32Array, count: number, answers: Int32Array): void => {
    answers.fill(0, 0, count * socketAnswerWords);
    const ids = new Float64Array(answers.buffer);
    for (let at = 0; at < count; at++) {
      const from = at * socketQuestionWords;
      const [word, ports] = [questions[from]!, questions[from + 1]!];
      const protocol = word & 0xff;
      const port = (shift: number) => (((ports >>> shift) & 0xff) << 8) | ((ports >>> (shift + 8)) & 0xff);
      const [local, remote] = [
        `${addressOf(questions[from + 4]!)} ${port(0)}`,
        `${addressOf(questions[from + 8]!)} ${port(16)}`,
      ];
      const found = this.open.get(`${protocol} ${local} ${remote}`);
      const isListening = protocol === 6 && port(0) === 80;
      if (found === undefined && !isListening) continue;
      const to = at * socketAnswerWords;
      ids[to / 2] = found?.owner ?? server;
      answers[to + 2] = 1;
      answers[to + 3] = 1000;
      answers[to + 4] = found === undefined ? LISTEN : protocol === 6 ? ESTABLISHED : CLOSE;
    }
  };
}

const keyOf = ({ protocol, local, remote }: Pick<Connection, 'protocol' | 'local' | 'remote'>) =>
  `${protocol} ${local} ${remote}`;

const addressOf = (word: number) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff).join('.');

function checkRun(seed: number, isWatched: boolean, knowsFlags: boolean) {
  const random = seededRandom(seed);
  const below = (count: number) => random() % count;
  const host = new Host();
  const readSyns = (into: Int32Array): number => {
    const ids = new Float64Array(into.buffer);
    const words = socketQuestionWords + socketAnswerWords;
    const found = host.syns.splice(0, 256);
    found.forEach(({ local, remote, owner }, at) => {
      into.fill(0, at * words, (at + 1) * words);
      into.set(questionOf(local, remote), at * words);
      ids[(at * words + socketQuestionWords) / 2] = owner;
      into.set([1, 1000, ESTABLISHED], at * words + socketQuestionWords + 2);
    });
    return found.length;
  };
  const syns = isWatched ? { read: readSyns, inWords: '' } : undefined;
  // SYNs come by the way, and could take the rows of those that are just asked for.
  const limits = !isWatched && below(3) === 0 ? { mostSockets: 30 } : {};
  const { owners } = openOwners(undefined, {
    ...{
      lookUp: host.lookUp,
      nowMs: () => host.nowMs,
      addresses: ['10.0.0.1'],
      lifeMs: 3 * windowMs,
      limits,
    },
    ...(syns && { syns }),
  });
  let rows = new Map<string, Row>();
  let waiting: { rows: Row[]; startMs: number } = { rows: [], startMs: 0 };
  let startMs = 0;
  const counts = { records: 0, told: 0, possible: 0 };
  const send = (connection: Connection, isFromHere: boolean, flags: number) => {
    const { local, remote, protocol } = connection;
    const [source, target] = isFromHere ? [local, remote] : [remote, local];
    const key = `${protocol} ${source} ${target}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { flow: { source, target, protocol, flags: 0 }, isTold: false };
      rows.set(key, row);
    }
    row.flow.flags |= flags;
  };
  const tell = () => {
    for (const row of rows.values()) {
      if (row.isTold) continue;
      row.isTold = true;
      if (below(6) === 0) continue;
      const flags = row.flow.protocol === 6 && knowsFlags ? row.flow.flags : -1;
      owners.flow(packetBetween(row.flow), 0, flags, -1, startMs * 1_000);
    }
    owners.told();
    host.syns.push(...host.lateSyns.splice(0));
  };
  const check = ({ flow }: Row, windowStartMs: number) => {
    const isFromHere = flow.source.startsWith('10.0.0.1 ');
    const [local, remote] = isFromHere ? [flow.source, flow.target] : [flow.target, flow.source];
    const had = host.ownersOf(local, remote, flow.protocol!, windowStartMs);
    const told = toldOf(owners, knowsFlags ? flow : { ...flow, flags: -1 }, windowStartMs * 1_000);
    const [ours, others] = isFromHere ? told : [told[1], told[0]];
    assert.equal(others, 'not-local');
    const name = /^(?:socket|listener) group (\d+)$/.exec(ours)?.[1];
    counts.records++;
    counts.possible += had.size > 0 ? 1 : 0;
    if (name === undefined) return;
    counts.told++;
    assert.ok(
      had.has(Number(name)),
      `${seed}: ${JSON.stringify(flow)} in ${windowStartMs}: ${ours}, not ${[...had]}`,
    );
  };
  for (let step = 0; step < 4_000; step++) {
    host.nowMs += below(20);
    if (host.nowMs >= startMs + windowMs) {
      // What is told of late is of the window all the same.
      tell();
      for (const row of waiting.rows) check(row, waiting.startMs);
      waiting = { rows: [...rows.values()], startMs };
      rows = new Map();
      startMs = Math.floor(host.nowMs / windowMs) * windowMs;
    }
    if (below(3) === 0) {
      const protocol = below(2) === 0 ? 6 : 17;
      const isClient = protocol === 17 || below(2) === 0;
      const [ours, other] = isClient ? [40_000 + below(6), 443] : [80, 50_000 + below(6)];
      const [local, remote] = [`10.0.0.1 ${ours}`, `192.0.2.9 ${other}`];
      const owner = isClient ? 1 + below(3) : server;
      const begun = host.begin({ local, remote, protocol, isClient, owner });
      if (begun !== undefined) {
        if (protocol === 6 && isClient && isWatched && below(10) > 0)
          (below(4) > 0 ? host.syns : host.lateSyns).push(begun);
        send(begun, isClient, SYN);
        if (below(4) > 0) send(begun, !isClient, SYN_ACK);
      }
    }
    const open = [...host.open.values()];
    const any = open[below(open.length || 1)];
    if (any !== undefined) {
      send(any, below(2) === 0, ACK);
      if (below(2) === 0) host.end(any);
    }
    if (below(3) === 0) tell();
    const drained = waiting.rows.splice(0, below(20) === 0 ? 2 : 0);
    for (const row of drained) check(row, waiting.startMs);
  }
  owners.close();
  return counts;
}

describe('an owner that is told had the flow in its window', () => {
  for (const [what, isWatched, knowsFlags, least] of [
    ['asked about flows', false, true, 0.4],
    ['where SYNs are watched', true, true, 0.4],
    ['where nobody counts flags', false, false, 0.3],
  ] as const)
    test(what, () => {
      const all = { records: 0, told: 0, possible: 0 };
      for (let seed = 1; seed <= 12; seed++) {
        const { records, told, possible } = checkRun(seed, isWatched, knowsFlags);
        all.records += records;
        all.told += told;
        all.possible += possible;
      }
      // Most are over before anybody asks.
      assert.ok(all.told > least * all.possible, JSON.stringify(all));
    });
});
