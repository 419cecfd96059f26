/** The schema `datadog` against tables of Datadog's documentation. */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { outcomes } from '../../../src/flow/health/connection-state.js';
import {
  protocolName,
  sourceAddress,
  sourcePort,
  targetAddress,
  targetPort,
} from '../../../src/record/ends.js';
import { sourceHost, targetHost } from '../../../src/record/hosts.js';
import { cut } from '../../../src/record/json-text.js';
import type { KnownOwner } from '../../../src/record/owner.js';
import type { FlowRecord } from '../../../src/record/record.js';
import { datadog } from '../../../src/record/schemas/datadog.js';
import { values } from '../../../src/record/values.js';
import { jsonOf } from '../../support/formats.js';
import { backupUnit, known, nobody, podContainer, webUnit } from '../../support/owners.js';
import { flowRecord } from '../../support/random-records.js';
import { recordBetween, restOf, webConversation } from '../../support/records.js';

/**
 * "Default Standard Attributes", https://docs.datadoghq.com/standard-attributes: those of the domain "Network communications"
 * that a flow has, with what they say.
 */
const standardAttributes = {
  'network.client.ip': ['string', 'the client that initiated the connection', 'client_ip'],
  'network.client.port': ['number', 'the port of that client', 'client_port'],
  'network.destination.ip': ['string', 'what the client connected to', 'server_ip'],
  'network.destination.port': ['number', 'the port the client connected to', 'server_port'],
  'network.bytes_read': ['number', 'sent from client to server', 'client_payload_bytes'],
  'network.bytes_written': ['number', 'sent from server to client', 'server_payload_bytes'],
} as const;

/**
 * What Datadog makes of attributes of these names in JSON logs, wherever they come from: "Reserved attributes" and
 * "Preprocessing of JSON logs", https://docs.datadoghq.com/logs/log_configuration/pipelines.
 */
const remapped = {
  host: ['host', 'hostname', 'syslog.hostname'],
  date: [
    ...['@timestamp', 'timestamp', '_timestamp', 'Timestamp', 'eventTime', 'date', 'published_date'],
    'syslog.timestamp',
  ],
  source: ['source', 'ddsource'],
  status: ['status', 'severity', 'level', 'syslog.severity'],
  service: ['service', 'syslog.appname', 'dd.service'],
  trace: [
    'dd.trace_id',
    'contextMap.dd.trace_id',
    'named_tags.dd.trace_id',
    'trace_id',
    'dd.span_id',
    'span_id',
  ],
  message: ['message', 'msg', 'log'],
  tags: ['tags', 'ddtags'],
  device: ['device'],
} as const;

const names = datadog.fields.map(({ name }) => name);
const said = { tags: ['env:prod', 'team:net'], service: 'network-flows' };

test('a conversation has the attributes that Datadog knows, and all else under one name', () => {
  assert.deepEqual(jsonOf(datadog, webConversation(), { ...said, conversations: true }), {
    timestamp: 1_473_377_309_073,
    message: 'laptop.example:48926 -> intake.example:443 TCP 18 packets 6022 payload bytes',
    ddsource: 'pcap-agg',
    ddtags: 'env:prod,team:net',
    service: 'network-flows',
    network: {
      client: { ip: '10.8.0.1', port: 48_926 },
      destination: { ip: '3.233.144.10', port: 443 },
      bytes_read: 902,
      bytes_written: 5_120,
    },
    pcap_agg: {
      record_id: '7e403bb4ba6be59c',
      conversation_id: '0123456789abcdef',
      community_id: '1:XDXQlc/PAWru/HV8df8Q4J/5XB8=',
      flows: 2,
      roles_from: 'syn',
      host_name: 'test-host',
      direction: 'egress',
      interface_name: 'eth0',
      protocol_name: 'TCP',
      network_type: 'ipv4',
      client_host: 'laptop.example',
      client_host_from: 'ptr',
      client_ptr: 'laptop.example',
      client_network: 'office',
      client_mac: '02-00-00-00-00-0A',
      server_host: 'intake.example',
      server_host_from: 'sni',
      tls_server_name: 'intake.example',
      server_dns: 'edge.intake.example',
      server_ptr: 'machine-7.cloud.example',
      server_mac: '02-00-00-00-00-01',
      services: ['agents', 'logs'],
      packet_flow: 'outgoing',
      tcp_state: 'fin',
      tcp_flag_names: ['fin', 'syn', 'psh', 'ack'],
      conn_state: 'SF',
      outcome: 'closed',
      handshake_rtt_us: 32_000,
      client_nw_latency_us: 400,
      server_nw_latency_us: 31_600,
      appl_latency_us: 45_000,
      client_retransmitted_packets: 2,
      client_retransmitted_payload_bytes: 300,
      client_out_of_order_packets: 1,
      client_zero_windows: 0,
      server_retransmitted_or_reordered_packets: 3,
      server_retransmitted_or_reordered_payload_bytes: 1_500,
      server_zero_windows: 1,
      packets: 18,
      client_packets: 10,
      server_packets: 8,
      payload_bytes: 6_022,
      ip_bytes: 6_958,
      client_ip_bytes: 1_422,
      server_ip_bytes: 5_536,
      wire_bytes: 7_210,
      client_wire_bytes: 1_562,
      server_wire_bytes: 5_648,
      window_start_ms: 1_473_377_300_000,
      first_packet_us: 1_473_377_301_000_000,
      last_packet_us: 1_473_377_302_500_000,
      duration_ns: 1_500_000_000,
    },
  });
});

