import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationReader } from '../../../src/flow/conversations/conversation-reader.js';
import { nothingKnown } from '../../../src/flow/conversations/guessed-roles.js';
import {
  type ConnectionState,
  connectionStates,
  type Outcome,
  outcomes,
} from '../../../src/flow/health/connection-state.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { machineState } from '../../support/connection-machine.js';
import { packetsOf, windowOfHealth } from '../../support/connections.js';
import { knowledgeOf } from '../../support/conversations.js';

/** The state and the outcome that a walk over a window with this connection tells. */
function judge(history: string): readonly [ConnectionState, Outcome | undefined] {
  const window = windowOfHealth(packetsOf(history));
  const reader = new ConversationReader(window, { biflow: true, knowledge: knowledgeOf(nothingKnown, 4) });
  const reading = new FlowReading();
  assert.equal(reader.read(0, reading), true);
  const { health } = reading;
  return [connectionStates[health.states.indexOf(1)]!, outcomes[health.outcomes.indexOf(1)]];
}

/** What Zeek's rules make of each history, and what it comes to in plain words. */
const judged: Readonly<Record<string, readonly [ConnectionState, Outcome | undefined]>> = {
  // Opened and answered.
  S: ['S0', 'unanswered'],
  SSS: ['S0', 'unanswered'],
  Sh: ['S1', 'established'],
  ShA: ['S1', 'established'],
  ShADadA: ['S1', 'established'],
  SShA: ['S1', 'established'],
  ShhA: ['S1', 'established'],
  // An end closes, or both do.
  ShADadF: ['S2', 'established'],
  ShADadFa: ['S2', 'established'],
  ShADadf: ['S3', 'established'],
  ShADadfA: ['S3', 'established'],
  ShADadFf: ['SF', 'closed'],
  ShADadfF: ['SF', 'closed'],
  ShFfA: ['SF', 'closed'],
  ShAFFf: ['SF', 'closed'],
  ShADFdaf: ['SF', 'closed'],
  // A RST that comes after both FINs, or after one's own and before the other's, changes nothing.
  ShADadFfR: ['SF', 'closed'],
  ShADadFfr: ['SF', 'closed'],
  ShADadFRf: ['SF', 'closed'],
  ShADadfrF: ['SF', 'closed'],
  // The end that resets a connection.
  ShR: ['RSTO', 'reset'],
  ShADadR: ['RSTO', 'reset'],
  ShADadFR: ['RSTO', 'reset'],
  ShADadfR: ['RSTO', 'reset'],
  ShADadRf: ['RSTO', 'reset'],
  ShADadr: ['RSTR', 'reset'],
  ShADadfr: ['RSTR', 'reset'],
  ShADadFr: ['RSTR', 'reset'],
  ShADadrF: ['RSTR', 'reset'],
  ShADadRr: ['RSTR', 'reset'],
  SFr: ['RSTR', 'reset'],
  // Without payload, two RSTs are a refusal to Zeek; in plain words, only a client that does not reset was refused.
  ShRr: ['REJ', 'reset'],
  Sr: ['REJ', 'refused'],
  SSr: ['REJ', 'refused'],
  SrSr: ['REJ', 'refused'],
  SrR: ['REJ', 'reset'],
  SDr: ['REJ', 'refused'],
  // The client gives up.
  SR: ['RSTOS0', 'reset'],
  SaR: ['RSTOS0', 'reset'],
  SAR: ['OTH', 'reset'],
  SFR: ['OTH', 'reset'],
  SRh: ['RSTO', 'reset'],
  SF: ['SH', undefined],
  SX: ['SH', 'unanswered'],
  Q: ['SH', 'unanswered'],
  // An ACK alone is no answer to a SYN, and payload is.
  Sa: ['S0', 'unanswered'],
  Sd: ['OTH', 'established'],
  Sf: ['S3', 'established'],
  // One direction is all there is to see.
  SADA: ['S0', undefined],
  SADAF: ['SH', undefined],
  had: ['OTH', undefined],
  hadf: ['SHR', undefined],
  hr: ['RSTRH', 'reset'],
  r: ['RSTRH', 'reset'],
  R: ['OTH', 'reset'],
  f: ['SHR', undefined],
  F: ['SH', undefined],
  a: ['OTH', undefined],
  D: ['OTH', undefined],
  // The SYN was missed.
  hA: ['S1', 'established'],
  hADadFf: ['SF', 'closed'],
  hR: ['RSTO', 'reset'],
  // Neither was seen: the connection was opened in an earlier window.
  Da: ['OTH', 'established'],
  dA: ['OTH', 'established'],
  DadFf: ['SF', 'closed'],
  DadF: ['SH', 'established'],
  DadfA: ['SHR', 'established'],
  DadR: ['OTH', 'reset'],
  Dadr: ['RSTRH', 'reset'],
  DadfR: ['RSTO', 'reset'],
  DadFr: ['RSTR', 'reset'],
  Rr: ['REJ', 'reset'],
  // Both open at once.
  SshHAa: ['S1', 'established'],
  SshHAaFf: ['SF', 'closed'],
  // Of several connections between the same ports, the last one counts.
  ShADadFfN: ['S0', 'unanswered'],
  ShADadFfNoA: ['S1', 'established'],
  ShADadFfNr: ['REJ', 'refused'],
  ShADadRNoADadFf: ['SF', 'closed'],
  SrNoA: ['S1', 'established'],
  SrNr: ['REJ', 'refused'],
};

