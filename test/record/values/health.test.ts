/** What records tell of how well it went: each value where it is known, and where it is not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEALTH_TOLD, OFFLOADED, UNSPLIT } from '../../../src/flow/health/flow-health.js';
import { icmpErrors } from '../../../src/packet/quoted.js';
import { createJsonFormat } from '../../../src/record/json.js';
import type { FlowRecord } from '../../../src/record/record.js';
import { full } from '../../../src/record/schemas/full.js';
import { schemaNeeds } from '../../../src/record/schemas/needs.js';
import type { Schema } from '../../../src/record/schemas/schema.js';
import { type ValueName, valueNames, values } from '../../../src/record/values.js';
import { jsonOf, testFacts } from '../../support/formats.js';
import {
  recordBetween,
  recordWindow,
  webConversation,
  webConversations,
  went,
} from '../../support/records.js';

const ofHealth = valueNames.filter((name) => values[name].figures?.includes('health'));

/** What `full` tells of health, without the ends' other names, or with those that are asked for. */
function told(record: FlowRecord, prefix = ''): Readonly<Record<string, unknown>> {
  const isAsked = (name: string) =>
    prefix === ''
      ? !/^(source|target|client|server)_.*(packets|bytes|windows)$/.test(name)
      : name.startsWith(prefix);
  const all = Object.entries(jsonOf(full, record, { conversations: true }));
  return Object.fromEntries(all.filter(([name]) => ofHealth.includes(name as ValueName) && isAsked(name)));
}

describe('a conversation', () => {
  test('tells its state, its outcome and its times', () => {
    assert.deepEqual(told(webConversation()), {
      conn_state: 'SF',
      outcome: 'closed',
      event_outcome: 'success',
      handshake_rtt_us: 32_000,
      client_nw_latency_us: 400,
      server_nw_latency_us: 31_600,
      appl_latency_us: 45_000,
    });
  });

  test('tells no time that was not measured, and one of 0 where it was', () => {
    const record = webConversation();
    Object.assign(record.health, { handshakes: 0, responses: 0 });
    assert.deepEqual(told(record), { conn_state: 'SF', outcome: 'closed', event_outcome: 'success' });
    Object.assign(record.health, { handshakes: 1, clientNetworkUs: 0, serverNetworkUs: 0 });
    Object.assign(record.health, { responses: 1, responseUs: 0 });
    assert.deepEqual(told(record), {
      ...{ conn_state: 'SF', outcome: 'closed', event_outcome: 'success' },
      ...{ handshake_rtt_us: 0, client_nw_latency_us: 0, server_nw_latency_us: 0, appl_latency_us: 0 },
    });
  });

  test('of another protocol has no state', () => {
    const record = recordBetween({
      protocol: 17,
      source: '10.8.0.1',
      target: '10.8.0.53',
      ports: [40_000, 53],
    });
    went(record.health, {}, { answered: 1 });
    Object.assign(record.health, { conversations: 1, responses: 1, responseUs: 890_000 });
    assert.deepEqual(told(record), {
      ...{ outcome: 'answered', event_outcome: 'success', appl_latency_us: 890_000 },
    });
  });

  test('of which only an error is known tells that', () => {
    const record = webConversation();
    for (const error of icmpErrors.slice(1)) {
      record.health.becomeUnknown();
      record.health.icmpError = icmpErrors.indexOf(error);
      assert.deepEqual(told(record), { icmp_error: error });
    }
  });

  test('tells nothing where nobody asked', () => {
    const record = webConversation();
    record.health.clear();
    record.forward.health.clear();
    record.reverse.health.clear();
    assert.deepEqual(told(record), {});
    assert.deepEqual(told(record, 'source_'), {});
    assert.deepEqual(told(record, 'server_'), {});
  });
});

describe('several conversations', () => {
  const counts = {
    ...{ connections: 5, connections_unanswered: 0, connections_refused: 1 },
    ...{ connections_established: 0, connections_closed: 3, connections_reset: 0 },
    ...{ handshakes: 3, longest_handshake_us: 50_400, responses: 2, longest_response_us: 60_001 },
  };
  const means = {
    ...{ icmp_error: 'port-unreachable', handshake_rtt_us: 33_667 },
    ...{ client_nw_latency_us: 333, server_nw_latency_us: 33_333, appl_latency_us: 50_001 },
  };

  test('tell means, what was longest, and how many went how; no word that is not of all', () => {
    assert.deepEqual(told(webConversations()), { ...means, ...counts });
  });

  test('tell the word that they share', () => {
    const record = webConversations();
    went(record.health, { SF: 5 }, { closed: 5 });
    assert.deepEqual(told(record), {
      ...{ conn_state: 'SF', outcome: 'closed', event_outcome: 'success' },
      ...{ ...means, ...counts, connections_refused: 0, connections_closed: 5 },
    });
  });

  test('tell no count and no word where some are not known', () => {
    const record = webConversations();
    went(record.health, { SF: 5 }, { closed: 5 });
    record.health.isPart = true;
    assert.deepEqual(told(record), means);
  });

  test('have counts also where they are one, and no longest of none', () => {
    const record = webConversations();
    record.health.clear();
    went(record.health, { S0: 1 }, { unanswered: 1 });
    assert.deepEqual(told(record), {
      ...{ conn_state: 'S0', outcome: 'unanswered', event_outcome: 'failure' },
      ...{ connections: 1, connections_unanswered: 1, connections_refused: 0 },
      ...{ connections_established: 0, connections_closed: 0, connections_reset: 0 },
      ...{ handshakes: 0, responses: 0 },
    });
  });

  test('of another protocol count responses alone', () => {
    const record = webConversations();
    record.key.protocol = 17;
    went(record.health, {}, { answered: 4 });
    Object.assign(record.health, { conversations: 4, handshakes: 0 });
    assert.deepEqual(told(record), {
      ...{ outcome: 'answered', event_outcome: 'success', icmp_error: 'port-unreachable' },
      ...{ appl_latency_us: 50_001, responses: 2, longest_response_us: 60_001 },
    });
  });
});