test('a record of the rest has no end', () => {
  assert.deepEqual(jsonOf(datadog, restOf(17, 5), { conversations: true }), {
    timestamp: 1_473_377_309_073,
    message: '* -> * UDP 5 packets 500 payload bytes',
    ddsource: 'pcap-agg',
    network: { bytes_read: 500, bytes_written: 0 },
    pcap_agg: {
      record_id: '08fd6852d7787499',
      rest: true,
      host_name: 'test-host',
      protocol_name: 'UDP',
      client_host_from: 'none',
      server_host_from: 'none',
      packets: 5,
      client_packets: 5,
      server_packets: 0,
      payload_bytes: 500,
      ip_bytes: 640,
      client_ip_bytes: 640,
      server_ip_bytes: 0,
      wire_bytes: 710,
      client_wire_bytes: 710,
      server_wire_bytes: 0,
      window_start_ms: 1_473_377_300_000,
    },
  });
});

test('both ends have their owner, and that of this host all that is known', () => {
  const owners = { sourceOwner: known(podContainer), targetOwner: known(webUnit, 'listener') };
  const { pcap_agg } = jsonOf(datadog, Object.assign(webConversation(), owners));
  const told = Object.entries(pcap_agg as object).filter(([name]) => name.includes('owner'));
  assert.deepEqual(Object.fromEntries(told), {
    ...{ owner: '3f4e8a1b9c0d', owner_kind: 'container', owner_from: 'socket' },
    ...{ owner_unit: podContainer.unit, owner_container: podContainer.container },
    ...{ owner_pod: podContainer.pod, owner_cgroup: podContainer.cgroup },
    ...{ owner_user_id: 65_534, owner_pid: 40_021, owner_command: 'coredns' },
    ...{ client_owner: '3f4e8a1b9c0d', client_owner_kind: 'container', client_owner_from: 'socket' },
    ...{ server_owner: 'nginx.service', server_owner_kind: 'unit', server_owner_from: 'listener' },
  });
});

test('an answer by itself is what the client read: the server wrote it', () => {
  const ends = { protocol: 17, source: '10.8.0.53', target: '10.8.0.1', ports: [53, 40_000] } as const;
  const record = Object.assign(recordBetween(ends), { client: 'target', decidedBy: 'registered-port' });
  record.forward.payloadBytes = 120;
  const { message, network } = jsonOf(datadog, record);
  assert.deepEqual(
    [message, network],
    [
      '10.8.0.53:53 -> 10.8.0.1:40000 UDP 1 packet 120 payload bytes',
      {
        client: { ip: '10.8.0.1', port: 40_000 },
        destination: { ip: '10.8.0.53', port: 53 },
        bytes_written: 120,
      },
    ],
  );
});

