/** The schema `ecs` against Elastic's own definitions of the fields, of the package @elastic/ecs. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { ecs } from '../../../src/record/schemas/ecs.js';
import { jsonOf } from '../../support/formats.js';
import { known, nobody, podContainer, webUnit } from '../../support/owners.js';
import { recordBetween, restOf, webConversation, webConversations, went } from '../../support/records.js';

interface Definition {
  readonly type: string;
  /** ["array"] where a field always is one. */
  readonly normalize: readonly string[];
  readonly pattern?: string;
  readonly allowed_values?: readonly { readonly name: string; readonly expected_event_types?: string[] }[];
  readonly expected_values?: readonly string[];
}

/** Not imported: its types alone are a megabyte. */
const { EcsFlat: definitions, EcsVersion: version } = createRequire(import.meta.url)('@elastic/ecs') as {
  readonly EcsFlat: Readonly<Record<string, Definition>>;
  readonly EcsVersion: string;
};

/**
 * Those of Beats, with their types: Packetbeat's flows, the Kubernetes processor of all Beats, Filebeat's journald input.
 * https://www.elastic.co/docs/reference/beats/packetbeat/exported-fields-flows_event and exported-fields-kubernetes-processor,
 * https://www.elastic.co/docs/reference/integrations/journald
 */
const beatsTypes: Readonly<Record<string, string>> = {
  'flow.id': 'keyword',
  'flow.final': 'boolean',
  'kubernetes.pod.uid': 'keyword',
  'systemd.unit': 'keyword',
  'systemd.cgroup': 'keyword',
};

/** What a field of a type of Elasticsearch's may be in JSON. */
const isOfType: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: (value) => typeof value === 'string',
  constant_keyword: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  ip: (value) => typeof value === 'string' && /^[0-9a-f.:]+$/.test(value),
  long: (value) => Number.isSafeInteger(value),
  date: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value),
};

/** The fields of a record by their dotted names. */
function flat(value: unknown, name = ''): [name: string, value: unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, inside]) => flat(inside, name === '' ? key : `${name}.${key}`));
}

function checkField(name: string, value: unknown): void {
  if (name.startsWith('pcap_agg.')) return;
  // Whatever keys one gives them, they are keywords.
  const definition = name.startsWith('labels.') ? { type: 'keyword', normalize: [] } : definitions[name];
  const type = definition?.type ?? beatsTypes[name];
  assert.ok(type !== undefined, `${name} is no field of ECS ${version}`);
  const isList = definition?.normalize.includes('array') ?? false;
  assert.equal(Array.isArray(value), isList, `${name} as a list`);
  for (const each of [value].flat()) {
    assert.ok(isOfType[type]?.(each), `${name}: ${each} as ${type}`);
    const allowed = definition?.allowed_values?.map((known) => known.name) ?? definition?.expected_values;
    if (allowed !== undefined) assert.ok(allowed.includes(each as string), `${name}: ${each}`);
    if (definition?.pattern !== undefined) assert.match(each as string, new RegExp(definition.pattern));
  }
}

const said = { tags: ['env:prod'], service: 'network-flows' };

/** Everything that a record may say. */
function fullRecord() {
  const record = webConversation();
  Object.assign(record.forward, { outerVlan: 100, innerVlan: 5 });
  const owners = { sourceOwner: known(podContainer), targetOwner: nobody['not-local'] };
  return Object.assign(record, { targetNetwork: 'intake', sourceDns: 'laptop.lan', ...owners });
}

