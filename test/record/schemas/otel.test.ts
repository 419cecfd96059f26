/** The schema `otel` against OpenTelemetry's own definitions: of protobuf's messages, and of attributes. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { otel } from '../../../src/record/schemas/otel.js';
import { valueNames } from '../../../src/record/values.js';
import { jsonOf } from '../../support/formats.js';
import { known, nobody, podContainer } from '../../support/owners.js';
import { flowRecord } from '../../support/random-records.js';
import { restOf, webConversation } from '../../support/records.js';

interface Message {
  fromObject(object: object): unknown;
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  toObject(
    message: unknown,
    options: { readonly longs: StringConstructor; readonly arrays: boolean },
  ): object;
}

const require = createRequire(import.meta.url);
const { opentelemetry } = require('@opentelemetry/otlp-transformer/build/src/generated/root.js') as {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: { readonly logs: { readonly v1: { readonly ExportLogsServiceRequest: Message } } };
    };
  };
};
const conventions = Object.entries(
  require('@opentelemetry/semantic-conventions/incubating') as Readonly<Record<string, unknown>>,
);

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a collector has after it took the record from JSON and passed it on as protobuf. */
function passedOn(record: object): unknown {
  const request = opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
  const bytes = request
    .encode(request.fromObject({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }))
    .finish();
  const { resourceLogs } = request.toObject(request.decode(bytes), { longs: String, arrays: true }) as {
    readonly resourceLogs: readonly [
      { readonly scopeLogs: readonly [{ readonly logRecords: readonly [object] }] },
    ];
  };
  return resourceLogs[0].scopeLogs[0].logRecords[0];
}

/** Texts as UTF-8 can have them: without half a pair of surrogates. */
function wellFormed(json: object): object {
  return JSON.parse(JSON.stringify(json), (_, value: unknown) =>
    typeof value === 'string' ? Buffer.from(value).toString() : value,
  ) as object;
}

function attributesOf(...args: Parameters<typeof jsonOf>): Readonly<Record<string, unknown>> {
  const { attributes } = jsonOf(...args) as { readonly attributes?: readonly Attribute[] };
  return Object.fromEntries(attributes!.map(({ key, value }) => [key, Object.values(value)[0]]));
}

const said = { tags: ['env:prod'], service: 'network-flows', conversations: true };

test('a record is a LogRecord that passes through protobuf unchanged', () => {
  fc.assert(
    fc.property(flowRecord, fc.boolean(), (record, conversations) => {
      const json = wellFormed(jsonOf(otel, record, { ...said, conversations }, true));
      assert.deepEqual(passedOn(json), json);
    }),
    { seed: 4317, numRuns: 500 },
  );
});

test('each attribute is one of the semantic conventions, or stands under our prefix by the name of a value', () => {
  const known = new Set(conventions.filter(([name]) => name.startsWith('ATTR_')).map(([, value]) => value));
  const fields = [...otel.fields, ...otel.numbered];
  const names = fields
    .flatMap((field) => ('attributes' in field ? field.attributes : []))
    .map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'an attribute is given once');
  for (const name of names) {
    if (name.startsWith('pcap_agg.'))
      assert.ok(
        valueNames.some((value) => name === `pcap_agg.${value}`),
        name,
      );
    else assert.ok(known.has(name), `${name} is in no convention`);
  }
});

test('words are those of the conventions', () => {
  const wordsOf = (prefix: string) =>
    conventions.filter(([name]) => name.startsWith(`${prefix}_VALUE_`)).map(([, value]) => value);
  const told = (direction: 'ingress' | 'egress' | 'internal' | 'passing' | undefined) =>
    attributesOf(otel, Object.assign(webConversation(), { direction }))['network.io.direction'];
  assert.deepEqual([told('ingress'), told('egress')], ['receive', 'transmit']);
  assert.deepEqual([told('internal'), told('passing'), told(undefined)], [undefined, undefined, undefined]);
  assert.deepEqual(wordsOf('NETWORK_IO_DIRECTION').sort(), ['receive', 'transmit']);
  const attributes = attributesOf(otel, webConversation());
  assert.ok(wordsOf('NETWORK_TRANSPORT').includes(attributes['network.transport']));
  assert.ok(wordsOf('NETWORK_TYPE').includes(attributes['network.type']));
});

