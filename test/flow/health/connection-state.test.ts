import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationReader } from '../../../src/flow/conversations/conversation-reader.js';
import {
  type ConnectionState,
  connectionStates,
  type Outcome,
  outcomes,
} from '../../../src/flow/health/connection-state.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { segmentsOf, windowOfHealth } from '../../support/connections.js';
import { knowledgeOf } from '../../support/conversations.js';

/** The state and the outcome that a walk over a window with this connection tells. */
function judge(history: string): readonly [ConnectionState, Outcome | undefined] {
  const window = windowOfHealth(segmentsOf(history));
  const reader = new ConversationReader(window, { biflow: true, knowledge: knowledgeOf() });
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

test('connections stand as Zeek says, and went as plain words say', () => {
  const found = Object.fromEntries(Object.keys(judged).map((history) => [history, judge(history)]));
  assert.deepEqual(found, judged);
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