test('a conversation is an event as Packetbeat makes one of its flows', () => {
  assert.deepEqual(jsonOf(ecs, fullRecord(), { ...said, conversations: true }), {
    '@timestamp': '2016-09-08T23:28:29.073292Z',
    ecs: { version: '9.4.0' },
    data_stream: { type: 'logs', dataset: 'pcap_agg.flow', namespace: 'default' },
    event: {
      kind: 'event',
      category: ['network'],
      type: ['connection', 'start', 'end'],
      outcome: 'success',
      action: 'network_flow',
      module: 'pcap_agg',
      dataset: 'pcap_agg.flow',
      id: '7e403bb4ba6be59c',
      start: '2016-09-08T23:28:21.000000Z',
      end: '2016-09-08T23:28:22.500000Z',
      duration: 1_500_000_000,
    },
    flow: { id: '0123456789abcdef', final: true },
    source: {
      ip: '10.8.0.1',
      port: 48_926,
      domain: 'laptop.lan',
      mac: '02-00-00-00-00-0A',
      packets: 10,
      bytes: 1_562,
    },
    destination: {
      ip: '3.233.144.10',
      port: 443,
      domain: 'intake.example',
      mac: '02-00-00-00-00-01',
      packets: 8,
      bytes: 5_648,
    },
    client: { ip: '10.8.0.1', port: 48_926 },
    server: { ip: '3.233.144.10', port: 443 },
    tls: { client: { server_name: 'intake.example' } },
    network: {
      type: 'ipv4',
      transport: 'tcp',
      iana_number: '6',
      direction: 'egress',
      community_id: '1:XDXQlc/PAWru/HV8df8Q4J/5XB8=',
      packets: 18,
      bytes: 7_210,
      vlan: { id: '100' },
      inner: { vlan: { id: '5' } },
    },
    observer: {
      hostname: 'test-host',
      type: 'sensor',
      product: 'pcap-agg',
      version: '0.0.0',
      egress: { interface: { name: 'eth0' } },
    },
    host: { name: 'test-host' },
    service: { name: 'network-flows' },
    process: { pid: 40_021, name: 'coredns' },
    user: { id: '65534' },
    container: { id: podContainer.container },
    kubernetes: { pod: { uid: '0f6d1c2a-5b3e-4d7f-9a8b-1c2d3e4f5a6b' } },
    systemd: { unit: podContainer.unit, cgroup: podContainer.cgroup },
    tags: ['env:prod'],
    labels: { source_network: 'office', destination_network: 'intake', services: 'agents,logs' },
    pcap_agg: {
      flows: 2,
      roles_from: 'syn',
      tcp_state: 'fin',
      conn_state: 'SF',
      outcome: 'closed',
      handshake_rtt_us: 32_000,
      client_nw_latency_us: 400,
      server_nw_latency_us: 31_600,
      appl_latency_us: 45_000,
      source_retransmitted_packets: 2,
      source_retransmitted_payload_bytes: 300,
      source_out_of_order_packets: 1,
      source_zero_windows: 0,
      destination_retransmitted_or_reordered_packets: 3,
      destination_retransmitted_or_reordered_payload_bytes: 1_500,
      destination_zero_windows: 1,
      source_host_from: 'dns',
      source_dns: 'laptop.lan',
      source_ptr: 'laptop.example',
      destination_host_from: 'sni',
      destination_dns: 'edge.intake.example',
      destination_ptr: 'machine-7.cloud.example',
      payload_bytes: 6_022,
      source_payload_bytes: 902,
      destination_payload_bytes: 5_120,
      owner: '3f4e8a1b9c0d',
      owner_kind: 'container',
      owner_from: 'socket',
      source_owner: '3f4e8a1b9c0d',
      source_owner_kind: 'container',
      source_owner_from: 'socket',
    },
  });
});

test('an owner is that of the end at this host, and both are under our prefix', () => {
  const told = (change: Partial<ReturnType<typeof webConversation>>) => {
    const { process, user, container, systemd, pcap_agg } = jsonOf(
      ecs,
      Object.assign(webConversation(), change),
    );
    const own = Object.entries(pcap_agg as object).filter(([name]) => name.includes('owner'));
    return { process, user, container, systemd, pcap_agg: Object.fromEntries(own) };
  };
  const web = {
    ...{ process: { name: 'nginx' }, user: { id: '0' }, container: undefined },
    systemd: { unit: 'nginx.service', cgroup: '/system.slice/nginx.service' },
  };
  assert.deepEqual(told({ sourceOwner: nobody['not-local'], targetOwner: known(webUnit, 'listener') }), {
    ...web,
    pcap_agg: {
      ...{ owner: 'nginx.service', owner_kind: 'unit', owner_from: 'listener' },
      ...{ destination_owner: 'nginx.service', destination_owner_kind: 'unit' },
      destination_owner_from: 'listener',
    },
  });
  assert.deepEqual(told({ sourceOwner: nobody['no-socket'], targetOwner: nobody['not-local'] }), {
    ...{ process: undefined, user: undefined, container: undefined, systemd: undefined },
    pcap_agg: { owner_from: 'none', owner_missing: 'no-socket', source_owner_from: 'none' },
  });
});