describe('the message', () => {
  const messageOf = (change: Partial<ReturnType<typeof recordBetween>>, protocol = 6) => {
    const ends = { protocol, source: '2001:db8::1', target: '2001:db8::2' };
    const record = recordBetween(protocol === 6 ? { ...ends, ports: [40_000, 443] } : ends, 2);
    return jsonOf(datadog, Object.assign(record, change)).message;
  };

  test('has an IPv6 address in brackets where a port follows', () => {
    assert.equal(messageOf({}), '[2001:db8::1]:40000 -> [2001:db8::2]:443 TCP 2 packets 0 payload bytes');
    assert.equal(messageOf({}, 58), '2001:db8::1 -> 2001:db8::2 IPv6-ICMP 2 packets 0 payload bytes');
  });

  test('has the name of a network in the place of its addresses, and no port that differs', () => {
    assert.equal(
      messageOf({ sourceFold: 'office', sourcePortFolded: true }),
      'office -> [2001:db8::2]:443 TCP 2 packets 0 payload bytes',
    );
    assert.equal(
      messageOf({ targetFold: 'pods', sourcePtr: 'NXDOMAIN' }),
      '[2001:db8::1]:40000 -> pods:443 TCP 2 packets 0 payload bytes',
    );
  });

  test('says who is behind an end, unless they stand in its place', () => {
    const served = { sourceOwner: nobody['not-local'], targetOwner: known(webUnit, 'listener') };
    assert.equal(
      messageOf(served),
      '[2001:db8::1]:40000 -> [2001:db8::2]:443 (nginx.service) TCP 2 packets 0 payload bytes',
    );
    const folded = { sourceFold: 'backup.service', sourcePortFolded: true, sourceOwner: known(backupUnit) };
    assert.equal(
      messageOf({ ...served, ...folded }),
      'backup.service -> [2001:db8::2]:443 (nginx.service) TCP 2 packets 0 payload bytes',
    );
  });

  test('is what plain code makes of a record', () => {
    const shown = (host: string | null, address: string, port: number | undefined) => {
      const isNamed = host !== null && host !== 'NXDOMAIN' && host.length <= 253;
      if (port === undefined) return isNamed ? host : address;
      return isNamed || isIP(address) !== 6 ? `${isNamed ? host : address}:${port}` : `[${address}]:${port}`;
    };
    const behind = (fold: string | null, known: KnownOwner | null) =>
      fold !== null || !known?.owner ? '' : ` (${cut(known.owner.name, 128)})`;
    /** Of conversations that all failed in one way. */
    const failure = ({ key, health }: FlowRecord) => {
      const { conversations, isPart, outcomes: counts } = health;
      if (conversations === 0 || isPart) return '';
      const words = outcomes.filter((_, at) => counts[at] === conversations);
      const failures = ['refused', 'reset', ...(key.protocol === 6 ? ['unanswered'] : [])];
      return words.length === 1 && failures.includes(words[0]!) ? `, ${words[0]}` : '';
    };
    fc.assert(
      fc.property(flowRecord, (record) => {
        const { forward, reverse, packets } = record;
        fc.pre(forward.packets > 0 && reverse.packets > 0);
        const source = shown(sourceHost(record), cut(sourceAddress(record), 64), sourcePort(record));
        const target = shown(targetHost(record), cut(targetAddress(record), 64), targetPort(record));
        const sourceOwner = behind(record.sourceFold, record.sourceOwner);
        const targetOwner = behind(record.targetFold, record.targetOwner);
        const sums = `${packets} packet${packets === 1 ? '' : 's'} ${forward.payloadBytes + reverse.payloadBytes}`;
        const ends = `${source}${sourceOwner} -> ${target}${targetOwner}`;
        const message = `${ends} ${protocolName(record)} ${sums} payload bytes${failure(record)}`;
        assert.equal(jsonOf(datadog, record).message, message);
      }),
      { seed: 8259, numRuns: 500 },
    );
  });

  test('has names whatever letters they are of', () => {
    assert.equal(
      messageOf({ sourcePtr: 'bücher"\n.example', targetPtr: 'a'.repeat(253) }),
      `bücher"\n.example:40000 -> ${'a'.repeat(253)}:443 TCP 2 packets 0 payload bytes`,
    );
  });
});

test('a standard attribute is what Datadog defines it as', () => {
  const byName = new Map(datadog.fields.map((field) => [field.name, field]));
  for (const [name, [type, , value]] of Object.entries(standardAttributes)) {
    const field = byName.get(name);
    assert.ok(field !== undefined && 'value' in field, name);
    assert.equal(field.value, value, name);
    assert.equal(values[field.value].type, type === 'number' ? 'integer' : 'text', name);
  }
  assert.deepEqual(
    names.filter((name) => name.startsWith('network.')),
    Object.keys(standardAttributes),
  );
});

test('nothing has a name that Datadog would take for something else', () => {
  const meant = ['timestamp', 'message', 'ddsource', 'ddtags', 'service'];
  const taken: readonly string[] = Object.values(remapped).flat();
  assert.deepEqual(
    [...datadog.fields, ...datadog.numbered]
      .map(({ name }) => name)
      .filter((name) => taken.includes(name) || !name.includes('.')),
    meant,
  );
  const objects = new Set(names.filter((name) => name.includes('.')).map((name) => name.split('.')[0]));
  assert.deepEqual([...objects], ['network', 'pcap_agg']);
  assert.ok(!taken.some((name) => objects.has(name)));
});

test('nobody who gives no service and no tags has them', () => {
  const record = jsonOf(datadog, webConversation());
  assert.ok(!('service' in record) && !('ddtags' in record));
});