/**
 * What Zeek itself said of connections with these histories: in the goldens of its tests (core/tcp and protocols/conn), and in published
 * conn.logs. A history has each kind of segment of a direction once, or again where its sequence number is another.
 */
const logged: Readonly<Record<string, ConnectionState>> = {
  S: 'S0',
  Sr: 'REJ',
  ShR: 'RSTO',
  ShADaGdgtR: 'RSTO',
  ShADTadR: 'RSTO',
  ShADdfR: 'RSTO',
  ShADadfR: 'RSTO',
  ShADTdtr: 'RSTR',
  ShADdr: 'RSTR',
  ShADdar: 'RSTR',
  '^dADar': 'RSTRH',
  ShADad: 'S1',
  ShAdFf: 'SF',
  ShADadFf: 'SF',
  ShADadfF: 'SF',
  ShAdDaFf: 'SF',
  ShADfFa: 'SF',
  ShADadfFr: 'SF',
  ShADadfrF: 'SF',
  ShADadFRfR: 'SF',
  ShADadtFRfr: 'SF',
  '^hADdFaf': 'SF',
  '^hADadFf': 'SF',
  SR: 'RSTOS0',
  SaR: 'RSTOS0',
  SaFR: 'OTH',
  R: 'OTH',
  '^h': 'OTH',
  DdA: 'OTH',
  DadAc: 'OTH',
};

test('connections stand as Zeek said of such', () => {
  const found = Object.fromEntries(Object.keys(logged).map((history) => [history, judge(history)[0]]));
  assert.deepEqual(found, logged);
});

test('connections stand as Zeek says, and went as plain words say', () => {
  const found = Object.fromEntries(Object.keys(judged).map((history) => [history, judge(history)]));
  assert.deepEqual(found, judged);
});

/** How connections begin, and what may follow in any order. */
const unfolding = [
  ['Sh', 'AaDdFfRr'],
  ['ShA', 'AaDdFfRr'],
  ['SShhAD', 'FfRr'],
  ['S', 'aRr'],
  // The SYN was missed; nothing of the handshake was seen.
  ['hA', 'AaDdFfRr'],
  ['DaAd', 'AaDdFfRr'],
  ['Dd', 'FfRr'],
  ['', 'aDdFRr'],
] as const;

/** `start`, with up to `most` letters behind it. */
function unfold(start: string, letters: string, most: number): string[] {
  const longer =
    most === 0 ? [] : [...letters].flatMap((letter) => unfold(start + letter, letters, most - 1));
  return start === '' ? longer : [start, ...longer];
}

test('what each direction sent says as much as all segments in their order', () => {
  for (const [start, letters] of unfolding) {
    const histories = unfold(start, letters, letters.length > 4 ? 3 : 5);
    const wrong = histories.filter((history) => judge(history)[0] !== machineState(history));
    assert.deepEqual([start, wrong], [start, []]);
    assert.ok(histories.length > 200);
  }
});

test('every state and every outcome of TCP is in the table', () => {
  const [states, words] = [0, 1].map((at) => new Set(Object.values(judged).map((pair) => pair[at])));
  assert.deepEqual(
    connectionStates.filter((state) => !states!.has(state)),
    [],
  );
  assert.deepEqual(
    outcomes.filter((outcome) => !words!.has(outcome)),
    ['answered'],
  );
});