test('a conversation says what happened, when, and between whom', () => {
  const { attributes, ...fields } = jsonOf(otel, webConversation(), said);
  assert.deepEqual(fields, {
    timeUnixNano: '1473377309073292000',
    observedTimeUnixNano: '1473377309073292000',
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'pcap_agg.flow',
    body: {
      stringValue: 'laptop.example:48926 -> intake.example:443 TCP 18 packets 6022 payload bytes',
    },
  });
  assert.deepEqual((attributes as readonly Attribute[])[7], {
    key: 'source.address',
    value: { stringValue: '10.8.0.1' },
  });
  assert.deepEqual(attributesOf(otel, webConversation(), said), {
    'log.record.uid': '7e403bb4ba6be59c',
    'host.name': 'test-host',
    'service.name': 'network-flows',
    'network.transport': 'tcp',
    'network.type': 'ipv4',
    'network.io.direction': 'transmit',
    'network.interface.name': 'eth0',
    'source.address': '10.8.0.1',
    'source.port': '48926',
    'source.mac.address': '02-00-00-00-00-0A',
    'destination.address': '3.233.144.10',
    'destination.port': '443',
    'destination.mac.address': '02-00-00-00-00-01',
    'client.address': '10.8.0.1',
    'client.port': '48926',
    'server.address': 'intake.example',
    'server.port': '443',
    'pcap_agg.packets': '18',
    'pcap_agg.source_packets': '10',
    'pcap_agg.target_packets': '8',
    'pcap_agg.payload_bytes': '6022',
    'pcap_agg.source_payload_bytes': '902',
    'pcap_agg.target_payload_bytes': '5120',
    'pcap_agg.ip_bytes': '6958',
    'pcap_agg.source_ip_bytes': '1422',
    'pcap_agg.target_ip_bytes': '5536',
    'pcap_agg.wire_bytes': '7210',
    'pcap_agg.source_wire_bytes': '1562',
    'pcap_agg.target_wire_bytes': '5648',
    'pcap_agg.window_start_us': '1473377300000000',
    'pcap_agg.first_packet_us': '1473377301000000',
    'pcap_agg.last_packet_us': '1473377302500000',
    'pcap_agg.duration_ns': '1500000000',
    'pcap_agg.conversation_id': '0123456789abcdef',
    'pcap_agg.community_id': '1:XDXQlc/PAWru/HV8df8Q4J/5XB8=',
    'pcap_agg.roles_from': 'syn',
    'pcap_agg.flows': '2',
    'pcap_agg.source_host': 'laptop.example',
    'pcap_agg.source_host_from': 'ptr',
    'pcap_agg.source_ptr': 'laptop.example',
    'pcap_agg.source_network': 'office',
    'pcap_agg.target_host': 'intake.example',
    'pcap_agg.target_host_from': 'sni',
    'pcap_agg.tls_server_name': 'intake.example',
    'pcap_agg.target_dns': 'edge.intake.example',
    'pcap_agg.target_ptr': 'machine-7.cloud.example',
    'pcap_agg.services': { values: [{ stringValue: 'agents' }, { stringValue: 'logs' }] },
    'pcap_agg.packet_flow': 'outgoing',
    'pcap_agg.tcp_state': 'fin',
    'pcap_agg.conn_state': 'SF',
    'pcap_agg.outcome': 'closed',
    'pcap_agg.handshake_rtt_us': '32000',
    'pcap_agg.client_nw_latency_us': '400',
    'pcap_agg.server_nw_latency_us': '31600',
    'pcap_agg.appl_latency_us': '45000',
    'pcap_agg.source_retransmitted_packets': '2',
    'pcap_agg.source_retransmitted_payload_bytes': '300',
    'pcap_agg.source_out_of_order_packets': '1',
    'pcap_agg.source_zero_windows': '0',
    'pcap_agg.target_retransmitted_or_reordered_packets': '3',
    'pcap_agg.target_retransmitted_or_reordered_payload_bytes': '1500',
    'pcap_agg.target_zero_windows': '1',
    'pcap_agg.tcp_flag_names': {
      values: ['fin', 'syn', 'psh', 'ack'].map((stringValue) => ({ stringValue })),
    },
    'pcap_agg.direction': 'egress',
    'pcap_agg.protocol': '6',
    'pcap_agg.tags': { values: [{ stringValue: 'env:prod' }] },
  });
});

test('process, user, container and pod are those behind the end at this host', () => {
  const owners = { sourceOwner: nobody['not-local'], targetOwner: known(podContainer, 'listener') };
  const attributes = attributesOf(otel, Object.assign(webConversation(), owners));
  const told = Object.entries(attributes).filter(([name]) =>
    /^(process|user|container|k8s)\.|owner/.test(name),
  );
  assert.deepEqual(Object.fromEntries(told), {
    'process.pid': '40021',
    'process.executable.name': 'coredns',
    'user.id': '65534',
    'container.id': podContainer.container,
    'k8s.pod.uid': podContainer.pod,
    'pcap_agg.owner': '3f4e8a1b9c0d',
    'pcap_agg.owner_kind': 'container',
    'pcap_agg.owner_from': 'listener',
    'pcap_agg.owner_unit': podContainer.unit,
    'pcap_agg.owner_cgroup': podContainer.cgroup,
    'pcap_agg.target_owner': '3f4e8a1b9c0d',
    'pcap_agg.target_owner_kind': 'container',
    'pcap_agg.target_owner_from': 'listener',
  });
});

test('an address of client or server is a name that somebody asked for, never one of reverse DNS', () => {
  const addresses = (change: Partial<ReturnType<typeof webConversation>>) => {
    const record = Object.assign(webConversation(), change);
    const names = ['client.address', 'server.address', 'source.address', 'destination.address'] as const;
    const attributes = attributesOf(otel, record);
    return names.map((name) => attributes[name]);
  };
  const ips = ['10.8.0.1', '3.233.144.10'];
  assert.deepEqual(addresses({}), ['10.8.0.1', 'intake.example', ...ips]);
  assert.deepEqual(addresses({ serverName: null }), ['10.8.0.1', 'edge.intake.example', ...ips]);
  assert.deepEqual(addresses({ serverName: null, targetDns: null }), [...ips, ...ips]);
  assert.deepEqual(addresses({ client: 'target', sourceDns: 'laptop.lan' }), [
    ...['intake.example', 'laptop.lan'],
    ...ips,
  ]);
});

test('an address is never what stands for several', () => {
  const addresses = (...[record]: [Parameters<typeof jsonOf>[1]]) =>
    Object.entries(attributesOf(otel, record)).filter(([name]) => /\.(address|port)$/.test(name));
  assert.deepEqual(addresses(restOf(17, 5)), []);
  const folded = Object.assign(webConversation(), { sourceFold: 'office', sourcePortFolded: true });
  assert.deepEqual(
    addresses(folded).filter(([name]) => /^(source|client)\.(address|port)$/.test(name)),
    [],
  );
  assert.equal(attributesOf(otel, folded)['pcap_agg.source_network'], 'office');
});