test('a record of the rest has no address, and what is not known is absent', () => {
  const record = restOf(17, 5);
  record.forward.wireBytes = Number.NaN;
  const { source, destination, client, server, network, flow, pcap_agg } = jsonOf(ecs, record);
  assert.deepEqual(
    { source, destination, client, server, network, flow, pcap_agg },
    {
      ...{ source: { packets: 5 }, destination: undefined, client: undefined, server: undefined },
      ...{ network: { transport: 'udp', iana_number: '17', packets: 5 }, flow: undefined },
      pcap_agg: {
        ...{ rest: true, source_host_from: 'none', destination_host_from: 'none' },
        ...{ payload_bytes: 500, source_payload_bytes: 500 },
      },
    },
  );
});

test('the interface is where traffic came in, or where it left', () => {
  const observer = (direction: 'ingress' | 'egress' | 'passing' | undefined) => {
    const record = Object.assign(webConversation(), { direction });
    const { ingress, egress } = jsonOf(ecs, record).observer as Record<string, unknown>;
    return [ingress, egress];
  };
  const eth0 = { interface: { name: 'eth0' } };
  assert.deepEqual(observer('ingress'), [eth0, undefined]);
  assert.deepEqual(observer('egress'), [undefined, eth0]);
  assert.deepEqual(observer('passing'), [eth0, undefined]);
  assert.deepEqual(observer(undefined), [eth0, undefined]);
});

/** What is known of the client's segments in one record is known of the server's in the other. */
function otherWay() {
  const record = fullRecord();
  const { forward, reverse } = fullRecord();
  record.forward.health.become(reverse.health);
  record.reverse.health.become(forward.health);
  return record;
}

test('every field is one of ECS, of its type and one of its values', () => {
  const ipv6 = { protocol: 58, source: 'fe80::1', target: 'ff02::1' };
  const served = { sourceOwner: nobody['not-asked'], targetOwner: known(webUnit, 'listener') };
  const unknown = { sourceOwner: nobody['not-asked'] };
  const records = [
    ...[fullRecord(), webConversations(), otherWay(), restOf(6, 3), recordBetween(ipv6)],
    ...[served, unknown].map((owners) => Object.assign(webConversation(), owners)),
  ];
  const directed = (['ingress', 'internal', 'passing'] as const).map((direction) =>
    Object.assign(fullRecord(), { direction }),
  );
  const seen = new Set<string>();
  for (const record of [...records, ...directed]) {
    for (const [name, value] of flat(jsonOf(ecs, record, { ...said, conversations: true }, true))) {
      checkField(name, value);
      seen.add(name);
    }
  }
  const missed = [...ecs.fields, ...ecs.numbered].map(({ name }) => name).filter((name) => !seen.has(name));
  assert.deepEqual(missed, [], 'fields that no record here has');
  assert.equal(version, '9.4.0');
});

test('the outcome is a success or a failure, and unknown only where nobody need answer', () => {
  const outcome = (became: Parameters<typeof went>[2], protocol = 6) => {
    const record = webConversation();
    record.key.protocol = protocol;
    went(record.health, { OTH: Object.values(became).reduce((sum, count) => sum + count, 0) }, became);
    return (jsonOf(ecs, record)['event'] as { outcome?: unknown }).outcome;
  };
  for (const word of ['established', 'closed'] as const) assert.equal(outcome({ [word]: 1 }), 'success');
  for (const word of ['refused', 'reset', 'unanswered'] as const)
    assert.equal(outcome({ [word]: 1 }), 'failure');
  assert.equal(outcome({ answered: 1 }, 17), 'success');
  assert.equal(outcome({ refused: 1 }, 17), 'failure');
  assert.equal(outcome({ unanswered: 3 }, 17), 'unknown');
  assert.equal(outcome({ established: 2, closed: 1 }), 'success');
  assert.equal(outcome({ refused: 2, unanswered: 1, reset: 1 }), 'failure');
  assert.equal(outcome({ refused: 1, unanswered: 1 }, 17), undefined);
  assert.equal(outcome({ closed: 1, refused: 1 }), undefined);
  assert.equal(outcome({}), undefined);
});

test('types of events are those that ECS expects of network events', () => {
  const network = definitions['event.category']!.allowed_values!.find(({ name }) => name === 'network')!;
  for (const type of ['connection', 'start', 'end']) assert.ok(network.expected_event_types!.includes(type));
});