describe('the segments of a direction', () => {
  const flags = { syn_packets: 1, fin_packets: 1, rst_packets: 0 };
  const segments = (marks: number, change: object = {}) => {
    const record = webConversation();
    Object.assign(record.forward.health, { marks, ...change });
    return told(record, 'source_');
  };
  const named = (prefix: string, counts: object) =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}_${name}`, count]));

  test('are told by what is likely of them', () => {
    assert.deepEqual(
      segments(HEALTH_TOLD, { doubled: 4, zeroWindows: 5, rsts: 6 }),
      named('source', {
        ...{ retransmitted_packets: 2, retransmitted_payload_bytes: 300 },
        ...{ out_of_order_packets: 1, doubled_packets: 4, zero_windows: 5 },
        ...{ ...flags, rst_packets: 6 },
      }),
    );
  });

  test('are told in one number where they cannot be told apart', () => {
    assert.deepEqual(
      segments(HEALTH_TOLD | UNSPLIT),
      named('source', {
        ...{ retransmitted_or_reordered_packets: 2, retransmitted_or_reordered_payload_bytes: 300 },
        ...{ zero_windows: 0, ...flags },
      }),
    );
  });

  test('that stand for several are not counted, but their bytes are', () => {
    assert.deepEqual(
      segments(HEALTH_TOLD | OFFLOADED),
      named('source', { retransmitted_payload_bytes: 300, zero_windows: 0, ...flags }),
    );
    assert.deepEqual(
      segments(HEALTH_TOLD | OFFLOADED | UNSPLIT),
      named('source', { retransmitted_or_reordered_payload_bytes: 300, zero_windows: 0, ...flags }),
    );
  });

  test('are those of the client and the server, whichever end is which', () => {
    const record = webConversation();
    const [source, target] = [told(record, 'source_'), told(record, 'target_')];
    const renamed = (from: object, to: string) =>
      Object.fromEntries(Object.entries(from).map(([name, count]) => [name.replace(/^[a-z]+/, to), count]));
    const ofEnd = (prefix: string) =>
      Object.fromEntries(Object.entries(told(record, prefix)).filter(([name]) => !name.endsWith('_us')));
    assert.deepEqual(ofEnd('client_'), renamed(source, 'client'));
    assert.deepEqual(ofEnd('server_'), renamed(target, 'server'));
    record.client = 'target';
    assert.deepEqual(ofEnd('client_'), renamed(target, 'client'));
    assert.deepEqual(ofEnd('server_'), renamed(source, 'server'));
  });

  test('are of TCP alone', () => {
    const record = webConversation();
    record.key.protocol = 132;
    assert.deepEqual(told(record, 'source_'), {});
  });
});

test('records of all kinds are written as each by itself', () => {
  const smooth = webConversation();
  for (const { health } of [smooth.forward, smooth.reverse])
    Object.assign(health, {
      marks: HEALTH_TOLD,
      retransmitted: 0,
      retransmittedBytes: 0,
      outOfOrder: 0,
      zeroWindows: 0,
    });
  const records = [
    smooth,
    webConversation(),
    smooth,
    webConversations(),
    smooth,
    recordBetween({ protocol: 17, source: '10.8.0.1', target: '10.8.0.2', ports: [1, 2] }),
  ];
  const format = createJsonFormat({
    schema: full,
    facts: { ...testFacts, conversations: true },
    numbered: false,
  });
  const bytes = Buffer.alloc(format.maxRecordBytes);
  format.openWindow(recordWindow);
  for (const record of records) {
    const line = bytes.toString('utf8', 0, format.encode(record, bytes, 0));
    assert.deepEqual(JSON.parse(line), jsonOf(full, record, { conversations: true }));
  }
  assert.equal(jsonOf(full, smooth, { conversations: true })['target_doubled_packets'], 0);
});

test('who asks for health also asks for conversations; the message alone asks for none of it', () => {
  const asking = (value: ValueName): Schema => ({
    name: 'own',
    fields: [{ name: value, value }],
    numbered: [],
  });
  for (const name of ofHealth) {
    const { figures, knowledge } = schemaNeeds(asking(name));
    assert.ok(figures.has('health'), name);
    assert.equal(knowledge.has('roles'), !/^(source|target)_/.test(name), name);
  }
  assert.ok(!schemaNeeds(asking('message')).figures.has('health'));
});
